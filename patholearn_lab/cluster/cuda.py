"""A Dask cluster of this machine's GPUs: one worker a GPU. Needs the package dask-cuda."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

from patholearn_lab.cluster.gpus import Gpu, read_gpus
from patholearn_lab.cluster.launcher import TASK_SETTINGS, WORKER_SETTINGS, Launched, connected
from patholearn_lab.errors import UnavailableError
from patholearn_lab.lazy import optional_import

JOBS_A_GPU = 4
"""How many jobs may share a GPU, where each of them asked for that."""


@dataclass
class CudaLauncher:
    """Starts ``dask_cuda.LocalCUDACluster``, on the loopback interface only."""

    kind: str = "dask-cuda"
    places: int = JOBS_A_GPU
    on_this_machine: bool = True

    @cached_property
    def found(self) -> tuple[Gpu, ...]:
        """The GPUs of this machine."""
        return read_gpus()

    @property
    def workers(self) -> int:
        """One a GPU."""
        return len(self.found)

    @property
    def gpus(self) -> int:
        """All of this machine's."""
        return len(self.found)

    def launch(self) -> Launched:
        """Start it.

        Raises
        ------
        UnavailableError
            When this machine has no GPU.
        MissingDependencyError
            When dask-cuda is not installed.
        """
        if not self.found:
            raise UnavailableError(
                "No GPU was found on this machine.",
                "Look whether nvidia-smi lists one. Without a GPU, use --PathoLearnApp.cluster=local.",
            )
        # Without a GPU the import alone fails, so it comes after the question.
        dask_cuda = optional_import("dask_cuda", "gpu")
        import dask

        with dask.config.set({**WORKER_SETTINGS, **TASK_SETTINGS}):
            cluster = dask_cuda.LocalCUDACluster(
                n_workers=len(self.found),
                threads_per_worker=self.places,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                # The jobs are processes of their own: the worker itself holds no memory, on the GPU neither.
                memory_limit=0,
                device_memory_limit=0,
                silence_logs=logging.ERROR,
            )
        return Launched(connected(cluster), cluster, cluster.close)
