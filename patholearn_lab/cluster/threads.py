"""A cluster of plain threads in this process: for tasks that only wait for a process of their own."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from pathlib import Path
from typing import Any

from patholearn_lab.cluster.backend import ClusterInfo
from patholearn_lab.cluster.handle import FutureHandle
from patholearn_lab.cluster.placement import Worker
from patholearn_lab.cluster.resources import ANY, Resources
from patholearn_lab.cluster.status import ClusterStatus, ensure_idle, ensure_workers, status_of
from patholearn_lab.cluster.workers import machine_of, read_machine
from patholearn_lab.errors import UnavailableError


class ThreadBackend:
    """Runs tasks in daemon threads, which a server that ends does not wait for.

    Parameters
    ----------
    jobs_at_once
        How many tasks run at the same time.
    """

    def __init__(self, jobs_at_once: int = 1) -> None:
        self._jobs_at_once = jobs_at_once
        self._lock = threading.Lock()
        self._waiting: deque[tuple[str, Future[object], Callable[..., object], tuple[Any, ...]]] = deque()
        self._running = 0
        self._keys: dict[str, None] = {}
        self._closed = False

    def submit(
        self,
        function: Callable[..., object],
        *args: Any,
        key: str,
        needs: Resources = ANY,  # noqa: ARG002  (there is one machine, which has what it has)
    ) -> FutureHandle:
        """Queue a task; see :class:`~patholearn_lab.cluster.backend.ClusterBackend`."""
        future: Future[object] = Future()
        with self._lock:
            if self._closed:
                raise UnavailableError("The cluster is closed.", "Start the server again.")
            self._waiting.append((key, future, function, args))
            if self._running < self._jobs_at_once:
                self._begin()
        return FutureHandle(key, future, future.cancel)

    def info(self) -> ClusterInfo:
        """Describe the cluster."""
        threads = max(1, (os.cpu_count() or 1) // self._jobs_at_once)
        return ClusterInfo("threads", "closed" if self._closed else "running", self._jobs_at_once, threads)

    def status(self) -> ClusterStatus:
        """Return the cluster, and this machine as its one worker."""
        with self._lock:
            keys, waiting = list(self._keys), len(self._waiting)
        machine = machine_of(read_machine(str(Path.home())))
        worker = Worker("threads", "this process", self._jobs_at_once, len(keys))
        return ClusterStatus(
            **asdict(self.info()), waiting=waiting, can_scale=True, workers=(status_of(worker, machine, keys),)
        )

    def scale(self, workers: int) -> None:
        """Change how many tasks run at the same time.

        Raises
        ------
        InvalidInputError
            When the number is not from 1 to 256.
        """
        ensure_workers(workers)
        with self._lock:
            more = workers - self._jobs_at_once
            self._jobs_at_once = workers
            for _ in range(min(more, len(self._waiting))):
                self._begin()

    def stop(self) -> None:
        """Do nothing but refuse where there are tasks: there is nothing to close.

        Raises
        ------
        ConflictError
            When it has tasks.
        """
        with self._lock:
            ensure_idle(len(self._waiting) + len(self._keys))

    def close(self) -> None:
        """Drop what waits. What runs is left to end by itself."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, deque()
        for _, future, _, _ in waiting:
            future.cancel()

    def _begin(self) -> None:
        self._running += 1
        threading.Thread(target=self._work, name="cluster-task", daemon=True).start()

    def _work(self) -> None:
        key = ""
        while True:
            with self._lock:
                self._keys.pop(key, None)
                if not self._waiting or self._running > self._jobs_at_once:
                    self._running -= 1
                    return
                key, future, function, args = self._waiting.popleft()
                self._keys[key] = None
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = function(*args)
            except BaseException as error:
                # It belongs to whoever asks the future; the thread goes on with the next task.
                future.set_exception(error)
            else:
                future.set_result(result)
