from __future__ import annotations

import pytest

from patholearn_lab.jobs.states import FINAL, LIVE, NEXT, STATES, JobState, may_follow


def test_every_state_says_what_may_follow() -> None:
    assert set(NEXT) == set(STATES) == FINAL | LIVE


@pytest.mark.parametrize("state", sorted(FINAL))
def test_nothing_follows_a_final_state(state: JobState) -> None:
    assert not any(may_follow(state, after) for after in STATES)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_every_live_state_can_end(state: JobState) -> None:
    assert may_follow(state, "cancelled")
    assert may_follow(state, "failed")


def test_a_job_is_done_only_after_it_ran() -> None:
    assert {state for state in STATES if may_follow(state, "done")} == {"running", "stopping"}


def test_a_queued_job_cannot_be_lost_because_it_is_queued_again() -> None:
    assert not may_follow("queued", "lost")
