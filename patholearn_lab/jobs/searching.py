"""A log, searched by words, pattern, stream, session and level, forwards and backwards, within a bound on time.

A pattern from outside may take for ever on a line (``(a+)+$``). So patterns are matched by the package ``regex``, which
can be told how long it may take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import regex

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs.jsonl import last_seq, read_after
from patholearn_lab.jobs.levels import LEVELS, level_of
from patholearn_lab.jobs.models import LogFilter, LogLine, LogPage

SCAN_S = 2.0
"""How long one page may be searched for; a longer log goes on with the next page."""
LINE_S = 0.25
"""How long a pattern may take on one line, which is 16 kB long at most."""
PATTERN_LENGTH = 500
_LINES_AT_ONCE = 4000

Matches = Callable[[dict[str, Any]], bool]


def search_log(
    path: Path, after: int, limit: int, before: int | None = None, wanted: LogFilter | None = None
) -> LogPage:
    """Return a page of a log.

    Parameters
    ----------
    path
        ``log.jsonl``.
    after
        Lines with a greater number, the first ones; a negative one counts from the end: -200 begins with the last 200
        lines that match.
    limit
        The most lines of the page.
    before
        Lines with a smaller number, the last ones, in their order; `after` is not looked at then.
    wanted
        Which lines; all where None.

    Raises
    ------
    InvalidInputError
        When the pattern is no regular expression, is too long, or takes too long on a line.
    """
    matches = matcher(wanted or LogFilter())
    if before is None and after < 0:
        limit, before = min(limit, -after), last_seq(path) + 1
    if before is not None:
        return _backwards(path, before, limit, matches)
    return _forwards(path, after, limit, matches)


def matcher(wanted: LogFilter) -> Matches:
    """Return the function that says whether a line is wanted."""
    tests: list[Matches] = []
    if wanted.stream is not None:
        tests.append(lambda line: line["stream"] == wanted.stream)
    if wanted.session is not None:
        tests.append(lambda line: line.get("session", 1) == wanted.session)
    if wanted.level is not None:
        levels = frozenset(LEVELS[LEVELS.index(wanted.level) :])
        tests.append(lambda line: level_of(line["text"]) in levels)
    if words := wanted.search.casefold().split():
        tests.append(lambda line: all(word in line["text"].casefold() for word in words))
    if wanted.regex:
        tests.append(_pattern(wanted.regex))
    return lambda line: all(test(line) for test in tests)


def _pattern(text: str) -> Matches:
    if len(text) > PATTERN_LENGTH:
        raise InvalidInputError(
            f"The pattern has {len(text)} characters; {PATTERN_LENGTH} are allowed.", "Search for a part of it."
        )
    try:
        pattern = regex.compile(text)
    except (regex.error, RecursionError, MemoryError) as error:
        raise InvalidInputError(
            f"{text!r} is no regular expression: {error}.",
            r"Write \ before characters that are meant as they are: \( \[ \. \*. Or search for words.",
        ) from error

    def matches(line: dict[str, Any]) -> bool:
        try:
            return pattern.search(line["text"], timeout=LINE_S, concurrent=True) is not None
        except TimeoutError as error:
            raise InvalidInputError(
                f"The pattern {text!r} takes longer than {LINE_S:g} s on line {line['seq']}.",
                "A repetition inside of a repetition, such as (a+)+, tries every way to divide a line: take one away.",
                line=line["seq"],
            ) from error

    return matches


def _forwards(path: Path, after: int, limit: int, matches: Matches) -> LogPage:
    until = time.monotonic() + SCAN_S
    found: list[dict[str, Any]] = []
    at, more = max(after, 0), True
    for line in _lines_after(path, at):
        if len(found) >= limit or time.monotonic() > until:
            break
        at = line["seq"]
        if matches(line):
            found.append(line)
    else:
        more = False
    return LogPage(lines=_shown(found), next=at, previous=after + 1 if after > 0 else None, more=more)


def _backwards(path: Path, before: int, limit: int, matches: Matches) -> LogPage:
    until = time.monotonic() + SCAN_S
    found: list[dict[str, Any]] = []
    low = high = before
    while low > 1 and len(found) < limit and time.monotonic() < until:
        high, low = low, max(1, low - max(limit, _LINES_AT_ONCE))
        stretch = read_after(path, low - 1, high - low)
        found = [line for line in stretch if line["seq"] < high and matches(line)] + found
    if len(found) > limit:
        found = found[-limit:]
        low = found[0]["seq"]
    # What comes after this page begins where the page was asked to end.
    return LogPage(lines=_shown(found), next=max(before - 1, 0), previous=low if low > 1 else None, more=False)


def _lines_after(path: Path, after: int) -> Iterator[dict[str, Any]]:
    while lines := read_after(path, after, _LINES_AT_ONCE):
        yield from lines
        after = lines[-1]["seq"]


def _shown(lines: list[dict[str, Any]]) -> tuple[LogLine, ...]:
    return tuple(LogLine(**line, level=level_of(line["text"])) for line in lines)
