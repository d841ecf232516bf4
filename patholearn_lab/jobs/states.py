"""The states of a job, and which may follow which.

::

    queued ──> preparing ──> running ──> done
     │ ^ │         │            │  └───> stopping ──> paused | cancelled | failed | done | lost
     │ │ │         └────────────┴──────> cancelled | failed | lost
     │ │ │                      └ and back to queued, where its worker was lost and it can go on from a checkpoint
     │ └─┴──> paused ──> cancelled
     └> cancelled

Standard library only: the supervisor imports this.
"""

from __future__ import annotations

from typing import Literal, get_args

JobState = Literal["queued", "preparing", "running", "stopping", "paused", "done", "failed", "cancelled", "lost"]
"""`paused`: stopped on request, to go on later from its last checkpoint. `lost`: nobody watches the job any more and
nobody wrote how it ended (the machine was switched off, say)."""

STATES: tuple[JobState, ...] = get_args(JobState)
FINAL: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "lost"})
LIVE: frozenset[JobState] = frozenset(STATES) - FINAL
IDLE: frozenset[JobState] = frozenset({"queued", "paused"})
"""The live states in which a job has no process, and needs none."""

NEXT: dict[JobState, frozenset[JobState]] = {
    "queued": frozenset({"preparing", "paused", "cancelled", "failed"}),
    "preparing": frozenset({"running", "stopping", "paused", "queued", *FINAL} - {"done"}),
    "running": frozenset({"stopping", "paused", "queued", *FINAL}),
    # A job that finishes in the moment in which it is asked to stop is done, not cancelled.
    "stopping": frozenset({"paused", *FINAL}),
    "paused": frozenset({"queued", "cancelled", "failed"}),
    **dict.fromkeys(FINAL, frozenset()),
}


def may_follow(before: JobState, after: JobState) -> bool:
    """Return whether a job may go from `before` to `after`."""
    return after in NEXT[before]
