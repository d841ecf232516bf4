from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs import searching
from patholearn_lab.jobs.jsonl import encode
from patholearn_lab.jobs.levels import level_of
from patholearn_lab.jobs.models import LogFilter, log_filter
from patholearn_lab.jobs.searching import search_log

TIME = "2026-01-02T03:04:05+00:00"
LINES = [
    ("stdout", "Epoch 1: loss 0.9", 1),
    ("stderr", "UserWarning: few workers", 1),
    ("log", "The job was paused.", 1),
    ("stdout", "Epoch 2: loss 0.7", 2),
    ("stderr", "ValueError: no such class", 2),
    ("stdout", "DEBUG batch 3", 2),
]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    rows = [
        {"seq": seq, "stream": stream, "text": text, "time": TIME, "session": session}
        for seq, (stream, text, session) in enumerate(LINES, start=1)
    ]
    path.write_bytes(b"".join(map(encode, rows)))
    return path


def found(log: Path, **wanted: Any) -> list[int]:
    return [line.seq for line in search_log(log, 0, 100, wanted=LogFilter(**wanted)).lines]


def test_without_a_filter_every_line_comes_in_order(log: Path) -> None:
    page = search_log(log, 0, 100)
    assert [(line.stream, line.text, line.session) for line in page.lines] == LINES
    assert (page.next, page.previous, page.more) == (6, None, False)


def test_words_are_found_in_any_case_and_any_order(log: Path) -> None:
    assert found(log, search="LOSS epoch") == [1, 4]
    assert found(log, search="loss epoch nowhere") == []


def test_a_pattern_is_found(log: Path) -> None:
    assert found(log, regex=r"^Epoch \d+") == [1, 4]


def test_lines_are_filtered_by_stream_session_and_level(log: Path) -> None:
    assert found(log, stream="stderr") == [2, 5]
    assert found(log, session=2) == [4, 5, 6]
    assert found(log, level="warning") == [2, 5]
    assert found(log, level="error") == [5]
    assert found(log, level="info") == [1, 2, 3, 4, 5]
    assert found(log, stream="stderr", session=2, level="warning", search="class") == [5]


def test_older_lines_come_before_a_number_until_the_beginning(log: Path) -> None:
    last = search_log(log, -2, 100)
    assert [line.seq for line in last.lines] == [5, 6]
    assert (last.previous, last.next) == (5, 6)
    older = search_log(log, 0, 3, before=last.previous)
    assert [line.seq for line in older.lines] == [2, 3, 4]
    oldest = search_log(log, 0, 3, before=older.previous)
    assert [line.seq for line in oldest.lines] == [1]
    assert oldest.previous is None


def test_older_lines_that_match_are_looked_for_behind_those_that_do_not(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_LINES_AT_ONCE", 2)
    page = search_log(log, 0, 1, before=7, wanted=LogFilter(search="epoch"))
    assert [line.seq for line in page.lines] == [4]
    page = search_log(log, 0, 1, before=page.previous, wanted=LogFilter(search="epoch"))
    assert [line.seq for line in page.lines] == [1]
    assert page.previous is None


def test_a_full_page_goes_on_behind_its_last_line(log: Path) -> None:
    wanted = LogFilter(search="epoch")
    first = search_log(log, 0, 1, wanted=wanted)
    assert (first.next, first.more) == (1, True)
    second = search_log(log, first.next, 1, wanted=wanted)
    assert [line.seq for line in second.lines] == [4]


def test_a_search_whose_time_is_up_goes_on_where_it_stopped(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SCAN_S", -1.0)
    page = search_log(log, 0, 100, wanted=LogFilter(search="batch"))
    assert (page.lines, page.next, page.more) == ((), 0, True)


def test_an_evil_pattern_is_refused_within_a_bound_on_time(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "LINE_S", 0.02)
    log.write_bytes(encode({"seq": 1, "stream": "stdout", "text": "a" * 5000 + "!", "time": TIME}))
    with pytest.raises(InvalidInputError, match=r"takes longer than 0\.02 s on line 1"):
        found(log, regex="(a+)+$")


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "(?P<x>a)(?P=y)"])
def test_a_pattern_that_is_none_is_refused_with_the_way_out(log: Path, pattern: str) -> None:
    with pytest.raises(InvalidInputError, match="is no regular expression"):
        found(log, regex=pattern)


@pytest.mark.parametrize("given", [{"stream": "stdin"}, {"level": "loud"}, {"session": 0}, {"regex": "a" * 501}])
def test_a_filter_that_cannot_be_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match=f"searched with {next(iter(given))}"):
        log_filter(**given)


def test_a_log_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert search_log(tmp_path / "none.jsonl", -200, 100).lines == ()


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Traceback (most recent call last):", "error"),
        ("torch.OutOfMemoryError: CUDA out of memory", "error"),
        ("2026-01-02 03:04:05,678 - root - CRITICAL - full", "error"),
        ("/lib/x.py:7: FutureWarning: soon", "warning"),
        ("an error is not always an ERRORS", "info"),
        ("DEBUG:root:here", "debug"),
        ("", "info"),
    ],
)
def test_the_level_is_what_the_line_says(text: str, level: str) -> None:
    assert level_of(text) == level
