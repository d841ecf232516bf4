"""A cluster at one moment, as people see it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from patholearn_lab.cluster.backend import ClusterState
from patholearn_lab.cluster.placement import Worker
from patholearn_lab.cluster.workers import Machine
from patholearn_lab.errors import ConflictError, InvalidInputError

MAX_WORKERS = 256


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class GpuStatus(_Record):
    """A worker's GPU. Memory is in MB of 1,000,000 bytes, `use` in percent; None where the driver does not say."""

    name: str
    memory_total_mb: int
    memory_used_mb: int
    use: int | None = None


class WorkerStatus(_Record):
    """A worker, and the machine that it is on: what all programs there use, not the worker alone.

    Parameters
    ----------
    name, address, host
        Of the worker.
    places
        How many jobs it may have at the same time.
    jobs
        The ids of the jobs that it has.
    cores, cpu
        Cores of the machine, and how busy they are, in percent of all.
    """

    name: str
    address: str
    host: str
    places: int
    jobs: tuple[str, ...] = ()
    cores: int
    cpu: float
    memory_total_mb: int
    memory_used_mb: int
    disk_total_mb: int
    disk_free_mb: int
    gpu: GpuStatus | None = None


class ClusterStatus(_Record):
    """A cluster with its workers; see :class:`patholearn_lab.cluster.backend.ClusterInfo`.

    Parameters
    ----------
    waiting
        How many tasks wait for a worker.
    can_scale
        Whether the number of workers can be changed from here.
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
    waiting: int = 0
    can_scale: bool = False
    workers: tuple[WorkerStatus, ...] = ()


def ensure_workers(workers: int) -> None:
    """Raise InvalidInputError where a cluster cannot have so many workers."""
    if not 1 <= workers <= MAX_WORKERS:
        raise InvalidInputError(f"A cluster has 1 to {MAX_WORKERS} workers, not {workers}.", "Choose another number.")


def ensure_idle(tasks: int) -> None:
    """Raise ConflictError where a cluster has tasks."""
    if tasks:
        raise ConflictError(
            f"The cluster has {tasks} {'job' if tasks == 1 else 'jobs'} and is not closed.",
            "Wait for them, or cancel them first.",
            jobs=tasks,
        )


def status_of(worker: Worker, machine: Machine, keys: list[str]) -> WorkerStatus:
    """Return a worker as people see it; a task's key begins with its job's id."""
    gpu = machine.gpu
    return WorkerStatus(
        name=worker.name,
        address=worker.address,
        host=machine.host,
        places=worker.places,
        jobs=tuple(key.rpartition("-")[0] for key in keys),
        cores=machine.cores,
        cpu=machine.cpu,
        memory_total_mb=machine.memory_total_mb,
        memory_used_mb=machine.memory_total_mb - machine.memory_free_mb,
        disk_total_mb=machine.disk_total_mb,
        disk_free_mb=machine.disk_free_mb,
        gpu=None
        if gpu is None
        else GpuStatus(
            name=gpu.name,
            memory_total_mb=gpu.memory_total_mb,
            memory_used_mb=gpu.memory_total_mb - gpu.memory_free_mb,
            use=gpu.use,
        ),
    )
