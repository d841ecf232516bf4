"""How a Dask cluster comes to be: what each kind of cluster has to say, and nothing more."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

TASK_SETTINGS: dict[str, Any] = {
    # A job holds its thread for hours; that is no reason to warn.
    "distributed.admin.tick.limit": "1h",
    # Dask looks at the stacks of a running task every 10 ms, and at the machine twice a second. Our tasks only
    # wait, and every percent of a core that is taken here is missing to the training next door.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    # Jobs are placed by us, by free GPU memory, and not moved.
    "distributed.scheduler.work-stealing": False,
}
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
WORKER_SETTINGS = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in _WORKER_ENVIRONMENT.items()}


@dataclass(frozen=True)
class Launched:
    """A cluster that runs.

    Parameters
    ----------
    client
        A Dask client of it.
    cluster
        What scales it, Dask's own object; None for a cluster that somebody else runs.
    end
        Ends it, after the client is closed; leaves alone what somebody else runs.
    """

    client: Any
    cluster: Any | None = None
    end: Callable[[], object] = lambda: None


class Launcher(Protocol):
    """One kind of cluster."""

    @property
    def kind(self) -> str:
        """What it is called: ``"dask-local"``, …"""

    @property
    def workers(self) -> int:
        """How many workers it begins with; 0 where only the running cluster can tell."""

    @property
    def gpus(self) -> int:
        """How many GPUs it begins with."""

    @property
    def places(self) -> int:
        """How many jobs one worker has at the same time."""

    @property
    def on_this_machine(self) -> bool:
        """Whether its workers share this machine: its cores are divided then, and its files are seen."""

    def launch(self) -> Launched:
        """Start it, or reach it; may take minutes.

        Raises
        ------
        UnavailableError
            When it cannot be started or reached; says why.
        """


def connected(target: Any, **settings: Any) -> Any:
    """Return a Dask client of a cluster, which is closed again where it cannot be made."""
    import distributed

    try:
        return distributed.Client(target, set_as_default=False, **settings)  # type: ignore[no-untyped-call]
    except BaseException:
        with contextlib.suppress(Exception):
            # What is to be told is why the client could not be made.
            target.close()
        raise
