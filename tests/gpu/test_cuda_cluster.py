"""A real LocalCUDACluster: a worker for each GPU, and jobs that share one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clusters import START_S, Outcome, append, wait_for

from patholearn_lab.cluster.cuda import CudaLauncher
from patholearn_lab.cluster.dask_backend import DaskBackend
from patholearn_lab.cluster.gpus import read_gpus
from patholearn_lab.cluster.resources import Resources
from patholearn_lab.testing.waiting import eventually


@pytest.fixture
def backend() -> Iterator[DaskBackend]:
    backend = DaskBackend(CudaLauncher())
    yield backend
    backend.close()


def write_device(file: str) -> None:
    import torch

    append(file, torch.cuda.get_device_name(0))


def test_each_gpu_has_a_worker_and_a_task_sees_it(backend: DaskBackend, tmp_path: Path) -> None:
    outcome = Outcome()
    backend.submit(write_device, str(tmp_path / "name"), key="a-1").add_done_callback(outcome)
    assert outcome.wait() is None
    workers = backend.status().workers
    assert len(workers) == len(read_gpus())
    assert all(worker.gpu is not None for worker in workers)
    assert (tmp_path / "name").read_text() in {gpu.name for gpu in read_gpus()}


def test_two_jobs_share_a_gpu_when_both_ask_for_it(backend: DaskBackend, tmp_path: Path) -> None:
    shared = Resources(gpus=1, share_gpu=True)
    outcomes = []
    for number in range(2 * len(read_gpus())):
        outcomes.append(Outcome())
        task = backend.submit(wait_for, str(tmp_path / "go"), key=f"{number}-1", needs=shared)
        task.add_done_callback(outcomes[-1])
    eventually(lambda: sum(len(worker.jobs) for worker in backend.status().workers) == len(outcomes), START_S)
    (tmp_path / "go").touch()
    assert [outcome.wait() for outcome in outcomes] == [None] * len(outcomes)
