"""Does one job's work: ``python -m patholearn_lab.jobs.child <run folder> <descriptor of the ordered pipe>``.

Standard library only, but for what the job itself imports.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from patholearn_lab.errors import CancelledError, PathoLearnError
from patholearn_lab.jobs.confine import confine_job
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.endings import error_record
from patholearn_lab.jobs.environment import environment_of
from patholearn_lab.jobs.folder import RunFolder, plain_json
from patholearn_lab.jobs.output import OrderedPipe
from patholearn_lab.lazy import import_named
from patholearn_lab.paths import DataPaths

JobFunction = Callable[[dict[str, Any], JobContext], dict[str, Any]]

_TRACEBACK_LIMIT = 20_000
_NICENESS = 5


def main(arguments: list[str]) -> int:
    """Do the work of the job whose run folder is the first argument; return the exit code."""
    folder = RunFolder(Path(arguments[0]))
    pipe = _take_over_streams(int(arguments[1]))
    _die_with_the_supervisor()
    give_way()
    context = JobContext(folder, lambda line: pipe.write("log", line.encode(errors="backslashreplace") + b"\n"))
    if context.ranks.count > 1:
        context.ranks.beat_from_now_on(0)
    try:
        result = _work(folder, context)
        context.close()
    except BaseException as error:
        # Everything that can end the work is told, SystemExit and KeyboardInterrupt too: nobody else is left to do it.
        if not isinstance(error, CancelledError):
            traceback.print_exception(error)
        with contextlib.suppress(OSError):
            # What could not be written is no news where the job failed anyway.
            context.close()
        sys.stdout.flush()
        folder.write_error(_told(error))
        return 1
    sys.stdout.flush()
    folder.write_result(result)
    return 0


def _work(folder: RunFolder, context: JobContext) -> dict[str, Any]:
    spec = folder.spec()
    folder.write_environment(environment_of(spec["payload"]))
    function = load_target(spec["target"])
    if not folder.move_to("running"):
        raise CancelledError(folder.stop_reason() or "Stopped on request.")
    confine_if_asked(folder)
    result = function(spec["payload"], context)
    if not isinstance(result, dict):
        raise TypeError(f"{spec['target']} returned {type(result).__name__}; a job returns a dict.")
    return cast("dict[str, Any]", plain_json(result))


def confine_if_asked(folder: RunFolder) -> None:
    """Confine this thread, and all that it starts, to the job's own places, where the operator wants that."""
    besides = folder.spec().get("writable")
    if besides is not None:
        confine_job(DataPaths(folder.data_root), folder.path, besides)


def give_way() -> None:
    """Let the notebook, its kernel and the server go first where processors are scarce; on an idle machine it is free.

    JupyterLab gives up on the widgets of a page that was loaded anew when the kernel is silent for four seconds.
    """
    os.nice(_NICENESS)


def load_target(target: str) -> JobFunction:
    """Import ``package.module:function``."""
    return cast("JobFunction", import_named(target))


def _told(error: BaseException) -> dict[str, Any]:
    """Return `error` as ``error.json`` has it; its words where it is one of ours, and plain ones where it is not."""
    tail = "".join(traceback.format_exception(error))[-_TRACEBACK_LIMIT:]
    if isinstance(error, PathoLearnError):
        shown = error.to_dict()
        return {**shown, "details": plain_json(shown["details"]), "traceback": tail}
    kind, text = type(error).__name__, str(error)
    if isinstance(error, SystemExit):
        message = f"The job's code ended the process itself: sys.exit({error.code!r})."
        hint = "Let the code return instead, or raise an error that says what is wrong."
    elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
        message = "The disk is full."
        hint = "Delete runs, models or data sets that nobody needs, or ask who runs this for more room. Start it again."
    elif isinstance(error, PermissionError):
        message = f"The job's code may not write {error.filename!r}."
        hint = "Write into the working folder, which is the run's own, or into the temporary folder."
    elif isinstance(error, MemoryError):
        message = "There was not enough memory."
        hint = "Try a smaller batch size or smaller images."
    else:
        message = f"{kind}: {text}" if text else kind
        hint = "The traceback names the place; its last lines matter most."
    return error_record("job_failed", message, hint, tail, exception=kind)


def _take_over_streams(descriptor: int) -> OrderedPipe:
    """Send what Python prints through the ordered pipe."""
    # Programs that the job starts must not hold the pipe open.
    os.set_inheritable(descriptor, False)
    pipe = OrderedPipe(descriptor)
    sys.stdout = pipe.text_stream("stdout", 1)
    sys.stderr = pipe.text_stream("stderr", 2)
    return pipe


def _die_with_the_supervisor() -> None:
    """End this process and its group when the supervisor is gone: nobody could stop them any more."""
    # Standard input is a pipe that nobody writes to; it ends with the process that holds its other end.
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def wait() -> None:
        os.read(lifeline, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
