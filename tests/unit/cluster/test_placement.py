"""Which worker a job goes to."""

from __future__ import annotations

import pytest

from patholearn_lab.cluster.gpus import Gpu
from patholearn_lab.cluster.placement import Worker, choose
from patholearn_lab.cluster.resources import Resources, read_resources
from patholearn_lab.cluster.workers import Machine
from patholearn_lab.errors import JobSpecError


def worker(
    name: str, free_gpu_mb: int | None = None, jobs: int = 0, owned: bool = False, free_mb: int = 8000
) -> Worker:
    gpu = None if free_gpu_mb is None else Gpu(0, "T4", 16_000, free_gpu_mb)
    machine = Machine("host", 8, 0.0, 16_000, free_mb, 100, 50, gpu)
    return Worker(f"tcp://{name}", name, 4, jobs, machine, owned)


def chosen(*workers: Worker, **needs: object) -> str | None:
    found = choose(workers, Resources.model_validate(needs))
    return None if found is None else found.name


def test_a_job_goes_where_the_most_gpu_memory_is_free() -> None:
    assert chosen(worker("a", 4000), worker("b", 12_000), worker("c", 8000)) == "b"


def test_a_job_that_needs_no_gpu_leaves_them_to_others_and_goes_where_the_fewest_jobs_are() -> None:
    assert chosen(worker("a", 4000), worker("b", jobs=2), worker("c", jobs=1), gpus=0) == "c"


@pytest.mark.parametrize(
    ("busy", "share", "expected"),
    [
        ({"jobs": 1, "owned": True}, True, None),
        ({"jobs": 1, "owned": True}, False, None),
        ({"jobs": 1}, True, "a"),
        ({"jobs": 1}, False, None),
        ({"jobs": 4}, True, None),
    ],
)
def test_a_gpu_is_shared_only_by_those_who_asked_for_it(
    busy: dict[str, int], share: bool, expected: str | None
) -> None:
    assert chosen(worker("a", 8000, **busy), gpus=1, share_gpu=share) == expected  # type: ignore[arg-type]


def test_a_worker_without_the_memory_that_is_needed_is_passed_over() -> None:
    workers = worker("a", free_mb=1000), worker("b", jobs=3, free_mb=9000)
    assert chosen(*workers, memory_mb=4000) == "b"
    assert chosen(*workers, memory_mb=10_000) is None


def test_without_any_worker_a_job_waits() -> None:
    assert chosen() is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gpu": 1}, "The resource 'gpu' of the job is 1: extra inputs"),
        ({"gpus": -1}, "The resource 'gpus' of the job is -1: input should be greater"),
        ({"threads": 0}, "The resource 'threads' of the job is 0"),
    ],
)
def test_resources_that_make_no_sense_are_refused_by_name(given: dict[str, int], words: str) -> None:
    with pytest.raises(JobSpecError, match=words):
        read_resources(given)
