"""Jobs for tests: each does one thing that a real job may do, in a real process."""

# ruff: noqa: ARG001  (every job is called with the same two arguments)

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import CodeError
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.progress import ensure_not_cancelled

if TYPE_CHECKING:
    from patholearn_lab.jobs.context import JobContext

_MODULE = "patholearn_lab.testing.jobs"


def count(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Count to ``payload["to"]`` with progress, a metric and a line each."""
    to = int(payload["to"])
    for number in range(1, to + 1):
        ensure_not_cancelled(context)
        context.metric("number", number, step=number, epoch=0)
        context.report(number, to, "counting")
        print(f"number {number}")
    context.log("counted")
    return {"counted": to}


def wait(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Wait until the file ``payload["for"]`` is there, or somebody asks to stop."""
    file = Path(payload["for"])
    context.log("waiting")
    context.metric("waiting", 1.0, step=0)
    while not file.exists():
        ensure_not_cancelled(context)
        time.sleep(0.01)
    context.metric("waiting", float("nan"), step=1)
    return {"found": str(file)}


def climb(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Go on from the last checkpoint to ``payload["to"]``, a step for each file ``<payload["steps"]>/<n>``."""
    checkpoint = context.folder / "checkpoints" / "last.ckpt"
    reached = int(checkpoint.read_text()) if checkpoint.exists() else 0
    context.log(f"session {context.session} begins at {reached}")
    while reached < int(payload["to"]):
        if context.cancelled and context.keep in ("best", "last"):
            return {"reached": reached, "kept": context.keep}
        ensure_not_cancelled(context)
        if (Path(payload["steps"]) / str(reached + 1)).exists():
            reached += 1
            checkpoint.write_text(str(reached))
            context.metric("height", reached, step=reached)
            context.log(f"at {reached}")
        time.sleep(0.01)
    return {"reached": reached}


def refuse_to_stop(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Ignore the wish to stop and SIGTERM, with a process of its own that does the same."""
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(300)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as helper:
        assert helper.stdout is not None
        helper.stdout.readline()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        context.log(f"stubborn {os.getpid()} {helper.pid}")
        time.sleep(300)
    return {}


def fail(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Fail as foreign code does."""
    raise ValueError(payload.get("text", "mat1 and mat2 shapes cannot be multiplied"))


def fail_in_plain_words(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Fail as our own code does."""
    raise CodeError("Line 7 of the cell divides by zero.", "Look at line 7.", line=7)


def exit_with(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Call ``sys.exit``."""
    sys.exit(payload["code"])


def exit_at_once(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Call ``os._exit``."""
    print("last words")
    os._exit(payload["code"])


def kill_itself(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Die of a signal, by default as from the kernel's out-of-memory killer."""
    os.kill(os.getpid(), signal.Signals[payload.get("signal", "SIGKILL")])
    time.sleep(60)
    return {}


def write_to(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Write a file of the name ``payload["file"]``, into the working folder where that is no whole path."""
    file = Path(payload["file"])
    file.write_text("written")
    return {"file": str(file.absolute())}


def fork(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Fork: both processes go on with the same code, and the second one returns from the job as well."""
    first = os.fork()
    if first:
        os.waitpid(first, 0)
    print("both of us were here")
    return {"first": bool(first)}


def print_much(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Print ``payload["lines"]`` lines, turn by turn to both streams."""
    for number in range(int(payload["lines"])):
        print(f"{number} {'x' * 40}", file=sys.stderr if number % 2 else sys.stdout)
    return {}


def print_oddly(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Print what output logs have trouble with."""
    print("a" * 100_000)
    for percent in range(101):
        print(f"\r{percent}%", end="")
    print()
    sys.stdout.buffer.write(b"not \xff text\n")
    sys.stdout.flush()
    os.write(1, b"from compiled code\n")
    subprocess.run([sys.executable, "-c", "import sys; print('from a program', file=sys.stderr)"], check=True)
    print("no newline at the end", end="")
    return {}


def leave_a_process(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Start a program that holds the output open, and end without it."""
    helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    return {"pid": helper.pid}


def give_odd_values(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Return values that JSON does not know."""
    import numpy as np

    return {"nan": float("nan"), "scalar": np.float32(0.5), "array": np.arange(3), "path": Path("a/b"), "pair": (1, 2)}


def give_no_json(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Return something that has no JSON form."""
    return {"thing": object()}


def stamp(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Say when the first line ran, in seconds since 1970; then write ``payload["metrics"]`` metrics of the time."""
    first_line_at = time.time()
    for number in range(int(payload.get("metrics", 0))):
        context.metric("sent_at", time.time(), step=number)
        time.sleep(0.33)
    return {"first_line_at": first_line_at}


KINDS = {
    name: JobKind(f"{_MODULE}:{name}")
    for name in (
        "count",
        "wait",
        "refuse_to_stop",
        "fail",
        "fail_in_plain_words",
        "exit_with",
        "exit_at_once",
        "kill_itself",
        "print_much",
        "print_oddly",
        "leave_a_process",
        "write_to",
        "fork",
        "give_odd_values",
        "give_no_json",
        "stamp",
    )
}
"""Each job of this module as a kind of its own name, and two that cannot be imported."""
KINDS["missing_module"] = JobKind("patholearn_lab.testing.no_such_module:function")
KINDS["missing_function"] = JobKind(f"{_MODULE}:no_such_function")
KINDS["climb"] = JobKind(f"{_MODULE}:climb", resumable=True)
