"""Waiting for a condition in tests: bounded, and with the time it took in the message."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(condition: Callable[[], T], timeout_s: float = 10.0, *, every_s: float = 0.02, what: str = "") -> T:
    """Return the first true value of `condition`, asked again and again for at most `timeout_s` seconds.

    Parameters
    ----------
    condition
        Called without arguments; anything true ends the wait.
    timeout_s
        How long to wait, in seconds.
    every_s
        The pause between two questions, in seconds.
    what
        What is waited for, for the message.

    Raises
    ------
    AssertionError
        When the condition stayed false.
    """
    start = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited_s = time.monotonic() - start
        if waited_s > timeout_s:
            raise AssertionError(f"Waited {waited_s:.1f} s for {what or condition!r}; it was {value!r} to the end.")
        time.sleep(every_s)
