"""The kill matrix: in each state of a job each process that it depends on is killed, and the job must come out right.

Every cell is a data folder of its own with a real queue in a process of its own. What must come out: the right last
state within ten seconds of the kill where nothing is left to do, every step of the work done exactly once, and nothing
run twice.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.waiting import eventually

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

# The state in which the kill comes, the job that is in it, what is killed, and what must come out.
MATRIX: tuple[tuple[str, str, str, str], ...] = (
    ("queued", "climb", "server", "done"),
    ("queued", "climb", "worker", "done"),
    ("preparing", "slow", "server", "done"),
    ("preparing", "slow", "child", "failed"),
    ("preparing", "slow", "supervisor", "done"),
    ("preparing", "slow", "worker", "done"),
    ("running", "climb", "server", "done"),
    ("running", "climb", "child", "failed"),
    ("running", "climb", "supervisor", "done"),
    ("running", "climb", "worker", "done"),
    ("running", "climb", "scheduler", "done"),
    ("stopping", "refuse_to_stop", "server", "cancelled"),
    ("stopping", "refuse_to_stop", "child", "cancelled"),
    ("stopping", "refuse_to_stop", "supervisor", "cancelled"),
    ("stopping", "refuse_to_stop", "worker", "cancelled"),
    ("paused", "climb", "server", "done"),
    ("paused", "climb", "worker", "done"),
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


@contextlib.contextmanager
def scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A Dask scheduler and a worker that nobody of ours runs."""
    port = 18786
    settings = ("--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m"]
    head = subprocess.Popen([*dask, "distributed.cli.dask_scheduler", *settings], **quiet)
    settings = (f"tcp://127.0.0.1:{port}", "--no-nanny", "--no-dashboard")
    worker = subprocess.Popen([*dask, "distributed.cli.dask_worker", *settings], **quiet)
    try:
        yield f"tcp://127.0.0.1:{port}", head
    finally:
        for process in (head, worker):
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


def kill(victim: str, folder: Path, server: Server, head: subprocess.Popen[bytes] | None) -> bool:
    """Kill a process; return whether the server has to be started again."""
    if victim == "server":
        server.kill()
        return True
    if victim == "scheduler":
        assert head is not None
        head.kill()
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
        address, head = stack.enter_context(scheduler()) if victim == "scheduler" else ("", None)
        server = Server(folder, address)
        try:
            job = bring_to(state, kind, folder, server)
            if kill(victim, folder, server, head):
                server = Server(folder, address)
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


def kill_matrix() -> dict[str, Any]:
    """Play every cell, and count."""
    ok = 0
    for state, kind, victim, expected in MATRIX:
        problem = cell(state, kind, victim, expected)
        ok += not problem
        print(f"  {state:10} {victim:10} -> {expected:10} {problem or 'ok'}", flush=True)
    return {"kill_matrix_total": len(MATRIX), "kill_matrix_ok": ok}
