"""Any Dask cluster behind :class:`~patholearn_lab.cluster.backend.ClusterBackend`, started when the first task comes.

Tasks here wait for processes that they start, so a worker needs no more than a thread for each; one that is cut off by
the cluster's end leaves its process alone. Which worker a task goes to is decided here (:mod:`.placement`), not by
Dask, which knows nothing of GPU memory.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from patholearn_lab.cluster.backend import ClusterInfo, ClusterState
from patholearn_lab.cluster.dask_task import Task
from patholearn_lab.cluster.handle import FutureHandle
from patholearn_lab.cluster.launcher import Launched, Launcher
from patholearn_lab.cluster.placement import Worker, choose
from patholearn_lab.cluster.resources import ANY, Resources
from patholearn_lab.cluster.status import ClusterStatus, WorkerStatus, ensure_idle, ensure_workers, status_of
from patholearn_lab.cluster.workers import Machine, differences, machine_of, read_machine, read_versions
from patholearn_lab.errors import ConflictError, UnavailableError

LOOK_AGAIN_S = 1.0
"""How soon a task that no worker could take is tried again."""
_ANSWER_S = 20.0

_log = logging.getLogger(__name__)


class DaskBackend:
    """A Dask cluster.

    Parameters
    ----------
    launcher
        How it comes to be.
    shared
        The data folder, which workers on other machines have to see as well: looked at once, when it has started.
    idle_close_s
        After how many seconds without a task it is closed, until the next one comes; None for never.
    """

    def __init__(self, launcher: Launcher, shared: Path | None = None, idle_close_s: float | None = None) -> None:
        self._launcher = launcher
        self._shared = shared
        self._idle_close_s = idle_close_s
        self._lock = threading.Lock()
        self._state: ClusterState = "idle"
        self._error: str | None = None
        self._launched: Launched | None = None
        self._workers: tuple[str, ...] = ()
        self._gpus = 0
        self._threads: int | None = None
        self._waiting: list[Task] = []
        self._placed: dict[str, tuple[Task, str]] = {}
        self._sent = 0
        self._timer: threading.Timer | None = None
        # One thread does everything that talks to Dask, so nothing of it ever runs on a server's event loop, and the
        # tasks keep the order in which they came.
        self._dask = ThreadPoolExecutor(1, thread_name_prefix="cluster")

    # --- what jobs need ------------------------------------------------------------------------------------------

    def submit(self, function: Callable[..., object], *args: Any, key: str, needs: Resources = ANY) -> FutureHandle:
        """Queue a task; see :class:`~patholearn_lab.cluster.backend.ClusterBackend`."""
        task = Task(key, function, args, needs)
        with self._lock:
            if self._state == "closed":
                raise UnavailableError("The cluster is closed.", "Start the server again.")
            self._dask.submit(self._take, task)
        return FutureHandle(key, task.outcome, lambda: self._dask.submit(task.withdraw))

    def info(self) -> ClusterInfo:
        """Describe the cluster, as it was looked at last."""
        running = self._state == "running"
        workers = len(self._workers) if running else self._launcher.workers
        jobs_at_once = max(1, workers * self._launcher.places)
        threads = max(1, (os.cpu_count() or 1) // jobs_at_once)
        launched = self._launched
        return ClusterInfo(
            self._launcher.kind,
            self._state,
            jobs_at_once,
            threads if self._threads is None else self._threads,
            gpus=self._gpus if running else self._launcher.gpus,
            on_one_machine=self._launcher.on_this_machine,
            address=launched.client.scheduler.address if running and launched else None,
            dashboard=getattr(self._launcher, "dashboard_address", "") and launched.client.dashboard_link
            if running and launched
            else None,
            error=self._error,
        )

    def close(self) -> None:
        """Stop the cluster for good, and wait until it is gone."""
        with self._lock:
            if self._state == "closed":
                return
            self._state = "closed"
        try:
            stopped = self._dask.submit(self._stop)
        except RuntimeError:
            # The interpreter is ending (an atexit hook closes us): its thread pools take nothing any more.
            self._stop()
        else:
            stopped.result()
        self._dask.shutdown()

    # --- what people do ------------------------------------------------------------------------------------------

    def status(self) -> ClusterStatus:
        """Return the cluster with its workers as they are now. Starts nothing."""
        workers: tuple[WorkerStatus, ...] = ()
        if self._state == "running":
            workers = self._dask.submit(self._worker_statuses).result(_ANSWER_S)
        launched = self._launched
        return ClusterStatus(
            **dataclasses.asdict(self.info()),
            waiting=len(self._waiting),
            can_scale=launched is not None and launched.cluster is not None,
            workers=workers,
        )

    def scale(self, workers: int) -> None:
        """Change the number of workers. Those that have jobs are the last to go, and their jobs go on.

        Raises
        ------
        InvalidInputError
            When the number is not from 1 to 256.
        ConflictError
            When the cluster does not run, or is somebody else's.
        """
        ensure_workers(workers)
        self._dask.submit(self._scale, workers).result(_ANSWER_S)

    def stop(self) -> None:
        """Close the cluster until the next task comes.

        Raises
        ------
        ConflictError
            When it has tasks.
        """
        ensure_idle(len(self._waiting) + len(self._placed))
        self._dask.submit(self._stop).result()

    # --- in the cluster's thread ---------------------------------------------------------------------------------

    def _take(self, task: Task) -> None:
        self._waiting.append(task)
        try:
            if self._launched is None:
                self._start()
            self._place()
        except Exception as error:
            # Starting a cluster fails in many ways (no port, no memory, a missing library); the task tells its owner.
            _log.exception("The Dask cluster could not take the task %r.", task.key)
            self._error = f"{type(error).__name__}: {error}"
            self._set_state("failed" if self._launched is None else "running")
            self._waiting.remove(task)
            known = isinstance(error, UnavailableError)
            told = error if known else UnavailableError(f"The Dask cluster could not take the job. {self._error}")
            task.end(told)

    def _start(self) -> None:
        self._set_state("starting")
        launched = self._launcher.launch()
        try:
            self._look(launched)
            self._ensure_fitting(launched)
        except BaseException:
            launched.client.close()
            launched.end()
            raise
        self._launched = launched
        self._error = None
        self._set_state("running")

    def _look(self, launched: Launched) -> dict[str, Any]:
        """Learn which workers there are."""
        workers: dict[str, Any] = launched.client.scheduler_info(n_workers=-1)["workers"]
        self._workers = tuple(workers)
        if not self._launcher.on_this_machine and workers:
            self._threads = max(1, min(facts["nthreads"] for facts in workers.values()) // self._launcher.places)
        return workers

    def _ensure_fitting(self, launched: Launched) -> None:
        """Refuse workers on which a job would be another than here, or would not find its folder."""
        if self._launcher.on_this_machine:
            self._gpus = self._launcher.gpus
            return
        launched.client.wait_for_workers(1, timeout=_ANSWER_S * 6)
        self._look(launched)
        wrong = differences(read_versions(), launched.client.run(read_versions))
        if wrong:
            raise UnavailableError(
                f"The workers of the cluster have other versions: {'; '.join(wrong[:4])}.",
                "Give them the same environment as this server.",
                differences=wrong,
            )
        if self._shared is not None:
            mark = self._shared / f".cluster-{secrets.token_hex(8)}"
            mark.touch()
            try:
                seen = launched.client.run(os.path.exists, str(mark))
            finally:
                mark.unlink()
            blind = sorted(worker for worker, sees in seen.items() if not sees)
            if blind:
                raise UnavailableError(
                    f"The workers {', '.join(blind[:4])} do not see the data folder {self._shared}.",
                    "Put it on a file system that they share, under the same path.",
                )
        self._gpus = sum(machine.gpu is not None for machine in self._machines(launched).values())

    def _machines(self, launched: Launched) -> dict[str, Machine]:
        told = launched.client.run(read_machine, str(self._shared or Path.home()), on_error="ignore")
        return {address: machine_of(facts) for address, facts in told.items()}

    def _views(self, launched: Launched, *, ask: bool) -> list[Worker]:
        known = self._look(launched)
        machines = self._machines(launched) if ask else {}
        return [
            Worker(
                address,
                str(facts["name"]),
                self._launcher.places,
                sum(worker == address for _, worker in self._placed.values()),
                machines.get(address),
                any(not task.needs.share_gpu for task, worker in self._placed.values() if worker == address),
            )
            for address, facts in known.items()
        ]

    def _place(self) -> None:
        """Send the tasks that wait to workers that can take them, in their order."""
        launched = self._launched
        while launched is not None and self._waiting:
            task = self._waiting[0]
            if not task.outcome.done():
                # Asking costs some milliseconds a worker, and only where it makes a difference.
                ask = self._gpus > 0 or task.needs.memory_mb is not None
                worker = choose(self._views(launched, ask=ask), task.needs)
                if worker is None:
                    self._later(LOOK_AGAIN_S, self._place)
                    return
                self._placed[task.key] = (task, worker.address)
                task.outcome.add_done_callback(partial(self._soon_ended, task.key))
                # Left to itself Dask takes tasks that came close together in any order, seen: the last one first.
                self._sent += 1
                # Workers on this machine without GPUs are all the same, and have a thread for each place. Not bound to
                # one, a task moves on by itself where its worker is killed and comes back under another address.
                bound = ask or not self._launcher.on_this_machine
                task.send(launched.client, worker.address if bound else None, priority=-self._sent)
            self._waiting.pop(0)

    def _ended(self, key: str) -> None:
        self._placed.pop(key, None)
        self._place()
        if self._idle_close_s is not None and not self._waiting and not self._placed:
            self._later(self._idle_close_s, self._stop_when_idle)

    def _stop_when_idle(self) -> None:
        if not self._waiting and not self._placed:
            self._stop()

    def _scale(self, workers: int) -> None:
        if self._launched is None or self._launched.cluster is None:
            raise ConflictError(
                "The cluster does not run." if self._launched is None else "The cluster is run by somebody else.",
                "It starts with the first job." if self._launched is None else "Ask who runs it for more workers.",
            )
        self._launched.cluster.scale(workers)
        self._launched.client.wait_for_workers(workers, timeout=_ANSWER_S)
        self._look(self._launched)
        if self._launcher.gpus:
            self._gpus = len(self._workers)
        self._place()

    def _worker_statuses(self) -> tuple[WorkerStatus, ...]:
        if self._launched is None:
            return ()
        return tuple(
            status_of(worker, worker.machine, [task.key for task, at in self._placed.values() if at == worker.address])
            for worker in self._views(self._launched, ask=True)
            if worker.machine is not None
        )

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in (*self._waiting, *(task for task, _ in self._placed.values())):
            task.outcome.cancel()
        self._waiting.clear()
        self._placed.clear()
        launched, self._launched = self._launched, None
        if launched is not None:
            launched.client.close()
            launched.end()
        self._set_state("idle")

    # --- threads -------------------------------------------------------------------------------------------------

    def _soon_ended(self, key: str, _outcome: object) -> None:
        self._soon(self._ended, key)

    def _soon(self, function: Callable[..., object], *args: Any) -> None:
        """Do something in the cluster's thread, unless that has ended."""
        with self._lock:
            if self._state != "closed":
                self._dask.submit(self._watched, function, *args)

    def _watched(self, function: Callable[..., object], *args: Any) -> None:
        try:
            function(*args)
        except Exception:
            # Nobody waits for its outcome. A scheduler that is gone for a moment is asked again.
            _log.exception("The Dask cluster could not be asked.")
            if self._waiting:
                self._later(LOOK_AGAIN_S, self._place)

    def _later(self, seconds: float, function: Callable[[], object]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._soon, (function,))
        self._timer.daemon = True
        self._timer.start()

    def _set_state(self, state: ClusterState) -> None:
        with self._lock:
            if self._state != "closed":
                self._state = state
