"""Hands jobs to the cluster when their turn has come, and remembers why the others wait."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from patholearn_lab.errors import UnavailableError
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.launch import run_rank, run_supervised
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.scheduling import WINDOW_S, Entry, JobLimits, Priority, Room, Wait, plan
from patholearn_lab.jobs.usage import used_s

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterBackend, ClusterInfo, TaskHandle

_log = logging.getLogger(__name__)


@dataclass
class _Placed:
    """A job that waits, or that the cluster has; then with its task."""

    folder: RunFolder
    job: Job
    task: TaskHandle | None = None


class Dispatcher:
    """The waiting jobs and those that the cluster has.

    Parameters
    ----------
    cluster
        Runs as many at once as it has room for.
    limits
        What one person may take.
    ended
        Told of a job that the cluster is done with: its folder, and the error where it could not see it to its end.
    """

    def __init__(
        self,
        cluster: ClusterBackend,
        limits: JobLimits,
        ended: Callable[[RunFolder, BaseException | None], None],
    ) -> None:
        self._cluster = cluster
        self._limits = limits
        self._ended = ended
        self._lock = threading.RLock()
        self._waiting: dict[str, _Placed] = {}
        self._placed: dict[str, _Placed] = {}
        self._past: dict[str, Job] = {}
        self._waits: dict[str, Wait] = {}
        self._conductors: dict[str, Callable[[RunFolder], None]] = {}

    def remember(self, jobs: Iterable[Job]) -> None:
        """Count the time of jobs that ended, or paused, towards their owners' share."""
        with self._lock:
            self._past.update((job.id, job) for job in jobs)

    def add(self, folder: RunFolder, job: Job) -> None:
        """Put a queued job into the queue, and start what has its turn; one that is conducted begins at once."""
        if conduct := self._conductors.get(job.kind):
            conduct(folder)
            return
        with self._lock:
            if job.id not in self._placed:
                self._waiting.setdefault(job.id, _Placed(folder, job))
        self.look()

    def conduct(self, kind: str, conductor: Callable[[RunFolder], None]) -> None:
        """Hand queued jobs of a kind to `conductor`, which does them without a process of their own."""
        self._conductors[kind] = conductor

    def adopt(self, folder: RunFolder, job: Job) -> None:
        """Take over a job that has a process already, be there room for it or not."""
        placed = _Placed(folder, job)
        with self._lock:
            self._placed[job.id] = placed
        self._submit(placed)

    def withdraw(self, job_id: str) -> None:
        """Take a job out of the queue that was cancelled or is held; one that runs is left alone."""
        with self._lock:
            self._waiting.pop(job_id, None)
            placed = self._placed.get(job_id)
        if placed is not None and placed.task is not None:
            placed.task.withdraw()
        self.look()

    def prefer(self, job_id: str, priority: Priority) -> None:
        """Give a waiting job another priority."""
        with self._lock:
            if waiting := self._waiting.get(job_id):
                waiting.job = waiting.job.model_copy(update={"priority": priority})
        self.look()

    def wait_of(self, job_id: str) -> Wait | None:
        """Return where a job stands in the queue; None where it does not wait."""
        with self._lock:
            return self._waits.get(job_id)

    @property
    def live(self) -> int:
        """How many jobs wait or run."""
        with self._lock:
            return len(self._waiting) + len(self._placed)

    def look(self) -> None:
        """Start the jobs whose turn has come."""
        with self._lock:
            info = self._cluster.info()
            now = datetime.now(UTC)
            since = now - timedelta(seconds=WINDOW_S)
            self._past = {id: job for id, job in self._past.items() if (job.ended_at or now) >= since}
            held = self._placed.values()
            todo = plan(
                [_entry(waiting.job, info) for waiting in self._waiting.values()],
                [_entry(placed.job, info) for placed in held],
                used_s([*self._past.values(), *(self._now(placed) for placed in held)], since, now),
                self._limits,
                Room(info.jobs_at_once, info.gpus),
            )
            self._waits = todo.waits
            starting = [self._waiting.pop(job_id) for job_id in todo.start]
            self._placed.update((placed.job.id, placed) for placed in starting)
        for placed in starting:
            self._submit(placed)

    def _now(self, placed: _Placed) -> Job:
        """Return a job that runs with its transitions so far; as it was last seen where its folder is gone."""
        try:
            return read_job(placed.folder)
        except (OSError, ValueError):
            return placed.job

    def _submit(self, placed: _Placed) -> None:
        job = placed.job
        threads = job.resources.threads or self._cluster.info().threads_per_job
        try:
            task = self._cluster.submit(
                run_supervised, str(placed.folder.path), threads, key=_key(job), needs=job.resources
            )
        except UnavailableError as error:
            # The cluster was closed. The job waits in its folder for the next start of the server.
            _log.info("Job %s was not started: %s", job.id, error)
            return
        placed.task = task
        for rank in range(1, job.resources.workers):
            args = (str(placed.folder.path), threads, rank, job.session + 1)
            self._cluster.submit(run_rank, *args, key=f"{_key(job)}r{rank}", needs=job.resources)
        task.add_done_callback(lambda error: self._done(placed, error))

    def _done(self, placed: _Placed, error: BaseException | None) -> None:
        with self._lock:
            self._placed.pop(placed.job.id, None)
            self._past[placed.job.id] = self._now(placed)
        self._ended(placed.folder, error)
        self.look()


def _key(job: Job) -> str:
    # A session of its own: the task of the one before may not be forgotten yet.
    return f"{job.id}-{job.session + 1}"


def _entry(job: Job, info: ClusterInfo) -> Entry:
    gpus = 0 if job.resources.share_gpu else job.resources.gpus_of(info.gpus)
    workers = job.resources.workers
    return Entry(job.id, job.owner, job.priority, gpus * workers, workers)
