"""A Dask cluster on this machine. Its workers are processes of their own, one for each job that may run at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from patholearn_lab.cluster.dask_backend import DaskBackend
from patholearn_lab.cluster.launcher import TASK_SETTINGS, WORKER_SETTINGS, Launched, connected


@dataclass(frozen=True)
class LocalLauncher:
    """Starts Dask's ``LocalCluster``, on the loopback interface only.

    Parameters
    ----------
    workers
        How many jobs run at the same time.
    dashboard_address
        Where Dask's dashboard listens, for example ``"127.0.0.1:8787"``; None for no dashboard. It has no login.
    """

    workers: int = 1
    dashboard_address: str | None = None
    kind: str = "dask-local"
    gpus: int = 0
    places: int = 1
    on_this_machine: bool = True

    def launch(self) -> Launched:
        """Start it."""
        import dask
        import distributed

        settings: dict[str, Any] = {**WORKER_SETTINGS, **TASK_SETTINGS}
        if self.dashboard_address is None:
            # Dask serves HTTP in any case: without a login, on port 8787, with what the cluster does and is made of.
            # Without routes, and on a port that nobody guesses, it says nothing.
            settings |= {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
        with dask.config.set(settings):
            cluster: Any = distributed.LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=self.workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=self.dashboard_address,
                scheduler_kwargs=None if self.dashboard_address else {"dashboard_address": "127.0.0.1:0"},
                # The worker only waits; the memory of the jobs is not its own.
                memory_limit=0,
                silence_logs=logging.ERROR,
            )
        return Launched(connected(cluster), cluster, cluster.close)


def local_backend(jobs_at_once: int = 1, dashboard_address: str | None = None) -> DaskBackend:
    """Return a cluster on this machine, which starts with its first job."""
    return DaskBackend(LocalLauncher(jobs_at_once, dashboard_address))
