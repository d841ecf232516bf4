"""Follows live run folders: reads what was appended, and tells it.

One way serves jobs that were started here, jobs that were found again after a restart, and jobs on other machines that
share the folder. The price is the interval.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from patholearn_lab.jobs.endings import settle
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import Tail
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.states import FINAL, IDLE

LOOK_EVERY_S = 0.2
_CHECK_LIFE_EVERY_S = 2.0
_LOG_BYTES = 65_536
"""The most of a log that one event carries. A job that prints faster leaves gaps in the events, not in its log."""
_METRIC_BYTES = 262_144

_log = logging.getLogger(__name__)

Publish = Callable[[str, Any], Any]


class Follower:
    """Looks at every live run folder five times a second, in the thread that calls :meth:`run`.

    Parameters
    ----------
    publish
        Told of every change, metric and line.
    save
        Given a job whenever its state has changed. It may fail: it is tried again with the next look.
    read
        Gives the job of a folder as it is to be told.
    settle
        Given the folder of a job that should have a process, and has none.
    """

    def __init__(
        self,
        publish: Publish,
        save: Callable[[Job], None],
        read: Callable[[RunFolder], Job] = read_job,
        settle: Callable[[RunFolder], None] = settle,
    ) -> None:
        self._publish = publish
        self._save = save
        self._read = read
        self._settle = settle
        self._lock = threading.Lock()
        self._followed: dict[str, _Followed] = {}
        self._wake = threading.Event()
        self._closed = False

    def add(self, job: Job, folder: RunFolder, *, from_start: bool) -> None:
        """Follow a job that was told as `job`; what was appended before is told too where `from_start` is set."""
        with self._lock:
            self._followed[job.id] = _Followed(job, folder, from_start=from_start)
        self._wake.set()

    def current(self, job_id: str) -> Job | None:
        """Return a followed job as it is now; None where it is not followed."""
        with self._lock:
            followed = self._followed.get(job_id)
        return None if followed is None else self._read(followed.folder)

    def drop(self, job_id: str) -> None:
        """Follow a job no longer."""
        with self._lock:
            self._followed.pop(job_id, None)

    def look_soon(self) -> None:
        """Look at once instead of at the next turn."""
        self._wake.set()

    def run(self) -> None:
        """Look until :meth:`close`."""
        while not self._closed:
            # Without live jobs there is nothing to look at, and nothing to wake up for.
            self._wake.wait(LOOK_EVERY_S if self._followed else None)
            self._wake.clear()
            with self._lock:
                followed = list(self._followed.values())
            for each in followed:
                if not self._closed:
                    self._look(each)

    def close(self) -> None:
        """End :meth:`run`."""
        self._closed = True
        self._wake.set()

    def _look(self, followed: _Followed) -> None:
        try:
            if followed.is_deserted():
                self._settle(followed.folder)
            if followed.look(self._publish, self._save, self._read):
                self.drop(followed.folder.id)
        except Exception:
            if not followed.folder.path.exists():
                self.drop(followed.folder.id)
                return
            # A full disk, a busy database: the other jobs are followed all the same, and this one is looked at again.
            if not followed.failing:
                _log.exception("The run folder of job %s cannot be followed just now.", followed.folder.id)
            followed.failing = True
        else:
            followed.failing = False


class _Followed:
    """One live job, and how much of its folder was read."""

    def __init__(self, job: Job, folder: RunFolder, *, from_start: bool) -> None:
        self.folder = folder
        self.failing = False
        self._job = job
        self._saved_state = job.state
        self._metrics = Tail(folder.metrics, None if from_start else 0)
        self._log = Tail(folder.log, None if from_start else 0)
        self._life_checked_at = time.monotonic()

    def look(self, publish: Publish, save: Callable[[Job], None], read: Callable[[RunFolder], Job]) -> bool:
        """Tell what is new; return whether the job has ended and everything is told."""
        # The state is read first: what a job wrote before its last state is then told before it.
        job = read(self.folder)
        topic = f"job.{job.id}"
        while points := self._metrics.read(_METRIC_BYTES):
            publish(f"{topic}.metrics", {"points": points})
        self._log.skip_to_end(leave=_LOG_BYTES)
        if lines := self._log.read(_LOG_BYTES):
            publish(f"{topic}.log", {"lines": lines})
        if job.state != self._saved_state:
            save(job)
            self._saved_state = job.state
        if job != self._job:
            self._job = job
            publish("jobs", job.model_dump(mode="json"))
        return job.final

    def is_deserted(self) -> bool:
        """Whether the job should have a process, and nobody watches it. Looked at every other second only."""
        now = time.monotonic()
        if now - self._life_checked_at < _CHECK_LIFE_EVERY_S:
            return False
        self._life_checked_at = now
        return self.folder.state not in FINAL | IDLE and not self.folder.is_watched()
