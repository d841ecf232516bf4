"""How long people's jobs ran lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from patholearn_lab.jobs.models import Job, Transition
from patholearn_lab.jobs.states import JobState
from patholearn_lab.jobs.usage import busy_s, used_s

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def job(*steps: tuple[JobState, float], owner: str = "ada") -> Job:
    transitions = tuple(Transition(state=state, at=NOON + timedelta(seconds=at)) for state, at in steps)
    return Job(id="j", kind="k", name="", owner=owner, state=steps[-1][0], created_at=NOON, transitions=transitions)


def test_only_the_time_with_a_process_counts_over_all_sessions() -> None:
    paused = job(("queued", 0), ("preparing", 10), ("running", 12), ("stopping", 30), ("paused", 32), ("queued", 90))
    again = job(*[(step.state, (step.at - NOON).total_seconds()) for step in paused.transitions], ("preparing", 95))
    assert busy_s(paused, NOON, NOON + timedelta(seconds=100)) == 22
    assert busy_s(again, NOON, NOON + timedelta(seconds=100)) == 27


def test_time_before_the_window_is_forgotten() -> None:
    done = job(("queued", 0), ("preparing", 10), ("done", 40))
    assert busy_s(done, NOON + timedelta(seconds=30), NOON + timedelta(seconds=100)) == 10
    assert busy_s(done, NOON + timedelta(seconds=60), NOON + timedelta(seconds=100)) == 0


def test_each_persons_jobs_are_added_up() -> None:
    jobs = [job(("queued", 0), ("preparing", 0), ("done", 5), owner=owner) for owner in ("ada", "ada", "bob")]
    assert used_s(jobs, NOON, NOON + timedelta(seconds=10)) == {"ada": 10, "bob": 5}
