"""How long each person's jobs ran lately, for the queue to share the machines fairly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from patholearn_lab.jobs.states import FINAL, IDLE

if TYPE_CHECKING:
    from patholearn_lab.jobs.models import Job


def busy_s(job: Job, since: datetime, now: datetime) -> float:
    """Return for how many seconds a job had a process between `since` and `now`, over all of its sessions."""
    ends = [step.at for step in job.transitions[1:]] + [now]
    return sum(
        max(0.0, (min(end, now) - max(step.at, since)).total_seconds())
        for step, end in zip(job.transitions, ends, strict=True)
        if step.state not in FINAL | IDLE
    )


def used_s(jobs: Iterable[Job], since: datetime, now: datetime) -> Mapping[str, float]:
    """Return the seconds that each person's jobs were busy between `since` and `now`."""
    used: dict[str, float] = {}
    for job in jobs:
        used[job.owner] = used.get(job.owner, 0.0) + busy_s(job, since, now)
    return used
