"""A real Jupyter server with a real kernel, driven without a screen."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil

from patholearn_lab.errors import CodeError, StartupError

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0


class JupyterSession:
    """A Jupyter server with the PathoLearn Lab server extension, and one kernel.

    Parameters
    ----------
    url
        The server's address, ending in a slash.
    token
        The server's token.
    """

    def __init__(self, url: str, token: str) -> None:
        import websocket

        self._http = httpx.Client(base_url=url, headers={"Authorization": f"token {token}"}, timeout=START_TIMEOUT_S)
        kernel = self._http.post("api/kernels", json={"name": "python3"})
        kernel.raise_for_status()
        self._kernel_id = kernel.json()["id"]
        channels = f"{url.replace('http', 'ws', 1)}api/kernels/{self._kernel_id}/channels"
        self._socket = websocket.create_connection(
            channels, header=[f"Authorization: token {token}"], timeout=START_TIMEOUT_S
        )

    def run(self, code: str, timeout_s: float = 900.0) -> Any:
        """Run a cell, and return what it displayed as ``application/json``, or None.

        Raises
        ------
        CodeError
            When the cell raised; with the traceback's last lines.
        """
        message_id = uuid.uuid4().hex
        self._send("execute_request", message_id, {"code": code, "silent": False, "store_history": True})
        self._socket.settimeout(timeout_s)
        shown: Any = None
        while True:
            message = json.loads(self._socket.recv())
            if message.get("parent_header", {}).get("msg_id") != message_id:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in {"display_data", "execute_result"} and "application/json" in content["data"]:
                shown = content["data"]["application/json"]
            elif kind == "error":
                tail = "\n".join(content["traceback"])[-4000:]
                raise CodeError(f"A cell of the journey failed: {content['ename']}: {content['evalue']}\n{tail}")
            elif kind == "status" and content["execution_state"] == "idle":
                return shown

    def close(self) -> None:
        """Shut the kernel down and close the connections."""
        self._socket.close()
        self._http.delete(f"api/kernels/{self._kernel_id}")
        self._http.close()

    def _send(self, kind: str, message_id: str, content: dict[str, Any]) -> None:
        header = {"msg_id": message_id, "msg_type": kind, "session": self._kernel_id, "username": "", "version": "5.3"}
        message = {"channel": "shell", "header": header, "parent_header": {}, "metadata": {}, "content": content}
        self._socket.send(json.dumps({**message, "buffers": []}))


@contextlib.contextmanager
def jupyter_session(folder: Path) -> Iterator[JupyterSession]:
    """Start a Jupyter server with its data and runtime files in `folder`, give a session, and stop everything.

    Raises
    ------
    StartupError
        When the server does not answer, with the last lines of its log.
    """
    port, token = _free_port(), secrets.token_hex(16)
    url = f"http://127.0.0.1:{port}/"
    log_path = folder / "jupyter-server.log"
    environment = {
        **os.environ,  # the extension, the kernel and the training child need the caller's PATH, HOME and proxies
        "PATHOLEARN_DATA": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [
        *(sys.executable, "-m", "jupyter_server", "--ServerApp.open_browser=False", "--allow-root"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *(f"--ServerApp.root_dir={folder}", "--ServerApp.jpserver_extensions=patholearn_lab=True"),
    ]
    with log_path.open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    family: list[psutil.Process] = []
    try:
        _wait_for_answer(url, token, server, log_path)
        with contextlib.closing(JupyterSession(url, token)) as session:
            try:
                yield session
            finally:
                family = _family(server)
    finally:
        _stop(server, {*family, *_family(server)})


def _family(server: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the server's kernels and jobs with all that they started, as far as their parents still live."""
    try:
        return psutil.Process(server.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _stop(server: subprocess.Popen[bytes], family: Collection[psutil.Process]) -> None:
    """Ask the server to stop, and end what is left of it and of `family`, which has sessions of its own."""
    server.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_TIMEOUT_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    server.wait()
    psutil.wait_procs(family, STOP_TIMEOUT_S)


def _wait_for_answer(url: str, token: str, server: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    headers = {"Authorization": f"token {token}"}
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"{url}patholearn/api/v1/status", headers=headers, timeout=5)
            if answer.status_code == 200:
                return
        time.sleep(0.1)
    tail = log_path.read_text(errors="replace")[-3000:]
    raise StartupError(f"The Jupyter server at {url} did not start.\n{tail}", "The lines above are the end of its log.")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
