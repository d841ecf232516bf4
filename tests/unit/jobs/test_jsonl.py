from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.jobs.jsonl import Tail, encode, last_seq, read_after, read_lines


def write(path: Path, texts: list[str]) -> None:
    path.write_bytes(b"".join(encode({"seq": seq, "text": text}) for seq, text in enumerate(texts, start=1)))


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 40_000), max_size=60),
    after=st.integers(-1, 70),
    limit=st.integers(0, 70),
)
def test_lines_after_a_number_are_the_same_whether_the_file_is_searched_or_read(
    sizes: list[int], after: int, limit: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.jsonl"
        write(path, ["x" * size for size in sizes])
        expected = [line for line in read_lines(path) if line["seq"] > after][:limit]
        assert read_after(path, after, limit) == expected
        assert last_seq(path) == len(sizes)


def test_a_line_without_its_newline_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write(path, ["a"])
    with path.open("ab") as file:
        file.write(b'{"seq":2,"te')
    tail = Tail(path)
    assert [line["seq"] for line in tail.read()] == [1]
    assert [line["seq"] for line in read_after(path, 0, 10)] == [1]
    assert [line["seq"] for line in read_lines(path)] == [1]
    with path.open("ab") as file:
        file.write(b'xt":"b"}\n')
    assert tail.read() == [{"seq": 2, "text": "b"}]
    assert tail.read() == []


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    assert Tail(path).read() == Tail(path, from_end=0).read() == read_after(path, 0, 10) == read_lines(path) == []
    assert last_seq(path) == 0


def test_a_tail_reads_piece_by_piece_and_takes_a_line_that_is_longer_than_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write(path, ["a", "b" * 500, "c"])
    tail = Tail(path)
    read = [[line["seq"] for line in tail.read(50)] for _ in range(4)]
    assert read == [[1], [2], [3], []]


def test_a_tail_that_skips_begins_at_a_whole_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write(path, ["x" * 100 for _ in range(50)])
    tail = Tail(path)
    assert tail.skip_to_end(leave=300)
    assert [line["seq"] for line in tail.read()] == [49, 50]
    assert not tail.skip_to_end(leave=300)


def test_control_characters_and_surrogates_stay_on_their_line(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    texts = ["a\r\nb", "\x85\u2028", "\ud800"]
    write(path, texts)
    assert [line["text"] for line in read_lines(path)] == texts
