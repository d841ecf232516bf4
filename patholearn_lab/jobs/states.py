"""The states of a job, and which may follow which.

::

    queued ──> preparing ──> running ──> done
      │            │            │  └───> stopping ──> cancelled | failed | done | lost
      └> cancelled └────────────┴──────> cancelled | failed | lost

Standard library only: the supervisor imports this.
"""

from __future__ import annotations

from typing import Literal, get_args

JobState = Literal["queued", "preparing", "running", "stopping", "done", "failed", "cancelled", "lost"]
"""`lost`: nobody watches the job any more and nobody wrote how it ended (the machine was switched off, say)."""

STATES: tuple[JobState, ...] = get_args(JobState)
FINAL: frozenset[JobState] = frozenset({"done", "failed", "cancelled", "lost"})
LIVE: frozenset[JobState] = frozenset(STATES) - FINAL

NEXT: dict[JobState, frozenset[JobState]] = {
    "queued": frozenset({"preparing", "cancelled", "failed"}),
    "preparing": frozenset({"running", "stopping", *FINAL} - {"done"}),
    "running": frozenset({"stopping", *FINAL}),
    # A job that finishes in the moment in which it is asked to stop is done, not cancelled.
    "stopping": FINAL,
    **dict.fromkeys(FINAL, frozenset()),
}


def may_follow(before: JobState, after: JobState) -> bool:
    """Return whether a job may go from `before` to `after`."""
    return after in NEXT[before]
