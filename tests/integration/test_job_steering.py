"""Limits, priorities, pausing, going on after a loss: with real processes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from support.jobs import PATIENCE_S, Events, MakeQueue, finished, job_processes, log_texts, running

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.errors import ConflictError, JobSpecError
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.jobs.scheduling import JobLimits
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.waiting import eventually


def climbing(queue: JobQueue, steps: Path, reached: int = 1, to: int = 3) -> Job:
    """A job that has made its first steps and waits for the file that allows the next."""
    steps.mkdir(exist_ok=True)
    for step in range(1, reached + 1):
        (steps / str(step)).touch()
    job = queue.submit("climb", {"to": to, "steps": str(steps)})
    eventually(lambda: f"at {reached}" in log_texts(queue, job), PATIENCE_S, what="the first steps")
    return job


def in_state(queue: JobQueue, job: Job, state: str) -> Job:
    eventually(lambda: queue.find(job.id).state == state, PATIENCE_S, what=f"the state {state}")
    return queue.find(job.id)


def test_a_paused_job_goes_on_from_its_checkpoint_in_the_same_run(
    queue: JobQueue, tmp_path: Path, events: Events
) -> None:
    job = climbing(queue, tmp_path / "steps")
    queue.pause(job.id)
    paused = in_state(queue, job, "paused")
    assert (paused.ended_at, paused.error) == (None, None)
    assert paused.transitions[-1].reason == "Paused on request."
    eventually(lambda: events.states(job.id)[-1] == "paused", 5)
    for step in (2, 3):
        (tmp_path / "steps" / str(step)).touch()
    assert queue.resume(job.id).state in ("queued", "preparing")
    done = finished(queue, job)
    assert (done.result, done.session) == ({"reached": 3}, 2)
    with pytest.raises(ConflictError, match="is done, so it cannot be resumed"):
        queue.resume(job.id)
    lines = log_texts(queue, job)
    assert lines == ["session 1 begins at 0", "at 1", "session 2 begins at 1", "at 2", "at 3"]
    assert [line.seq for line in queue.log(job.id).lines] == [1, 2, 3, 4, 5]
    assert [point.value for point in queue.metrics(job.id).points] == [1, 2, 3]
    eventually(lambda: events.states(job.id)[-1] == "done", 5)


def test_a_lost_worker_costs_a_job_no_finished_step_until_it_was_lost_too_often(
    make_queue: MakeQueue, tmp_path: Path, data_paths: DataPaths
) -> None:
    queue = make_queue(tries=2)
    job = climbing(queue, tmp_path / "steps")
    for process in job_processes(data_paths, "patholearn_lab.jobs.supervisor"):
        process.send_signal(signal.SIGKILL)
    eventually(lambda: "session 2 begins at 1" in log_texts(queue, job), PATIENCE_S)
    again = [step for step in queue.find(job.id).transitions if step.state == "queued"]
    assert again[1].reason.startswith("The worker that ran it was lost.")
    assert "try 2 of 2" in again[1].reason
    for process in job_processes(data_paths, "patholearn_lab.jobs.supervisor"):
        process.send_signal(signal.SIGKILL)
    assert finished(queue, job).state == "lost"


def test_a_paused_job_stays_paused_over_a_restart_and_is_deleted_with_its_folder(
    make_queue: MakeQueue, tmp_path: Path, data_paths: DataPaths
) -> None:
    queue = make_queue()
    job = climbing(queue, tmp_path / "steps")
    queue.pause(job.id)
    in_state(queue, job, "paused")
    queue.close()
    reopened = make_queue()
    assert reopened.find(job.id).state == "paused"
    assert reopened.live == 0
    reopened.delete(job.id)
    assert not data_paths.run(job.id).exists()


@pytest.mark.parametrize(("keep", "state", "left"), [("last", "done", ["last.ckpt"]), ("nothing", "cancelled", [])])
def test_cancel_keeps_what_was_asked_for(
    queue: JobQueue, tmp_path: Path, data_paths: DataPaths, keep: str, state: str, left: list[str]
) -> None:
    job = climbing(queue, tmp_path / "steps")
    queue.cancel(job.id, keep)  # type: ignore[arg-type]
    ended = finished(queue, job)
    assert ended.state == state
    assert ended.result == ({"reached": 1, "kept": "last"} if state == "done" else None)
    assert [file.name for file in (data_paths.run(job.id) / "checkpoints").iterdir()] == left


def test_a_job_over_its_hours_is_stopped_and_keeps_its_best(make_queue: MakeQueue, tmp_path: Path) -> None:
    queue = make_queue(limits=JobLimits(hours_per_job=3 / 3600))
    job = climbing(queue, tmp_path / "steps")
    done = finished(queue, job)
    assert done.result == {"reached": 1, "kept": "best"}
    assert done.transitions[-1].reason.startswith("Stopped: a job may run for 0.0008")


def test_who_waits_sees_the_place_and_the_reason_and_moves_with_the_priority(
    make_queue: MakeQueue, tmp_path: Path, events: Events
) -> None:
    queue = make_queue(limits=JobLimits(jobs_per_user=1))
    first = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}, owner="ada"))
    second, third = (queue.submit("count", {"to": 1}, owner="ada") for _ in range(2))
    places = [(job.waiting.place, job.waiting.reason) for job in (second, third) if job.waiting]
    assert places == [(1, "Waits: 1 of 1 job of yours run."), (2, "Waits: 1 of 1 job of yours run.")]
    moved = queue.prioritize(third.id, "high")
    assert moved.waiting is not None
    assert (moved.priority, moved.waiting.place) == ("high", 1)
    eventually(lambda: any(data.get("priority") == "high" for topic, data in events.all if topic == "jobs"), 5)
    with pytest.raises(JobSpecError, match="There is no priority 'urgent'"):
        queue.prioritize(third.id, "urgent")  # type: ignore[arg-type]
    (tmp_path / "go").touch()
    ends = [finished(queue, job) for job in (third, second)]
    assert ends[0].started_at < ends[1].started_at  # type: ignore[operator]
    with pytest.raises(ConflictError, match="its priority means nothing any more"):
        queue.prioritize(first.id, "low")


def test_what_can_never_be_given_is_refused_at_once(queue: JobQueue, data_paths: DataPaths) -> None:
    with pytest.raises(JobSpecError, match="asks for 2 GPUs; a job can have at most 0"):
        queue.submit("count", {"to": 1}, resources=Resources(gpus=2))
    assert isinstance(queue._cluster, ThreadBackend)
    assert list(data_paths.runs.iterdir()) == []


def test_a_kind_without_checkpoints_is_not_paused(queue: JobQueue, tmp_path: Path) -> None:
    job = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    with pytest.raises(ConflictError, match="is of the kind 'wait', which keeps no checkpoints"):
        queue.pause(job.id)
    (tmp_path / "go").touch()
    finished(queue, job)
    with pytest.raises(ConflictError, match="is done, so it cannot be paused"):
        queue.pause(job.id)


@pytest.mark.parametrize(
    ("blow", "what"),
    [(signal.SIGKILL, "was killed"), (signal.SIGSTOP, "has not answered for 2 seconds")],
    ids=["killed", "frozen"],
)
def test_a_job_of_two_workers_starts_both_again_when_one_is_lost(
    make_queue: MakeQueue, tmp_path: Path, data_paths: DataPaths, blow: signal.Signals, what: str
) -> None:
    queue = make_queue(workers=2, late_s=2)
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "1").touch()
    job = queue.submit("climb", {"to": 2, "steps": str(tmp_path / "steps")}, resources=Resources(workers=2))
    (rank,) = eventually(lambda: job_processes(data_paths, "patholearn_lab.jobs.rank"), PATIENCE_S)
    eventually(lambda: (data_paths.run(job.id) / "ranks" / "1.1.beat").exists(), PATIENCE_S)
    eventually(lambda: "at 1" in log_texts(queue, job), PATIENCE_S)
    rank.send_signal(blow)
    eventually(lambda: "session 2 begins at 1" in log_texts(queue, job), PATIENCE_S)
    (again,) = [step.reason for step in queue.find(job.id).transitions if step.state == "queued" and step.reason]
    assert again.startswith(f"It was stopped because worker 2 of 2 {what}. It goes on from its last checkpoint")
    (tmp_path / "steps" / "2").touch()
    assert finished(queue, job).result == {"reached": 2}
