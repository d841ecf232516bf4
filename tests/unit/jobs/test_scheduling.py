"""Whose turn it is, and what each of the others waits for."""

from __future__ import annotations

import pytest

from patholearn_lab.jobs.scheduling import Entry, JobLimits, Plan, Priority, Room, plan

TWO = Room(2)


def job(name: str, owner: str = "ada", priority: Priority = "normal", gpus: int = 0) -> Entry:
    return Entry(name, owner, priority, gpus)


def planned(
    waiting: list[Entry],
    running: list[Entry] | None = None,
    used_h: dict[str, float] | None = None,
    room: Room = TWO,
    **limits: float,
) -> Plan:
    used_s = {owner: hours * 3600 for owner, hours in (used_h or {}).items()}
    return plan(waiting, running or [], used_s, JobLimits(**limits), room)  # type: ignore[arg-type]


def order(found: Plan) -> list[str]:
    return [*found.start, *sorted(found.waits, key=lambda name: found.waits[name].place)]


def test_as_many_start_as_there_is_room_for_in_the_order_in_which_they_came() -> None:
    found = planned([job("a"), job("b"), job("c"), job("d")])
    assert found.start == ("a", "b")
    assert [(found.waits[name].place, found.waits[name].reason) for name in "cd"] == [
        (1, "Waits: 2 of 2 jobs run."),
        (2, "Waits: 2 of 2 jobs run."),
    ]


def test_who_has_nothing_yet_comes_before_who_has_something() -> None:
    waiting = [job("a1"), job("a2"), job("b1", "bob"), job("a3"), job("b2", "bob")]
    assert order(planned(waiting, running=[job("a0")], room=Room(3))) == ["b1", "a1", "b2", "a2", "a3"]


def test_a_class_shares_two_places_evenly_whoever_came_first() -> None:
    waiting = [job(f"a{number}") for number in range(30)] + [job("b", "bob"), job("c", "cleo")]
    assert order(planned(waiting))[:3] == ["a0", "b", "c"]


def test_of_those_who_have_the_same_the_one_who_used_less_lately_comes_first() -> None:
    assert order(planned([job("a"), job("b", "bob")], used_h={"ada": 2, "bob": 1})) == ["b", "a"]


def test_priority_orders_ones_own_jobs_and_gets_nobody_in_front_of_others() -> None:
    waiting = [job("a-low", priority="low"), job("a"), job("b", "bob", "low"), job("a-high", priority="high")]
    assert order(planned(waiting, room=Room(1))) == ["a-high", "b", "a", "a-low"]


@pytest.mark.parametrize(
    ("limits", "running", "gpus", "reason"),
    [
        ({"jobs_per_user": 2}, [job("x"), job("y")], 0, "Waits: 2 of 2 jobs of yours run."),
        ({"jobs_per_user": 1}, [job("x")], 0, "Waits: 1 of 1 job of yours run."),
        (
            {"gpus_per_user": 2},
            [job("x", gpus=1)],
            2,
            "Waits: your jobs hold 1 of your 2 GPUs, and this one needs 2.",
        ),
        ({"hours_per_user": 20}, [], 0, "Waits: your jobs ran 21.5 of 20 hours within the last seven days."),
        ({}, [job("x", "bob", gpus=3)], 2, "Waits: 3 of 4 GPUs are taken, and this job needs 2."),
    ],
)
def test_a_job_says_what_it_waits_for(limits: dict[str, float], running: list[Entry], gpus: int, reason: str) -> None:
    found = planned([job("a", gpus=gpus)], running, {"ada": 21.5}, Room(9, 4), **limits)
    assert found.start == ()
    assert found.waits["a"].reason == reason


def test_a_limit_of_one_person_holds_up_nobody_else() -> None:
    found = planned([job("a"), job("b", "bob")], [job("x")], jobs_per_user=1, room=Room(2))
    assert found.start == ("b",)


def test_a_job_for_several_gpus_does_not_starve_behind_small_ones() -> None:
    waiting = [job("big", gpus=4), job("small", "bob", gpus=1), job("cpu", "cleo")]
    found = planned(waiting, [job("x", "dan", gpus=1)], room=Room(9, 4))
    assert found.start == ("cpu",)
    assert set(found.waits) == {"big", "small"}
