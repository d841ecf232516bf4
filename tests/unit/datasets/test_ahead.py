"""Things are made in advance, in order; failures arrive where they belong, and nobody is left working."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from patholearn_lab.datasets.ahead import read_ahead


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "patholearn-ahead"]


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
