"""Which worker gets a job. Pure: the workers as they are now go in, an address comes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.cluster.workers import Machine


@dataclass(frozen=True)
class Worker:
    """A worker with what runs there.

    Parameters
    ----------
    address, name
        Of the worker.
    places
        How many jobs it may have at the same time.
    jobs
        How many it has.
    machine
        Its machine; None where nobody asked.
    owned
        Whether a job has its GPU for itself.
    """

    address: str
    name: str
    places: int
    jobs: int
    machine: Machine | None = None
    owned: bool = False

    @property
    def gpu_free_mb(self) -> int:
        """Free memory of its GPU; 0 without one."""
        return self.machine.gpu.memory_free_mb if self.machine is not None and self.machine.gpu is not None else 0

    @property
    def has_gpu(self) -> bool:
        """Whether it has a GPU."""
        return self.machine is not None and self.machine.gpu is not None


def choose(workers: Iterable[Worker], needs: Resources) -> Worker | None:
    """Return the worker that a job goes to; None while no worker can take it.

    A job that needs a GPU goes where the most GPU memory is free, any other where the fewest jobs are, and rather not
    to a GPU that others could use. Equal ones go by name, so that the same question has the same answer.
    """
    workers = tuple(workers)
    wants_gpu = needs.gpus_of(sum(worker.has_gpu for worker in workers)) > 0
    free = [worker for worker in workers if worker.jobs < worker.places and _has_memory(worker, needs)]
    fitting = [worker for worker in free if not wants_gpu or _has_gpu_for(worker, needs)]
    if wants_gpu:
        return min(fitting, key=lambda worker: (-worker.gpu_free_mb, worker.jobs, worker.name), default=None)
    return min(fitting, key=lambda worker: (worker.has_gpu, worker.jobs, worker.name), default=None)


def _has_memory(worker: Worker, needs: Resources) -> bool:
    return needs.memory_mb is None or worker.machine is None or worker.machine.memory_free_mb >= needs.memory_mb


def _has_gpu_for(worker: Worker, needs: Resources) -> bool:
    return worker.has_gpu and not worker.owned and (needs.share_gpu or worker.jobs == 0)
