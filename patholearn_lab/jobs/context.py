"""What a job's function is given: how it says how far it is, what it measured, and learns that it should stop.

Standard library only, so that a child starts quickly.
"""

from __future__ import annotations

import errno
import math
import os
import socket
import threading
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from patholearn_lab.jobs.folder import Keep, RunFolder, utc_now
from patholearn_lab.jobs.jsonl import encode, last_seq
from patholearn_lab.jobs.ranks import Ranks

WRITE_EVERY_S = 0.2
"""How long progress and metrics wait at most before they are written."""
NAME_LIMIT = 200
"""The most characters of a metric's name."""
METRIC_LIMIT = 1000
"""The most different metrics of one job."""
POINT_LIMIT = 5_000_000
"""The most points of one job."""
_LOOK_EVERY_S = 0.1
_MEET_WITHIN_S = 600.0
"""Rank 0 comes when it has its data, which may be made first."""


class JobContext:
    """A :class:`~patholearn_lab.progress.Progress` that writes to the run folder.

    Every call returns at once: a thread writes what has gathered five times a second.

    Parameters
    ----------
    folder
        The job's run folder.
    write_line
        Takes a line for the log.
    rank
        Which of the processes that do the job together this is.
    """

    def __init__(self, folder: RunFolder, write_line: Callable[[str], None], rank: int = 0) -> None:
        self.id = folder.id
        self.folder: Path = folder.path
        """The run folder; ``code/`` and ``checkpoints/`` in it are the job's own."""
        self.data_root: Path = folder.data_root
        """The data folder."""
        self.rank = rank
        self.session = folder.session
        """Which start of the job this is; above 1 it goes on from what the sessions before kept."""
        self._run = folder
        self._write_line = write_line
        self._eta = Eta()
        self._lock = threading.Lock()
        self._progress: dict[str, Any] | None = None
        self._points: list[bytes] = []
        self._names: set[str] = set()
        self._full = False
        self._write_error: OSError | None = None
        self._seq = last_seq(folder.metrics)
        self._asked_to_stop = False
        self._looked_at = -math.inf
        # Not buffered: what could not be written is known at once, and tried again.
        self._metrics: BinaryIO = folder.metrics.open("ab", buffering=0)
        self._closing = threading.Event()
        self._writer = threading.Thread(target=self._keep_writing, name="job-context", daemon=True)
        self._writer.start()

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Say that `done` of `total` units of `stage` are finished; `total` is None where it is unknown."""
        eta_s = self._eta.estimate(done, total, stage)
        with self._lock:
            self._progress = {"done": done, "total": total, "stage": stage, "eta_s": eta_s}

    def log(self, message: str) -> None:
        """Write one line for a person to read."""
        self._write_line(message)

    def metric(self, name: str, value: float, *, step: int, epoch: int | None = None) -> None:
        """Write one value of one metric. A value that is not finite is kept as null.

        Parameters
        ----------
        name
            The metric, for example ``train_loss``.
        value
            A number, or anything that :class:`float` takes (a scalar tensor).
        step
            The number of optimizer steps so far.
        epoch
            The epoch, from 0.
        """
        number = float(value)
        name = name[:NAME_LIMIT]
        if not self._has_room(name):
            return
        point = {"name": name, "value": number if math.isfinite(number) else None, "step": int(step), "epoch": epoch}
        with self._lock:
            self._seq += 1
            self._points.append(encode({"seq": self._seq, **point, "time": utc_now()}))

    def _has_room(self, name: str) -> bool:
        """Whether one more point of this metric is kept; the first one that is not is told in the log."""
        if self._seq >= POINT_LIMIT:
            full = f"{POINT_LIMIT:,} points"
        elif name not in self._names and len(self._names) >= METRIC_LIMIT:
            full = f"{METRIC_LIMIT:,} different metrics"
        else:
            self._names.add(name)
            return True
        if not self._full:
            self._full = True
            self.log(f"A job keeps at most {full}. {name!r} and what comes after it is left out.")
        return False

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop. Cheap: it looks at the disk ten times a second at most.

        A job that stops for this reason raises :class:`~patholearn_lab.errors.CancelledError`; one that returns a
        result nevertheless is done.
        """
        now = time.monotonic()
        if not self._asked_to_stop and now - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = now
            self._asked_to_stop = self._run.asked_to_stop
        return self._asked_to_stop

    @property
    def keep(self) -> Keep | None:
        """What whoever asked the job to stop wants to keep of it; None while nobody asked, or where nobody cares."""
        request = self._run.stop_request() if self.cancelled else None
        return None if request is None else request.keep

    @cached_property
    def ranks(self) -> Ranks:
        """The processes that do the job together."""
        return Ranks(self.folder, self.session, self._run.workers)

    @property
    def workers(self) -> int:
        """How many processes do the job together; this one is number :attr:`rank`, counted from 0."""
        return self.ranks.count

    def meet(self) -> tuple[str, int]:
        """Return where the ranks of this job meet: host and port of rank 0, which is told where it is missing.

        Raises
        ------
        TimeoutError
            When rank 0 has not said so within ten minutes.
        """
        if self.rank == 0:
            own = "127.0.0.1" if self._run.on_one_machine else socket.gethostbyname(socket.gethostname())
            return self.ranks.invite(own)
        until = time.monotonic() + _MEET_WITHIN_S
        while time.monotonic() < until:
            if (place := self.ranks.meeting()) is not None:
                return place
            time.sleep(_LOOK_EVERY_S)
        raise TimeoutError("The first worker of this job did not come to the meeting.")

    def close(self) -> None:
        """Write what is left.

        Raises
        ------
        OSError
            When it could not be written: the disk is full, say.
        """
        self._closing.set()
        self._writer.join()
        self._metrics.close()
        if self._write_error is not None:
            raise self._write_error

    def _keep_writing(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(WRITE_EVERY_S)
            with self._lock:
                points, self._points = self._points, []
                progress, self._progress = self._progress, None
            try:
                if points:
                    self._append(b"".join(points))
                if progress is not None:
                    self._run.write_progress(progress)
            except OSError as error:
                # A full disk. The job goes on, and with it the hope that there is room again; its end tells.
                with self._lock:
                    self._points = points + self._points
                if self._write_error is None:
                    self.log(f"Metrics and progress cannot be written just now: {error.strerror}.")
                self._write_error = error
            else:
                self._write_error = None

    def _append(self, data: bytes) -> None:
        """Write all of `data` behind the metrics, or nothing of it."""
        whole = self._metrics.tell()
        if self._metrics.write(data) != len(data):
            self._metrics.truncate(whole)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Eta:
    """Estimates the time left in a stage from the pace since the stage began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage: str | None = None
        self._began_at = 0.0
        self._began_with = 0.0

    def estimate(self, done: float, total: float | None, stage: str) -> float | None:
        """Return the seconds left, or None while there is nothing to tell it from."""
        now = self._clock()
        if stage != self._stage or done < self._began_with:
            self._stage, self._began_at, self._began_with = stage, now, done
        elapsed_s, finished = now - self._began_at, done - self._began_with
        if total is None or finished <= 0 or elapsed_s <= 0:
            return None
        return round(max(0.0, total - done) * elapsed_s / finished, 1)
