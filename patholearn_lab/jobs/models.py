"""What the rest of the program, and the people, see of a job."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs.levels import LogLevel
from patholearn_lab.jobs.scheduling import Priority
from patholearn_lab.jobs.states import FINAL, JobState

Visibility = Literal["private", "group", "public"]
LogStream = Literal["stdout", "stderr", "log"]
"""`log` has what the job says through its context, and the notices of the supervisor."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Transition(_Record):
    """One step of a job's life. `at` is in UTC."""

    state: JobState
    at: datetime
    reason: str = ""


class JobProgress(_Record):
    """How far a job is: `done` of `total` units of `stage`, with `eta_s` seconds left in it where that is known."""

    done: float
    total: float | None = None
    stage: str = ""
    eta_s: float | None = None


class Waiting(_Record):
    """Where a queued job stands, counted from 1, and what it waits for."""

    place: int
    reason: str


class JobError(_Record):
    """Why a job did not end well, in the one shape in which errors travel, with the traceback where there is one."""

    error: str
    message: str
    hint: str = ""
    details: dict[str, Any] = Field(default_factory=dict)
    traceback: str = ""


class Job(_Record):
    """A job as it is at one moment. Times are in UTC."""

    id: str
    kind: str
    name: str
    owner: str
    visibility: Visibility = "private"
    state: JobState
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    transitions: tuple[Transition, ...]
    progress: JobProgress | None = None
    error: JobError | None = None
    result: dict[str, Any] | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    priority: Priority = "normal"
    resources: Resources = Resources()
    session: int = 0
    """How many times it was started: above 1 it was paused and resumed, or lost its worker."""
    resumable: bool = False
    """Whether it can be paused, and goes on from its last checkpoint."""
    waiting: Waiting | None = None
    """Of a queued job only."""

    @property
    def final(self) -> bool:
        """Whether the job has ended, one way or the other."""
        return self.state in FINAL


class JobPage(_Record):
    """Jobs, the newest first. `next` is the `before` of the next page, or None at the end."""

    items: tuple[Job, ...]
    next: str | None = None


class MetricPoint(_Record):
    """One value of one metric. `value` is None where it was not a finite number, which JSON cannot carry."""

    seq: int
    name: str
    value: float | None
    step: int
    epoch: int | None = None
    time: datetime


class MetricPage(_Record):
    """Points in the order in which they were written. `next` is the `after` that continues from here."""

    points: tuple[MetricPoint, ...]
    next: int


class CurvePoints(_Record):
    """The points of one curve that are shown, of `total`: lists of one length. Times are seconds since 1970, in UTC."""

    steps: list[int]
    epochs: list[int | None]
    times: list[float]
    values: list[float]
    total: int


class CurveFigure(_Record):
    """The last and the best value of a metric, and their epochs, counted from 1."""

    name: str
    last: float
    last_epoch: int | None
    best: float
    best_epoch: int | None


class CurvePage(_Record):
    """The curves of a run, thinned. `next` is the ``after`` with which :meth:`metrics` goes on from here."""

    curves: dict[str, CurvePoints]
    figures: tuple[CurveFigure, ...]
    next: int


class LogLine(_Record):
    """One line of a job's output.

    `session` counts the processes that the job had: it grows where a job is paused and goes on, or is resumed after its
    worker was lost.
    """

    seq: int
    stream: LogStream
    text: str
    time: datetime
    session: int = 1
    level: LogLevel = "info"


class LogFilter(_Record):
    """Which lines of a log: those that have all `search` words in any case, match `regex`, and are of the rest.

    `level` takes what is graver too. Empty texts and None take all.
    """

    search: str = Field(default="", max_length=500)
    regex: str = Field(default="", max_length=500)
    stream: LogStream | None = None
    session: int | None = Field(default=None, ge=1)
    level: LogLevel | None = None


class LogPage(_Record):
    """Lines in the order in which the job wrote them.

    `next` is the `after` that continues from here, and `previous` the `before` that leads to older lines, None at the
    beginning. `more` says that the log was not looked through to its end: the page was full, or its time was up.
    """

    lines: tuple[LogLine, ...]
    next: int
    previous: int | None = None
    more: bool = False


def log_filter(**given: Any) -> LogFilter:
    """Return which lines are wanted.

    Raises
    ------
    InvalidInputError
        When there is no such stream or level, or a text is too long.
    """
    try:
        return LogFilter(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = first["loc"][0]
        raise InvalidInputError(
            f"A log cannot be searched with {name} = {str(first['input'])[:80]!r}: {first['msg']}.",
            "Streams are stdout, stderr and log; levels are debug, info, warning and error; sessions count from 1.",
        ) from error
