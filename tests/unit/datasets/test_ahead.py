"""Things are made in advance, in order; failures arrive where they belong, and nobody is left working."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from patholearn_lab.datasets.ahead import map_ahead, read_ahead


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("patholearn-")]


def test_everything_comes_in_its_order() -> None:
    assert list(read_ahead(iter(range(100)), 3)) == list(range(100))
    assert workers() == []


def test_things_are_made_before_they_are_asked_for_but_not_too_many() -> None:
    made, full = [], threading.Event()

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            if number == 4:
                full.set()
            yield number

    ahead = read_ahead(items(), 3)
    assert next(ahead) == 0
    assert full.wait(10)  # one is taken, three wait, and one more is made
    assert len(made) == 5
    assert list(ahead) == list(range(1, 10))


def test_a_failure_is_raised_behind_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("image 2 is damaged")

    ahead = read_ahead(items(), 5)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="image 2"):
        next(ahead)


def test_who_stops_asking_ends_the_work_and_its_files_are_closed() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(1_000_000)
        finally:
            closed.set()

    ahead = read_ahead(items(), 2)
    next(ahead)
    ahead.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    assert workers() == []


def test_what_several_threads_make_comes_in_its_order() -> None:
    assert list(map_ahead(str, range(1000), 7)) == [str(number) for number in range(1000)]
    assert list(map_ahead(str, [], 7)) == []
    assert workers() == []


def test_several_threads_are_not_too_far_ahead_of_who_asks() -> None:
    asked: list[int] = []
    made = map_ahead(str, (asked.append(number) or number for number in range(100)), 8)
    assert next(made) == "0"
    assert len(asked) == 8
    made.close()
    assert workers() == []


def test_a_failure_in_one_of_several_threads_comes_in_its_place() -> None:
    made = map_ahead(lambda number: 10 // (5 - number), range(100), 1)
    assert [next(made) for _ in range(5)] == [2, 2, 3, 5, 10]
    with pytest.raises(ZeroDivisionError):
        next(made)
    assert workers() == []
