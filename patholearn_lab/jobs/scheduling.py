"""Whose turn it is: which of the waiting jobs start now, and why each of the others waits. Pure functions.

Between people, whoever has less comes first: fewer jobs that run, then less time used in the last seven days. One
person's own jobs go by their priority, then in the order in which they came. So nobody gets in front of others by
calling everything urgent, and a class of thirty shares two places evenly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Priority = Literal["low", "normal", "high"]
"""Which of one person's jobs goes first."""
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

WINDOW_S = 7 * 24 * 3600.0
"""Over how long the time that people use is summed up."""


@dataclass(frozen=True)
class JobLimits:
    """What one person, and one job, may take. None is no limit.

    Parameters
    ----------
    jobs_per_user, gpus_per_user
        How many jobs of one person run, and how many GPUs they hold, at the same time.
    hours_per_user
        Hours that the jobs of one person may run within seven days; what runs already is not stopped.
    hours_per_job
        After how many hours a job is stopped; a training keeps its best epoch then.
    """

    jobs_per_user: int | None = None
    gpus_per_user: int | None = None
    hours_per_user: float | None = None
    hours_per_job: float | None = None


@dataclass(frozen=True)
class Room:
    """How much a cluster has in all: jobs at the same time, and GPUs."""

    jobs: int
    gpus: int = 0


@dataclass(frozen=True)
class Entry:
    """A job as the plan sees it: the places that it takes, one for each of its workers, and the GPUs for itself."""

    id: str
    owner: str
    priority: Priority = "normal"
    gpus: int = 0
    places: int = 1


@dataclass(frozen=True)
class Wait:
    """Where a job stands in the queue, counted from 1, and what it waits for, as a sentence."""

    place: int
    reason: str


@dataclass(frozen=True)
class Plan:
    """Which jobs start now, and what the others wait for."""

    start: tuple[str, ...]
    waits: dict[str, Wait]


def plan(
    waiting: Sequence[Entry],
    running: Sequence[Entry],
    used_s: Mapping[str, float],
    limits: JobLimits,
    room: Room,
) -> Plan:
    """Return whose turn it is.

    Parameters
    ----------
    waiting
        The jobs that wait, in the order in which they came.
    running
        Those that hold a place.
    used_s
        The seconds that each person's jobs ran within the last seven days.
    limits, room
        What there is to share.
    """
    held = list(running)
    start: list[str] = []
    waits: dict[str, Wait] = {}
    gpus_spoken_for = places_spoken_for = False
    for entry in _in_turn(waiting, running, used_s):
        reason = _over_limit(entry, held, used_s, limits)
        if not reason:
            reason = _no_room(entry, held, room, spoken_for=gpus_spoken_for)
            if not reason and places_spoken_for:
                reason = "Waits: a job before it needs several places at once."
            # A job that waits for several GPUs must not starve behind small ones that take each as it gets free.
            gpus_spoken_for |= bool(reason) and entry.gpus > 0
            places_spoken_for |= bool(reason) and entry.places > 1
        if reason:
            waits[entry.id] = Wait(len(waits) + 1, reason)
        else:
            held.append(entry)
            start.append(entry.id)
    return Plan(tuple(start), waits)


def _in_turn(waiting: Sequence[Entry], running: Sequence[Entry], used_s: Mapping[str, float]) -> list[Entry]:
    """Return the waiting jobs in the order of their turns, as if each started when its turn comes."""
    has = Counter(entry.owner for entry in running)
    queues: dict[str, list[Entry]] = {}
    # The sort keeps the order of those that are equal.
    for entry in sorted(waiting, key=lambda entry: -PRIORITIES.index(entry.priority)):
        queues.setdefault(entry.owner, []).append(entry)
    came = {owner: number for number, owner in enumerate(dict.fromkeys(entry.owner for entry in waiting))}
    turns: list[Entry] = []
    while queues:
        owner = min(queues, key=lambda owner: (has[owner], used_s.get(owner, 0.0), came[owner]))
        turns.append(queues[owner].pop(0))
        has[owner] += 1
        if not queues[owner]:
            del queues[owner]
    return turns


def _over_limit(entry: Entry, held: Sequence[Entry], used_s: Mapping[str, float], limits: JobLimits) -> str:
    own = [other for other in held if other.owner == entry.owner]
    if limits.jobs_per_user is not None and len(own) >= limits.jobs_per_user:
        return f"Waits: {len(own)} of {limits.jobs_per_user} {_jobs(limits.jobs_per_user)} of yours run."
    gpus = sum(other.gpus for other in own)
    if entry.gpus and limits.gpus_per_user is not None and gpus + entry.gpus > limits.gpus_per_user:
        return f"Waits: your jobs hold {gpus} of your {limits.gpus_per_user} GPUs, and this one needs {entry.gpus}."
    used_h = used_s.get(entry.owner, 0.0) / 3600
    if limits.hours_per_user is not None and used_h >= limits.hours_per_user:
        return f"Waits: your jobs ran {used_h:.1f} of {limits.hours_per_user:g} hours within the last seven days."
    return ""


def _no_room(entry: Entry, held: Sequence[Entry], room: Room, *, spoken_for: bool) -> str:
    taken = sum(other.places for other in held)
    if entry.places > 1 and taken + entry.places > room.jobs:
        return f"Waits: {taken} of {room.jobs} places are taken, and this job needs {entry.places}."
    if taken >= room.jobs:
        return f"Waits: {len(held)} of {room.jobs} {_jobs(room.jobs)} run."
    gpus = sum(other.gpus for other in held)
    if entry.gpus and (spoken_for or gpus + entry.gpus > room.gpus):
        return f"Waits: {gpus} of {room.gpus} GPUs are taken, and this job needs {entry.gpus}."
    return ""


def _jobs(number: int) -> str:
    return "job" if number == 1 else "jobs"
