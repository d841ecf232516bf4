"""How a child's end is told: from its exit code and from what it left, to a state and plain words.

Standard library only.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Any

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.states import FINAL, IDLE, JobState

CANCELLED = "cancelled"
"""The error code by which a child says that it stopped because it was asked to."""

_SIGNALS = {
    "SIGKILL": (
        "The job was killed from outside (SIGKILL).",
        "As a rule the machine, or the container, ran out of memory. Try a smaller batch size or smaller images, "
        "and run fewer jobs at once.",
    ),
    "SIGSEGV": (
        "The job crashed in compiled code (SIGSEGV).",
        "The end of the log names the place. Restarting may help; if it does not, look for a newer version of the "
        "library that is named there.",
    ),
    "SIGTERM": ("The job was told to end from outside (SIGTERM).", "Start it again when the machine is free."),
}


@dataclass(frozen=True)
class Ending:
    """The state in which a job ended, why, and the error to be kept with it."""

    state: JobState
    reason: str
    error: dict[str, Any] | None = None


def error_record(error: str, message: str, hint: str = "", traceback: str = "", **details: Any) -> dict[str, Any]:
    """Return an error as ``error.json`` has it."""
    return {"error": error, "message": message, "hint": hint, "details": details, "traceback": traceback}


def ending_of(folder: RunFolder, exit_code: int) -> Ending:
    """Return how the job in `folder` ended, whose child ended with `exit_code` (negative: a signal's number)."""
    request = folder.stop_request()
    if folder.result() is not None:
        # Whatever happened after the result was written (a library that crashes while it is unloaded), it is there.
        kept = request is not None and request.keep in ("best", "last")
        return Ending("done", f"{request.reason} Its {request.keep} state was kept." if request and kept else "")
    error = folder.error()
    stopped = error is not None and error["error"] == CANCELLED
    if request is not None:
        so = "" if error is None or stopped else f" It ended with: {error['message']}"
        return Ending(request.then, request.reason + so)
    if error is not None and stopped:
        return Ending("cancelled", str(error["message"]))
    if error is not None:
        return Ending("failed", str(error["message"]))
    told = _killed(-exit_code) if exit_code < 0 else _left(exit_code)
    return Ending("failed", str(told["message"]), told)


def settle(folder: RunFolder) -> None:
    """Write the end of a job that nobody watches any more. Does nothing twice.

    It ends as its child told it, or as it was asked to; else it is lost, or queued again where it can go on from its
    last checkpoint and was not lost too often.
    """
    if folder.state in FINAL | IDLE:
        return
    if folder.has_outcome or folder.asked_to_stop:
        finish(folder, ending_of(folder, 0))
    else:
        in_the_end = "The job's processes are gone, and nothing tells how they ended."
        finish(folder, loss(folder, "The worker that ran it was lost.", in_the_end))


def loss(folder: RunFolder, why: str, in_the_end: str = "") -> Ending:
    """Return how a job ends that lost a process: queued again, or lost where it cannot go on or was lost too often."""
    spec = folder.spec()
    if spec.get("resumable") and folder.losses() + 1 < spec["tries"]:
        tries = f"try {folder.losses() + 2} of {spec['tries']}"
        return Ending("queued", f"{why} It goes on from its last checkpoint ({tries}).")
    reason = in_the_end or why
    hint = "The machine was restarted, perhaps, or its processes were killed. Start the job again."
    return Ending("lost", reason, error_record("job_lost", reason, hint))


def finish(folder: RunFolder, ending: Ending) -> None:
    """Write an ending, the error first: whoever sees the state finds it."""
    if ending.error is not None:
        folder.write_error(ending.error)
    request = folder.stop_request()
    if ending.state == "cancelled" and request is not None and request.keep == "nothing":
        folder.drop_checkpoints()
    folder.move_to(ending.state, ending.reason)


def give_up(folder: RunFolder, message: str, hint: str) -> None:
    """Write that a job failed before it could do anything. Does nothing where it has ended."""
    if folder.state not in FINAL:
        folder.write_error(error_record("job_failed", message, hint))
        folder.move_to("failed", message)


def _killed(number: int) -> dict[str, Any]:
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    message, hint = _SIGNALS.get(name, (f"The job was ended by {name}.", "The end of the log may say why."))
    return error_record("job_killed", message, hint, signal=name)


def _left(exit_code: int) -> dict[str, Any]:
    return error_record(
        "job_failed",
        f"The job's process ended without a result and without an error (exit code {exit_code}).",
        "Something in it ended the whole process, as os._exit() does. The end of the log may say what.",
        exit_code=exit_code,
    )
