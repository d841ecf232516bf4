"""Asking the queue: lists, deletion, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.jobs import Events, finished, running

from patholearn_lab.errors import ConflictError, JobNotFoundError, JobSpecError, TooLargeError
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths


def test_jobs_are_listed_newest_first_in_pages(queue: JobQueue) -> None:
    jobs = [finished(queue, queue.submit("count", {"to": 1})) for _ in range(3)]
    page = queue.list(limit=2)
    assert [job.id for job in page.items] == [jobs[2].id, jobs[1].id]
    rest = queue.list(limit=2, before=page.next)
    assert [job.id for job in rest.items] == [jobs[0].id]
    assert rest.next is None
    assert queue.list(kind="fail").items == ()


def test_a_job_is_deleted_with_everything_once_it_has_ended(
    queue: JobQueue, data_paths: DataPaths, events: Events, tmp_path: Path
) -> None:
    job = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    with pytest.raises(ConflictError, match="is running and cannot be deleted"):
        queue.delete(job.id)
    (tmp_path / "go").touch()
    finished(queue, job)
    queue.delete(job.id)
    assert not data_paths.run(job.id).exists()
    assert events.all[-1] == ("jobs", {"id": job.id, "deleted": True})
    assert queue.list().items == ()
    for ask in (queue.find, queue.cancel, queue.delete, queue.metrics, queue.log):
        with pytest.raises(JobNotFoundError, match=job.id):
            ask(job.id)


@pytest.mark.parametrize("job_id", ["no-such-job", "", "../models", "a/b", "A"])
def test_a_job_that_is_not_there_is_not_found_whatever_its_name(queue: JobQueue, job_id: str) -> None:
    for ask in (queue.find, queue.cancel, queue.delete, queue.metrics, queue.log):
        with pytest.raises(JobNotFoundError, match="There is no job"):
            ask(job_id)


def test_what_cannot_be_a_job_is_refused_and_leaves_nothing(queue: JobQueue, data_paths: DataPaths) -> None:
    with pytest.raises(JobSpecError, match="There is no kind of job called 'brew'"):
        queue.submit("brew", {})
    with pytest.raises(JobSpecError, match="The job's name has 201 characters"):
        queue.submit("count", {}, name="x" * 201)
    for payload in ({"a": object()}, {"a": float("nan")}):
        with pytest.raises(JobSpecError, match="cannot be written as JSON"):
            queue.submit("count", payload)
    with pytest.raises(JobSpecError, match="payload is a list"):
        queue.submit("count", [1])  # type: ignore[arg-type]
    with pytest.raises(TooLargeError, match="1,000,000 are allowed"):
        queue.submit("count", {"a": "x" * 1_000_000})
    assert list(data_paths.runs.iterdir()) == []
