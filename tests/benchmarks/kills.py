"""The kill matrix: in each state of a job each process that it depends on is killed, and the job must come out right.

Every cell is a data folder of its own with a real queue in a process of its own. What must come out: the right last
state within ten seconds of the kill where nothing is left to do, every step of the work done exactly once, and nothing
run twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.waiting import eventually

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.jupyter_server import JupyterServer

PATIENCE_S = 60.0
STEPS = 3

SERVER = """
import sys
from pathlib import Path
from patholearn_lab.cluster.address import AddressLauncher
from patholearn_lab.cluster.dask_backend import DaskBackend
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS

KINDS["slow"] = JobKind("patholearn_lab.testing.slow_start:climb", resumable=True)

if __name__ == "__main__":
    folder, address = sys.argv[1:]
    backend = DaskBackend(AddressLauncher(address)) if address else local_backend(1)
    queue = JobQueue(DataPaths(Path(folder)), backend, KINDS, lambda topic, data: None, stop_grace_s=3)
    queue.start()
    queue.list()
    for line in sys.stdin:
        call, *words = line.split()
        if call == "submit" and words[0] == "hold":
            queue.submit("wait", {"for": folder + "/steps.go"})
        elif call == "submit":
            queue.submit(words[0], {"to": STEPS, "steps": folder + "/steps"})
        else:
            getattr(queue, call)(*words)
        print("ok", flush=True)
""".replace("STEPS", str(STEPS))

KINDS = """
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.services.job_kinds import JOB_KINDS
from patholearn_lab.testing.jobs import KINDS

for name in ("wait", "climb", "refuse_to_stop"):
    JOB_KINDS.register(name, KINDS[name])
JOB_KINDS.register("slow", JobKind("patholearn_lab.testing.slow_start:climb", resumable=True))
"""

KERNEL = """
import sys
from patholearn_lab.client.discovery import connect
from patholearn_lab.client.http import HttpClient

client = connect()
assert isinstance(client, HttpClient), client
folder = sys.argv[1]
for line in sys.stdin:
    call, *words = line.split()
    if call == "submit" and words[0] == "hold":
        client.jobs.submit("wait", {"for": folder + "/steps.go"})
    elif call == "submit":
        client.jobs.submit(words[0], {"to": STEPS, "steps": folder + "/steps"})
    else:
        getattr(client.jobs, call)(*words)
    print("ok", flush=True)
""".replace("STEPS", str(STEPS))

# The state in which the kill comes, the job that is in it, what is killed, and what must come out.
MATRIX: tuple[tuple[str, str, str, str], ...] = (
    ("queued", "climb", "server", "done"),
    ("queued", "climb", "worker", "done"),
    ("queued", "climb", "scheduler", "done"),
    ("queued", "climb", "kernel", "done"),
    ("preparing", "slow", "server", "done"),
    ("preparing", "slow", "child", "failed"),
    ("preparing", "slow", "supervisor", "done"),
    ("preparing", "slow", "worker", "done"),
    ("preparing", "slow", "scheduler", "done"),
    ("preparing", "slow", "kernel", "done"),
    ("running", "climb", "server", "done"),
    ("running", "climb", "child", "failed"),
    ("running", "climb", "supervisor", "done"),
    ("running", "climb", "worker", "done"),
    ("running", "climb", "scheduler", "done"),
    ("running", "climb", "kernel", "done"),
    ("stopping", "refuse_to_stop", "server", "cancelled"),
    ("stopping", "refuse_to_stop", "child", "cancelled"),
    ("stopping", "refuse_to_stop", "supervisor", "cancelled"),
    ("stopping", "refuse_to_stop", "worker", "cancelled"),
    ("stopping", "refuse_to_stop", "scheduler", "cancelled"),
    ("stopping", "refuse_to_stop", "kernel", "cancelled"),
    ("paused", "climb", "server", "done"),
    ("paused", "climb", "worker", "done"),
    ("paused", "climb", "scheduler", "done"),
    ("paused", "climb", "kernel", "done"),
)


class Server:
    """A queue in a process of its own."""

    def __init__(self, folder: Path, address: str) -> None:
        script = folder / "server.py"
        script.write_text(SERVER)
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(folder), address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, *words: str) -> None:
        """Have the queue do something, and wait until it is done."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ok\n"

    def workers(self) -> list[psutil.Process]:
        """The Dask workers below it: nannies, and what they watch."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        """End it as a power cut does, its cluster with it."""
        family = self.workers()
        self._process.kill()
        self._process.wait()
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()


class Notebook(Server):
    """A kernel that asks a real Jupyter server, whose jobs it is not needed for."""

    def __init__(self, folder: Path, jupyter: JupyterServer) -> None:
        script = folder / "kernel.py"
        script.write_text(KERNEL)
        self._process = subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "JUPYTER_RUNTIME_DIR": str(jupyter.runtime_dir)},
        )


@contextlib.contextmanager
def jupyter_server(folder: Path) -> Iterator[JupyterServer]:
    """A server that knows the jobs of the matrix."""
    config = folder / "jupyter_config.py"
    config.write_text(KINDS)
    options = (f"--config={config}",)
    with JupyterServer.started(folder / "notebooks", folder, options=options) as server:
        yield server


class Scheduler:
    """A Dask scheduler and a worker that nobody of ours runs."""

    address = "tcp://127.0.0.1:18786"

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both, as whoever runs them does it again after a loss."""
        head = ("dask_scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2])
        for module, *settings in (head, ("dask_worker", self.address, "--no-nanny")):
            command = [sys.executable, "-m", f"distributed.cli.{module}", *settings, "--no-dashboard"]
            quiet = subprocess.DEVNULL
            self._processes.append(subprocess.Popen(command, stdout=quiet, stderr=quiet))

    def kill(self) -> None:
        """End the scheduler, and with it what cannot do without: its worker."""
        while self._processes:
            process = self._processes.pop(0)
            process.kill()
            process.wait()


def processes(folder: Path, module: str) -> list[psutil.Process]:
    """The processes of a module of ours that work in a data folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if module in line and str(folder) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def run(folder: Path) -> RunFolder:
    """The one job of a data folder."""
    return RunFolder(next(path for path in (folder / "runs").iterdir() if not path.name.startswith(".")))


def bring_to(state: str, kind: str, folder: Path, server: Server) -> RunFolder:
    """Submit a job and bring it to a state."""
    if state == "queued":
        server.call("submit", "hold")
        server.call("submit", kind)
        jobs = [RunFolder(path) for path in (folder / "runs").iterdir()]
        return next(job for job in jobs if job.spec()["kind"] == kind)
    server.call("submit", kind)
    job = run(folder)
    if state == "preparing":
        eventually(lambda: processes(folder, "jobs.child"), PATIENCE_S)
        eventually(lambda: job.state == "preparing", PATIENCE_S)
        return job
    eventually(lambda: job.state == "running" and job.log.exists() and job.log.stat().st_size, PATIENCE_S)
    if state == "stopping":
        server.call("cancel", job.id)
    if state == "paused":
        eventually(lambda: "at 1" in job.log.read_text(), PATIENCE_S)
        server.call("pause", job.id)
    eventually(lambda: job.state == state, PATIENCE_S)
    return job


def kill(victim: str, folder: Path, server: Server, dask: Scheduler) -> bool:
    """Kill a process; return whether the server, or the kernel, has to be started again."""
    if victim in ("server", "kernel"):
        server.kill()
        return True
    if victim == "scheduler":
        dask.kill()
        dask.start()
    elif victim == "worker":
        for process in server.workers():
            line = " ".join(process.cmdline())
            if "spawn_main" in line:
                process.send_signal(signal.SIGKILL)
    else:
        for process in processes(folder, f"jobs.{victim}"):
            process.send_signal(signal.SIGKILL)
    return False


def cell(state: str, kind: str, victim: str, expected: str) -> str:
    """Play one cell of the matrix; return what went wrong, empty where nothing did."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        paths = DataPaths(folder)
        paths.ensure()
        (folder / "steps").mkdir()
        (folder / "steps" / "1").touch()
        dask = Scheduler()
        if victim == "scheduler":
            stack.callback(dask.kill)
            dask.start()
        start: Callable[[], Server]
        if victim == "kernel":
            start = partial(Notebook, folder, stack.enter_context(jupyter_server(folder)))
        else:
            start = partial(Server, folder, dask.address if victim == "scheduler" else "")
        server = start()
        try:
            job = bring_to(state, kind, folder, server)
            if kill(victim, folder, server, dask):
                server = start()
            for step in range(2, STEPS + 1):
                (folder / "steps" / str(step)).touch()
            if state == "queued":
                (folder / "steps.go").touch()
            if state == "paused":
                time.sleep(1)
                if job.state != "paused":
                    return f"it was {job.state}, not paused any more"
                server.call("resume", job.id)
            eventually(lambda: job.state == expected, PATIENCE_S, what=f"{expected}; it is {job.state}")
            return wrong(job, expected)
        except AssertionError as error:
            return str(error)
        finally:
            server.kill()
            for process in processes(folder, "patholearn_lab.jobs."):
                process.kill()


def wrong(job: RunFolder, expected: str) -> str:
    """Return what is wrong with how a job came out."""
    if expected == "done":
        lines = job.log.read_text()
        counts = [lines.count(f'"at {step}"') for step in range(1, STEPS + 1)]
        if counts != [1] * STEPS:
            return f"its steps were done {counts} times"
    eventually(lambda: not job.is_watched(), 5, what="the end of its supervisor")
    return ""


def kill_matrix(victims: Sequence[str] = ()) -> dict[str, Any]:
    """Play every cell, or those in which one of `victims` is killed, and count."""
    ok = 0
    cells = [each for each in MATRIX if not victims or each[2] in victims]
    for state, kind, victim, expected in cells:
        problem = cell(state, kind, victim, expected)
        ok += not problem
        print(f"  {state:10} {victim:10} -> {expected:10} {problem or 'ok'}", flush=True)
    return {"kill_matrix_total": len(cells), "kill_matrix_ok": ok}


if __name__ == "__main__":
    # ``python kills.py scheduler kernel`` plays these alone.
    print(json.dumps(kill_matrix(sys.argv[1:])))
