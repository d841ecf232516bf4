"""The run folder: everything about one job, and the only module that knows the names of its files.

::

    spec.json         what was asked for              stdout.log, stderr.log   its output as it was written
    state.jsonl       every transition                progress.json            how far it is
    metrics.jsonl     numbered points                 result.json, error.json  how it ended
    log.jsonl         numbered lines, in one order    environment.json         versions, hardware, seed
    code/             what it ran                     heartbeat                locked by the supervisor while it lives
    checkpoints/      what it kept                    cancel                   there when it should stop, with what then
    supervisor.log    what the supervisor had to say about itself; as a rule empty

Standard library only: the supervisor and the child import this.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, cast

from patholearn_lab.jobs.jsonl import encode, read_lines
from patholearn_lab.jobs.states import JobState, may_follow
from patholearn_lab.paths import folder_appears_whole, write_atomically

HEARTBEAT_S = 1.0
"""How often a supervisor touches its heartbeat."""
HEARTBEAT_LATE_S = 30.0
"""After how long without a touch a supervisor of another machine counts as gone."""


def utc_now() -> str:
    """Return the time as it is written everywhere: ISO 8601, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


Keep = Literal["best", "last", "nothing"]
"""What is kept of a job that is cancelled: a result from its best or its last state, or nothing, not even its
checkpoints."""


@dataclass(frozen=True)
class StopRequest:
    """That a job should stop, and how.

    Parameters
    ----------
    reason
        Why, as a sentence.
    keep
        What to keep of it; None leaves what it wrote as it is, without a result.
    then
        The state that it ends in where it gives no result.
    """

    reason: str
    keep: Keep | None = None
    then: Literal["cancelled", "paused"] = "cancelled"


class RunFolder:
    """One job's folder.

    Parameters
    ----------
    path
        The folder, ``runs/<job id>`` of a data folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.metrics = path / "metrics.jsonl"
        self.log = path / "log.jsonl"
        self.stdout = path / "stdout.log"
        self.stderr = path / "stderr.log"
        self.supervisor_log = path / "supervisor.log"
        self.states = path / "state.jsonl"
        self.files = path / "files"
        """What the job made for people to take away; its result lists their names under ``files``."""
        self._spec = path / "spec.json"
        self._progress = path / "progress.json"
        self._result = path / "result.json"
        self._error = path / "error.json"
        self._environment = path / "environment.json"
        self._heartbeat = path / "heartbeat"
        self._cancel = path / "cancel"

    @classmethod
    def create(cls, path: Path, scratch: Path, spec: dict[str, Any]) -> RunFolder:
        """Make the folder of a queued job, in one step."""
        with folder_appears_whole(path, scratch) as building:
            new = cls(building)
            (building / "code").mkdir()
            (building / "checkpoints").mkdir()
            new._write(new._spec, spec)
            new.states.write_bytes(encode({"seq": 1, "state": "queued", "at": spec["created_at"], "reason": ""}))
        return cls(path)

    @property
    def data_root(self) -> Path:
        """The data folder that this run belongs to."""
        return self.path.parent.parent

    def spec(self) -> dict[str, Any]:
        """Return what was asked for."""
        return cast("dict[str, Any]", json.loads(self._spec.read_text()))

    def ask_for(self, **changes: Any) -> None:
        """Change what was asked for, of a job that waits."""
        self._write(self._spec, self.spec() | changes)

    # --- state ---------------------------------------------------------------------------------------------------

    def transitions(self) -> list[dict[str, Any]]:
        """Return every transition so far: ``{seq, state, at, reason}``."""
        return read_lines(self.states)

    @property
    def state(self) -> JobState:
        """The state now."""
        return cast("JobState", self.transitions()[-1]["state"])

    def move_to(self, state: JobState, reason: str = "", *, only_from: JobState | None = None) -> bool:
        """Write the next transition, and return whether it may follow: where it may not, nothing is written.

        With `only_from` it may follow that state alone.

        Several processes may try at once, and exactly one wins: this is what keeps a queued job from being started
        twice, or from being started and withdrawn.
        """
        with self.states.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            content = file.read()
            whole = content[: content.rfind(b"\n") + 1]
            last = json.loads(whole.splitlines()[-1])
            if not may_follow(last["state"], state) or only_from not in (None, last["state"]):
                return False
            # Whatever stands behind the last newline is half a line of a process that died while it wrote.
            file.seek(len(whole))
            file.truncate()
            file.write(encode({"seq": last["seq"] + 1, "state": state, "at": utc_now(), "reason": reason}))
            file.flush()
            os.fsync(file.fileno())
        return True

    # --- stopping ------------------------------------------------------------------------------------------------

    def ask_to_stop(self, request: StopRequest) -> None:
        """Ask the job to stop. The supervisor sees to it that it does."""
        self._write(self._cancel, asdict(request))

    @property
    def asked_to_stop(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._cancel.exists()

    def stop_request(self) -> StopRequest | None:
        """Return what was said when somebody asked the job to stop."""
        said = self._read(self._cancel)
        return None if said is None else StopRequest(**said)

    def stop_reason(self) -> str:
        """Return why the job should stop; empty where nobody asked."""
        request = self.stop_request()
        return "" if request is None else request.reason

    @property
    def workers(self) -> int:
        """How many workers do the job together."""
        return int(self.spec().get("resources", {}).get("workers", 1))

    @property
    def on_one_machine(self) -> bool:
        """Whether all of its workers are on one machine."""
        return bool(self.spec().get("on_one_machine", True))

    # --- sessions ------------------------------------------------------------------------------------------------

    @property
    def session(self) -> int:
        """How many times the job was started: 1 in its first session, 2 after it was paused and resumed once."""
        return sum(step["state"] == "preparing" for step in self.transitions())

    def losses(self) -> int:
        """Return how many times its worker was lost, and the job was queued again."""
        states = [step["state"] for step in self.transitions()]
        return sum(after == "queued" and before != "paused" for before, after in pairwise(states))

    def begin_session(self) -> bool:
        """Let go of how the session before ended, and move to ``preparing``; return whether that was possible.

        While the job is queued nobody asks it to stop by the file: it is cancelled at once instead. So a wish to stop
        that is there now belongs to the session before.
        """
        for file in (self._cancel, self._error, self._progress):
            file.unlink(missing_ok=True)
        return self.move_to("preparing")

    def drop_checkpoints(self) -> None:
        """Remove what the job kept of its states."""
        for file in (self.path / "checkpoints").iterdir():
            file.unlink()

    # --- the supervisor's life -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Hold the heartbeat's lock: the operating system gives it back when this process ends, in whatever way.

        Unlike a process number it cannot be mistaken for that of a later process.
        """
        with self._heartbeat.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": utc_now()}))
            file.flush()
            yield

    def beat(self) -> None:
        """Touch the heartbeat."""
        os.utime(self._heartbeat)

    def is_watched(self) -> bool:
        """Return whether a supervisor lives."""
        try:
            file = self._heartbeat.open()
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            # A lock need not be seen across machines that share a folder. There the touches have to do.
            text = file.read()
            elsewhere = bool(text) and json.loads(text)["host"] != socket.gethostname()
            return elsewhere and time.time() - os.fstat(file.fileno()).st_mtime < HEARTBEAT_LATE_S

    # --- what the job writes -------------------------------------------------------------------------------------

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Replace the progress: ``{done, total, stage, eta_s}``."""
        # Not flushed to the disk, unlike the rest: five times a second is a lot, and after a crash it is worth nothing.
        temporary = self._progress.with_suffix(".new")
        temporary.write_bytes(encode(progress))
        temporary.replace(self._progress)

    def progress(self) -> dict[str, Any] | None:
        """Return the progress, where there was one."""
        return self._read(self._progress)

    def write_environment(self, environment: dict[str, Any]) -> None:
        """Write down where the job runs."""
        self._write(self._environment, environment)

    def environment(self) -> dict[str, Any] | None:
        """Return where the job ran, where it came so far."""
        return self._read(self._environment)

    def write_result(self, result: dict[str, Any]) -> None:
        """Write what the job gives; only plain JSON values."""
        self._write(self._result, result)

    def result(self) -> dict[str, Any] | None:
        """Return what the job gave, where it ended well."""
        return self._read(self._result)

    def write_error(self, error: dict[str, Any]) -> None:
        """Write why the job did not end well: ``{error, message, hint, details, traceback}``."""
        self._write(self._error, error)

    def error(self) -> dict[str, Any] | None:
        """Return why the job did not end well, where it did not."""
        return self._read(self._error)

    @property
    def has_outcome(self) -> bool:
        """Whether the job has written how it ended."""
        return self._result.exists() or self._error.exists()

    @staticmethod
    def _write(path: Path, value: dict[str, Any]) -> None:
        write_atomically(path, json.dumps(value, allow_nan=False, indent=1))

    @staticmethod
    def _read(path: Path) -> dict[str, Any] | None:
        try:
            return cast("dict[str, Any]", json.loads(path.read_text()))
        except FileNotFoundError:
            return None


def plain_json(value: Any) -> Any:
    """Return `value` as JSON can carry it: numpy's scalars as numbers, tuples as lists, paths as text.

    A number that is not finite becomes None: a metric may well be NaN, and that must not cost the whole result.

    Raises
    ------
    TypeError
        Where something in it has no JSON form.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if callable(getattr(value, "tolist", None)):
        return plain_json(value.tolist())
    raise TypeError(f"A value of type {type(value).__name__} cannot be written as JSON.")
