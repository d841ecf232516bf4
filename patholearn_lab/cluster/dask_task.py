"""One task on its way through Dask."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from typing import Any

from patholearn_lab.cluster.resources import Resources


class Task:
    """One task on its way through Dask.

    Its end may be told by Dask, by its owner and by the cluster's end at the same time; whoever is first counts.
    """

    def __init__(self, key: str, function: Callable[..., object], args: tuple[Any, ...], needs: Resources) -> None:
        self.key = key
        self.needs = needs
        self.outcome: Future[object] = Future()
        self._function = function
        self._args = args
        self._dask_future: Any = None

    def send(self, client: Any, worker: str | None, priority: int) -> None:
        """Submit it for `worker`, or for another one should that be gone by then; for any where it is None."""
        if not self.outcome.done():
            self._dask_future = client.submit(
                run_until_closed,
                self._function,
                self._args,
                key=self.key,
                pure=False,
                priority=priority,
                workers=None if worker is None else [worker],
                allow_other_workers=worker is not None,
            )
            self._dask_future.add_done_callback(self._done)

    def withdraw(self) -> None:
        """Take it back where it still waits."""
        if self._dask_future is not None:
            self._dask_future.cancel()
        self.outcome.cancel()

    def end(self, error: BaseException | None) -> None:
        """Tell how it ended, unless that was told."""
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
