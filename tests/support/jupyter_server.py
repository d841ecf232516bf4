"""A real Jupyter server in a process of its own, with the server extension, on a free port of this machine only."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import httpx
import psutil

from patholearn_lab.testing.waiting import eventually

API = "patholearn/api/v1"
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0


class JupyterServer:
    """A running server.

    Parameters
    ----------
    process
        The server's process, the leader of a session of its own.
    url
        Its address, ending in a slash.
    token
        Jupyter's token.
    root_dir, data_dir, runtime_dir
        The notebooks' folder, the extension's data folder, and Jupyter's runtime folder.
    log
        The file with what it prints.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        url: str,
        token: str,
        root_dir: Path,
        data_dir: Path,
        runtime_dir: Path,
        log: Path,
    ) -> None:
        self.process = process
        self.url = url
        self.token = token
        self.root_dir = root_dir
        self.data_dir = data_dir
        self.runtime_dir = runtime_dir
        self.log = log
        login = {"Authorization": f"token {token}"} if token else {}
        self.http = httpx.Client(base_url=f"{url}{API}/", headers=login, timeout=60, trust_env=False)

    @classmethod
    @contextlib.contextmanager
    def started(
        cls,
        root_dir: Path,
        data_dir: Path,
        app: Literal["server", "lab"] = "server",
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        port: int = 0,
        token: str | None = None,
        shared: bool = False,
    ) -> Iterator[JupyterServer]:
        """Start a server, give it when it answers, and stop it with all of its children.

        Parameters
        ----------
        root_dir, data_dir
            As in :class:`JupyterServer`. Runtime and configuration folders are made beside `data_dir`.
        app
            Whether JupyterLab is started, or only the server.
        env
            Further environment variables.
        options
            Further command line arguments.
        port, token
            Those of a server before, to take its place; a free port and a new token otherwise.
        shared
            Whether several people may work on a document at once (jupyter-collaboration).
        """
        server = cls.start(root_dir, data_dir, app, env, options, port, token, shared)
        try:
            yield server
        finally:
            server.stop()

    @classmethod
    def start(
        cls,
        root_dir: Path,
        data_dir: Path,
        app: Literal["server", "lab"] = "server",
        env: Mapping[str, str] | None = None,
        options: tuple[str, ...] = (),
        port: int = 0,
        token: str | None = None,
        shared: bool = False,
    ) -> JupyterServer:
        """Start a server and return it when it answers; the caller stops it."""
        own = data_dir.parent / f"{data_dir.name}-jupyter"
        runtime_dir, log = own / "runtime", own / "server.log"
        runtime_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        root_dir.mkdir(parents=True, exist_ok=True)
        token = secrets.token_hex(16) if token is None else token
        command = [
            *(sys.executable, "-m", "jupyterlab" if app == "lab" else "jupyter_server", "--allow-root"),
            *("--ServerApp.open_browser=False", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
            *(f"--ServerApp.root_dir={root_dir}", f"--IdentityProvider.token={token}"),
            "--ServerApp.jpserver_extensions=patholearn_lab=True",
            f"--YDocExtension.disable_rtc={not shared}",
            *options,
        ]
        environment = {
            **os.environ,
            "PATHOLEARN_DATA": str(data_dir),
            "JUPYTER_RUNTIME_DIR": str(runtime_dir),
            "JUPYTER_CONFIG_DIR": str(own / "config"),
            **(env or {}),
        }
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True
            )
        try:
            url = eventually(lambda: _address(process, runtime_dir, log), START_TIMEOUT_S, every_s=0.1)
            server = cls(process, url, token, root_dir, data_dir, runtime_dir, log)
            eventually(server.answers, START_TIMEOUT_S, every_s=0.1, what="the server's first answer")
        except BaseException:
            _end(process)
            raise
        return server

    def answers(self) -> bool:
        """Whether the extension answers, be it with an error."""
        with contextlib.suppress(httpx.TransportError):
            return self.http.get("status").status_code in {200, 403, 503}
        return False

    def stop(self) -> None:
        """Ask the server to stop as a person does with the terminal, then end what is left of its processes."""
        self.http.close()
        _end(self.process)

    def kill(self) -> None:
        """End the server as a power cut does. Its jobs, which are sessions of their own, live on."""
        self.process.kill()
        self.process.wait()


def _address(process: subprocess.Popen[bytes], runtime_dir: Path, log: Path) -> str:
    """Return the address from the file that Jupyter writes for `jupyter server list`; empty before it is there."""
    if process.poll() is not None:
        raise RuntimeError(f"The Jupyter server ended with {process.returncode}:\n{log.read_text()[-3000:]}")
    with contextlib.suppress(FileNotFoundError, ValueError):
        return str(json.loads((runtime_dir / f"jpserver-{process.pid}.json").read_text())["url"])
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
    for left in [child for child in children if child.is_running()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.kill()
    psutil.wait_procs(children, STOP_TIMEOUT_S)
    if process.poll() is None:
        process.kill()
        process.wait()
