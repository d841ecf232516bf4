"""Follows one job: reads what is new whenever something happens, and hands it to the kernel's main loop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from patholearn_lab.errors import NotFoundError, PathoLearnError
from patholearn_lab.widgets.main_loop import MainLoop

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.models import CurvePage, Job, MetricPoint
    from patholearn_lab.training.findings import Diagnosis

QUIET_S = 2.0
"""How long to wait for an event before looking anyway, in seconds: an event may be lost, a run folder is not."""

PAUSE_S = 0.3
"""The least time between two looks, in seconds: redrawing a curve costs the browser up to 60 ms."""

POINTS = 2000
"""How many points of a curve a run is opened with; more than a screen has columns."""


@dataclass(frozen=True)
class RunNews:
    """What a follower found. Several finds are put together while the main loop is busy, so nothing is lost.

    Attributes
    ----------
    job
        The job as it was last seen, or None before the first look succeeded.
    points
        The metric points that came since the last news, in order.
    diagnosis
        What the curves say so far; None where it was not asked about yet.
    problem
        Why the last look failed, or None where it did not. The follower goes on unless the job is gone.
    """

    job: Job | None
    points: tuple[MetricPoint, ...]
    problem: PathoLearnError | None
    diagnosis: Diagnosis | None = None


class RunFollower:
    """Follows one job in a thread of its own until it has ended, is gone, or :meth:`close` is called.

    Parameters
    ----------
    client
        Where the job is.
    job_id
        Which job.
    on_news
        Called on `loop` with what is new.
    loop
        The kernel's main loop. While it is busy with a cell the news add up and arrive as one.
    quiet_s, pause_s
        How long to wait for an event at most, and between two looks at least, in seconds.
    """

    def __init__(
        self,
        client: Client,
        job_id: str,
        on_news: Callable[[RunNews], None],
        loop: MainLoop,
        *,
        quiet_s: float = QUIET_S,
        pause_s: float = PAUSE_S,
    ) -> None:
        self.job_id = job_id
        self._client = client
        self._on_news = on_news
        self._loop = loop
        self._quiet_s = quiet_s
        self._pause_s = pause_s
        self._lock = threading.Lock()
        self._waiting: RunNews | None = None
        self._job: Job | None = None
        self._after = 0
        self._read: list[MetricPoint] = []
        self._diagnosis: Diagnosis | None = None
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"patholearn-follow-{job_id}", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """Stop following; no news arrive any more."""
        self._closed.set()
        self._wake.set()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the following has ended, at most `timeout_s` seconds; return whether it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _follow(self) -> None:
        unsubscribe: Callable[[], None] | None = None
        try:
            while not self._closed.is_set():
                try:
                    if unsubscribe is None:
                        unsubscribe = self._client.events.subscribe(
                            lambda _event: self._wake.set(), ["jobs", f"job.{self.job_id}"]
                        )
                    ended = self._look()
                except PathoLearnError as problem:
                    self._tell(problem)
                    ended = isinstance(problem, NotFoundError)
                if ended:
                    return
                self._wake.wait(self._quiet_s)
                self._wake.clear()
                self._closed.wait(self._pause_s)
        finally:
            if unsubscribe is not None:
                unsubscribe()

    def _look(self) -> bool:
        """Read the job, then its points: a job seen as ended has written all of them."""
        self._job = self._client.jobs.get(self.job_id)
        if self._after == 0:
            # A long run is opened thinned; what comes later is read point by point.
            thinned = self._client.jobs.curves(self.job_id, POINTS)
            self._read.extend(points_of(thinned))
            self._after = thinned.next
        while not self._closed.is_set():
            page = self._client.jobs.metrics(self.job_id, after=self._after)
            self._read.extend(page.points)
            self._after = page.next
            if not page.points:
                break
        # Judged anew with every epoch, and once more at the end: a failure belongs to the diagnosis.
        if self._job.final or any(not point.name.endswith("_step") for point in self._read):
            self._diagnosis = self._client.jobs.diagnosis(self.job_id)
        self._tell(None)
        return self._job.final

    def _tell(self, problem: PathoLearnError | None) -> None:
        points, self._read = tuple(self._read), []
        with self._lock:
            is_announced = self._waiting is not None
            earlier = self._waiting.points if self._waiting else ()
            self._waiting = RunNews(self._job, earlier + points, problem, self._diagnosis)
        if not is_announced:
            self._loop.run(self._deliver)

    def _deliver(self) -> None:
        with self._lock:
            news, self._waiting = self._waiting, None
        if news is not None and not self._closed.is_set():
            self._on_news(news)


def points_of(page: CurvePage) -> Iterator[MetricPoint]:
    """Yield the points of thinned curves, without numbers of their own."""
    from patholearn_lab.jobs.models import MetricPoint

    for name, curve in page.curves.items():
        rows = zip(curve.steps, curve.epochs, curve.times, curve.values, strict=True)
        for step, epoch, time, value in rows:
            at = datetime.fromtimestamp(time, UTC)
            yield MetricPoint.model_construct(seq=0, name=name, value=value, step=step, epoch=epoch, time=at)
