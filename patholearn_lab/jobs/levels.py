"""How grave a line of output is, as its own words tell: Python's logging, its warnings and its tracebacks."""

from __future__ import annotations

import re
from typing import Literal

LogLevel = Literal["debug", "info", "warning", "error"]
LEVELS: tuple[LogLevel, ...] = ("debug", "info", "warning", "error")
"""From the least to the most."""

_LOOKED_AT = 160
"""A level stands at the beginning of a line, behind a time and a name at most."""
_WORDS = re.compile(
    r"\b(?:(?P<error>(?:ERROR|CRITICAL|FATAL)\b|Traceback \(most recent call last\)|[A-Z]\w*(?:Error|Exception)(?=:|$))"
    r"|(?P<warning>WARN(?:ING)?\b|[A-Z]\w*Warning(?=:|$))|(?P<debug>(?:DEBUG|TRACE)\b))"
)


def level_of(text: str) -> LogLevel:
    """Return how grave a line is.

    >>> [level_of(text) for text in ("Epoch 1", "2026-01-02 WARNING low", "ValueError: no", "x.py:3: UserWarning: odd")]
    ['info', 'warning', 'error', 'warning']
    """
    found = _WORDS.search(text, 0, _LOOKED_AT)
    return found.lastgroup if found else "info"  # type: ignore[return-value]
