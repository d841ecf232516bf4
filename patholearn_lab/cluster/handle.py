"""A task seen through a :class:`concurrent.futures.Future`, which is what every cluster here can give."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future


class FutureHandle:
    """A :class:`~patholearn_lab.cluster.backend.TaskHandle` around a future.

    Parameters
    ----------
    key
        The name under which the task was submitted.
    future
        Done when the task is.
    withdraw
        Takes the task back where it still waits.
    """

    def __init__(self, key: str, future: Future[object], withdraw: Callable[[], object]) -> None:
        self._key = key
        self._future = future
        self._withdraw = withdraw

    @property
    def key(self) -> str:
        """The name under which the task was submitted."""
        return self._key

    def add_done_callback(self, callback: Callable[[BaseException | None], None]) -> None:
        """Call `callback` once, when the task has ended."""

        def tell(future: Future[object]) -> None:
            callback(CancelledError() if future.cancelled() else future.exception())

        self._future.add_done_callback(tell)

    def withdraw(self) -> None:
        """Take the task back where it still waits for its turn."""
        self._withdraw()
