"""What the job queue needs from a cluster. Any class with these methods will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from patholearn_lab.cluster.resources import ANY, Resources

if TYPE_CHECKING:
    from patholearn_lab.cluster.status import ClusterStatus

ClusterState = Literal["idle", "starting", "running", "failed", "closed"]
"""`idle`: nothing was submitted yet, so nothing was started."""


@dataclass(frozen=True)
class ClusterInfo:
    """What a cluster is, at this moment.

    Parameters
    ----------
    kind
        ``"dask-local"``, ``"threads"``, …
    jobs_at_once
        How many tasks run at the same time; the others wait.
    threads_per_job
        How many CPU threads one task should use, so that the tasks together fill the machine and not more.
    on_one_machine
        Whether its workers are all on this machine.
    gpus
        How many GPUs it has in all.
    address
        The scheduler's address, where there is one and it runs.
    dashboard
        The address of the dashboard, where one was asked for.
    error
        Why it could not be started, in the state ``failed``.
    """

    kind: str
    state: ClusterState
    jobs_at_once: int
    threads_per_job: int
    gpus: int = 0
    on_one_machine: bool = True
    address: str | None = None
    dashboard: str | None = None
    error: str | None = None


class TaskHandle(Protocol):
    """One submitted task."""

    @property
    def key(self) -> str:
        """The name under which it was submitted."""

    def add_done_callback(self, callback: Callable[[BaseException | None], None]) -> None:
        """Call `callback` once, in any thread, when the task has ended: with None, or with why it did not end well.

        A task that was withdrawn, or whose cluster was closed, ends with :class:`concurrent.futures.CancelledError`.
        """

    def withdraw(self) -> None:
        """Take back a task that still waits for its turn. One that runs already is left alone."""


class ClusterBackend(Protocol):
    """Runs functions somewhere else, some at a time, in the order in which they came."""

    def submit(self, function: Callable[..., object], *args: Any, key: str, needs: Resources = ANY) -> TaskHandle:
        """Queue `function(*args)` and return at once, however long the cluster takes to start.

        `function` must be importable and the arguments picklable. `key` is unique among the tasks that have not ended.
        `needs` says which of several workers may have it.
        """

    def info(self) -> ClusterInfo:
        """Describe the cluster. Starts nothing."""

    def status(self) -> ClusterStatus:
        """Return the cluster with its workers as they are now. Starts nothing."""

    def scale(self, workers: int) -> None:
        """Change the number of workers.

        Raises
        ------
        InvalidInputError
            When the number is out of range.
        ConflictError
            When the cluster does not run, or cannot be scaled from here.
        """

    def stop(self) -> None:
        """Close the cluster until the next task comes.

        Raises
        ------
        ConflictError
            When it has tasks.
        """

    def close(self) -> None:
        """Stop the cluster and wait until it is gone. Processes that tasks detached from it are left alone."""
