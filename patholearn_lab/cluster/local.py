"""A Dask cluster on this machine, started in the background when the first task comes.

Its worker is a process of its own with one thread a task. Tasks here wait for processes that they start, so threads
suffice; one that is cut off by the cluster's end leaves its process alone.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor, wait
from typing import Any

from patholearn_lab.cluster.backend import ClusterInfo, ClusterState
from patholearn_lab.cluster.handle import FutureHandle
from patholearn_lab.cluster.resources import ANY, Resources
from patholearn_lab.errors import UnavailableError

_log = logging.getLogger(__name__)

_WORKER_ENVIRONMENT = {
    # Dask sets 65536 here, with which training on CPUs took 1.7 times as long (2 million page faults against 14,000).
    "MALLOC_TRIM_THRESHOLD_": "536870912",
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    # Dask sets 1 for these, and it does so in *this* process, before it starts its worker: torch imported later in a
    # notebook would have one thread. None takes them off the list.
    "OMP_NUM_THREADS": None,
    "MKL_NUM_THREADS": None,
    "OPENBLAS_NUM_THREADS": None,
}


class LocalBackend:
    """Dask's ``LocalCluster`` behind :class:`~patholearn_lab.cluster.backend.ClusterBackend`.

    Parameters
    ----------
    jobs_at_once
        How many tasks run at the same time.
    dashboard_address
        Where Dask's dashboard listens, for example ``"127.0.0.1:8787"``; None for no dashboard. It has no login.
    """

    def __init__(self, jobs_at_once: int = 1, dashboard_address: str | None = None) -> None:
        self._jobs_at_once = jobs_at_once
        self._dashboard_address = dashboard_address
        self._lock = threading.Lock()
        self._state: ClusterState = "idle"
        self._error: str | None = None
        self._cluster: Any = None
        self._client: Any = None
        self._open: list[_Task] = []
        self._sent = 0
        # One thread does everything that talks to Dask, so nothing of it ever runs on a server's event loop, and the
        # tasks keep the order in which they came.
        self._dask = ThreadPoolExecutor(1, thread_name_prefix="cluster")

    def submit(
        self,
        function: Callable[..., object],
        *args: Any,
        key: str,
        needs: Resources = ANY,  # noqa: ARG002  (there is one machine, which has what it has)
    ) -> FutureHandle:
        """Queue a task; see :class:`~patholearn_lab.cluster.backend.ClusterBackend`."""
        task = _Task(key, function, args)
        with self._lock:
            if self._state == "closed":
                raise UnavailableError("The cluster is closed.", "Start the server again.")
            self._dask.submit(self._send, task)
        return FutureHandle(key, task.outcome, lambda: self._dask.submit(task.withdraw))

    def info(self) -> ClusterInfo:
        """Describe the cluster."""
        threads = max(1, (os.cpu_count() or 1) // self._jobs_at_once)
        running = self._state == "running"
        return ClusterInfo(
            "dask-local",
            self._state,
            self._jobs_at_once,
            threads,
            address=self._cluster.scheduler_address if running else None,
            dashboard=self._cluster.dashboard_link if running and self._dashboard_address else None,
            error=self._error,
        )

    def close(self) -> None:
        """Stop the scheduler and the worker, and wait until they are gone."""
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

    # --- in the cluster's thread ---------------------------------------------------------------------------------

    def _send(self, task: _Task) -> None:
        self._open = [other for other in self._open if not other.outcome.done()]
        self._open.append(task)
        try:
            if self._client is None:
                self._start()
            # Left to itself Dask takes tasks that came close together in any order, seen: the last one first.
            self._sent += 1
            task.send(self._client, priority=-self._sent)
        except Exception as error:
            # Starting a cluster fails in many ways (no port, no memory, a missing library); the task tells its owner.
            _log.exception("The Dask cluster could not take the task %r.", task.key)
            self._error = f"{type(error).__name__}: {error}"
            self._set_state("failed" if self._client is None else "running")
            task.end(UnavailableError(f"The Dask cluster could not take the job. {self._error}"))

    def _start(self) -> None:
        self._set_state("starting")
        import dask
        import distributed

        settings: dict[str, Any] = {
            **{f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in _WORKER_ENVIRONMENT.items()},
            # A job holds its thread for hours; that is no reason to warn.
            "distributed.admin.tick.limit": "1h",
            # Dask looks at the stacks of a running task every 10 ms, and at the machine twice a second. Our tasks only
            # wait, and every percent of a core that is taken here is missing to the training next door.
            "distributed.worker.profile.enabled": False,
            "distributed.admin.system-monitor.interval": "5s",
            "distributed.scheduler.work-stealing": False,  # from whom? there is one worker
        }
        if self._dashboard_address is None:
            # Dask serves HTTP in any case: without a login, on port 8787, with what the cluster does and is made of.
            # Without routes, and on a port that nobody guesses, it says nothing.
            settings |= {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
        with dask.config.set(settings):
            cluster: Any = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=1,
                threads_per_worker=self._jobs_at_once,
                processes=True,
                host="127.0.0.1",
                dashboard_address=self._dashboard_address,
                scheduler_kwargs=None if self._dashboard_address else {"dashboard_address": "127.0.0.1:0"},
                # The worker only waits; the memory of the jobs is not its own.
                memory_limit=0,
                silence_logs=logging.ERROR,
            )
        try:
            self._client = distributed.Client(cluster, set_as_default=False)  # type: ignore[no-untyped-call]
        except BaseException:
            cluster.close()
            raise
        self._cluster = cluster
        self._error = None
        self._set_state("running")

    def _stop(self) -> None:
        for task in self._open:
            task.outcome.cancel()
        if self._client is not None:
            self._client.close()
            self._cluster.close()

    def _set_state(self, state: ClusterState) -> None:
        with self._lock:
            if self._state != "closed":
                self._state = state


class _Task:
    """One task on its way through Dask.

    Its end may be told by Dask, by its owner and by the cluster's end at the same time; whoever is first counts.
    """

    def __init__(self, key: str, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.key = key
        self.outcome: Future[object] = Future()
        self._function = function
        self._args = args
        self._dask_future: Any = None

    def send(self, client: Any, priority: int) -> None:
        if not self.outcome.done():
            self._dask_future = client.submit(
                run_until_closed, self._function, self._args, key=self.key, pure=False, priority=priority
            )
            self._dask_future.add_done_callback(self._done)

    def withdraw(self) -> None:
        if self._dask_future is not None:
            self._dask_future.cancel()
        self.outcome.cancel()

    def end(self, error: BaseException | None) -> None:
        with contextlib.suppress(InvalidStateError):
            if error is None:
                self.outcome.set_result(None)
            else:
                self.outcome.set_exception(error)

    def _done(self, future: Any) -> None:
        if future.cancelled():
            self.outcome.cancel()
        else:
            self.end(future.exception() if future.status == "error" else None)


def run_until_closed(function: Callable[..., object], args: tuple[Any, ...]) -> None:
    """Run a task on a worker, and let go of it when the worker is to close: Dask would wait four seconds for it."""
    from distributed import get_worker
    from distributed.core import Status

    worker = get_worker()
    outcome: Future[object] = Future()

    def work() -> None:
        try:
            outcome.set_result(function(*args))
        except BaseException as error:
            # Handed on to the worker's own thread, which raises it again.
            outcome.set_exception(error)

    threading.Thread(target=work, name="task", daemon=True).start()
    while not outcome.done() and worker.status in (Status.running, Status.paused):
        wait([outcome], timeout=0.2)
    if outcome.done():
        outcome.result()
