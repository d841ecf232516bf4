"""The task that a cluster runs for a job: start its supervisor, and wait for it.

It may be run any number of times for one job. Where a supervisor lives already (the server was started again, or the
cluster repeats a task whose worker died) it only waits, so that the job keeps its turn.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import patholearn_lab
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.ranks import Ranks
from patholearn_lab.jobs.states import FINAL

_LOOK_EVERY_S = 0.2
_KILL_AFTER_S = 3.0
_THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def run_supervised(folder: str, threads: int) -> None:
    """Run the job in `folder` to its end.

    Parameters
    ----------
    folder
        The run folder.
    threads
        How many CPU threads the job should use.

    Raises
    ------
    RuntimeError
        When the supervisor could not do its work; the message has what it said.
    """
    run = RunFolder(Path(folder))
    if not run.is_watched() and run.state == "queued":
        _supervise(run, threads)
    while run.is_watched() and run.state not in {*FINAL, "paused"}:
        time.sleep(_LOOK_EVERY_S)


def run_rank(folder: str, threads: int, rank: int, session: int) -> None:
    """Run one of the further ranks of a session of a job: wait for the session, start the process, see it off."""
    run = RunFolder(Path(folder))
    while run.session < session:
        if run.state in {*FINAL, "paused"}:
            return
        time.sleep(_LOOK_EVERY_S)
    ranks = Ranks(run.path, session, run.workers)
    with ranks.log(rank).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "patholearn_lab.jobs.rank", str(run.path), str(rank), str(session)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(threads),
            cwd=run.path,
            start_new_session=True,
        )
    over_since = 0.0
    while process.poll() is None:
        time.sleep(_LOOK_EVERY_S)
        if is_over(run, session):
            over_since = over_since or time.monotonic()
            if time.monotonic() - over_since > _KILL_AFTER_S:
                # A frozen process does not see that it should end.
                process.kill()
    if not is_over(run, session):
        ranks.say_end(rank, process.returncode)


def is_over(run: RunFolder, session: int) -> bool:
    """Whether a session of a job has ended."""
    return run.session != session or run.state not in {"preparing", "running", "stopping"}


def _supervise(run: RunFolder, threads: int) -> None:
    before = run.session
    with run.supervisor_log.open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-P", "-m", "patholearn_lab.jobs.supervisor", str(run.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_environment(threads),
            # A session of its own: neither the end of the worker nor Ctrl-C in the server's terminal reaches it.
            start_new_session=True,
        )
    exit_code = supervisor.wait()
    # One that was killed in the midst of its work leaves a job that nobody watches, and that is found as such.
    if exit_code > 0 or (run.session == before and run.state == "queued"):
        said = run.supervisor_log.read_text(errors="replace")[-2000:].strip()
        raise RuntimeError(f"The supervisor of job {run.id} ended with exit code {exit_code}. {said}".strip())


def _environment(threads: int) -> dict[str, str]:
    """Return this process's environment with what the job needs: it is handed on, nothing is configured by it."""
    environment = dict(os.environ)
    # Dask's nanny sets 1 for its workers, and a training that inherits it uses one core.
    environment.update(dict.fromkeys(_THREAD_SETTINGS, str(threads)))
    environment["PYTHONFAULTHANDLER"] = "1"
    environment["PYTHONUTF8"] = "1"
    # A checkout that is on sys.path by other means than PYTHONPATH must be found by the child as well.
    places = [str(Path(patholearn_lab.__file__).parent.parent), environment.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, places))
    return environment
