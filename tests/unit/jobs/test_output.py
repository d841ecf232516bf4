from __future__ import annotations

import os
from itertools import groupby, pairwise
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import read_lines
from patholearn_lab.jobs.output import LAST_LINES, LINE_LIMIT, Frames, Lines, OrderedPipe, OutputLog


def lines_of(*pieces: bytes) -> list[str]:
    lines = Lines()
    return [text for piece in pieces for text in lines.feed(piece)] + list(lines.end())


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))), st.data())
def test_lines_do_not_depend_on_how_they_are_cut_into_pieces(texts: list[str], data: st.DataObject) -> None:
    content = "".join(f"{text}\n" for text in texts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=8)))
    pieces = [content[a:b] for a, b in pairwise([0, *cuts, len(content)])]
    assert lines_of(*pieces) == texts


def test_a_progress_bar_leaves_its_last_state() -> None:
    assert lines_of(b"\r 1%", b"\r 2%\r", b" 3%", b"\nnext\r\n") == [" 3%", "next"]


def test_a_long_line_is_cut_and_says_so() -> None:
    (text,) = lines_of(b"x" * LINE_LIMIT, b"yz")
    assert text == "x" * LINE_LIMIT + " … (2 more bytes of this line were cut off)"


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert lines_of(b"caf\xe9\n") == ["caf\ufffd"]


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr", "log"]), st.binary(max_size=6_000)), max_size=4))
def test_frames_come_out_as_they_went_in_however_they_are_cut(written: list[tuple[str, bytes]]) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source:
        # All of it fits into the pipe's 64 kB.
        for stream, content in written:
            OrderedPipe(writing).write(stream, content)
        os.close(writing)
        frames = Frames()
        read = [frame for piece in iter(lambda: source.read(777), b"") for frame in frames.feed(piece)]
    assert _joined(read) == _joined(written)


def _joined(frames: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Frames of one stream in a row as one, and none that are empty."""
    frames = [frame for frame in frames if frame[1]]
    return [(stream, b"".join(content for _, content in run)) for stream, run in groupby(frames, key=itemgetter(0))]


def test_a_full_log_says_so_and_keeps_the_last_lines(folder: RunFolder) -> None:
    log = OutputLog(folder, limit=2000)
    for number in range(1000):
        log.feed("stdout", f"{number}\n".encode())
    log.close()
    lines = read_lines(folder.log)
    texts = [line["text"] for line in lines]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    full = texts.index("(The log is full: 2,000 bytes. Only the last 200 lines will follow.)")
    assert texts[:full] == [str(number) for number in range(full)]
    assert texts[full + 1] == f"({1000 - full - LAST_LINES} lines were left out here. The last 200 follow.)"
    assert texts[full + 2 :] == [str(number) for number in range(800, 1000)]


def test_the_plain_logs_have_the_lines_of_their_stream(folder: RunFolder) -> None:
    log = OutputLog(folder)
    log.feed("stdout", b"a\rb\n")
    log.feed("stderr", b"no newline")
    log.notice("ended")
    log.close()
    assert folder.stdout.read_bytes() == b"b\n"
    assert folder.stderr.read_bytes() == b"no newline\n"
    assert [(line["stream"], line["text"]) for line in read_lines(folder.log)] == [
        ("stdout", "b"),
        ("log", "ended"),
        ("stderr", "no newline"),
    ]


def test_a_job_that_goes_on_writes_on_where_its_last_process_stopped(folder: RunFolder) -> None:
    for text in (b"first\n", b"second\n"):
        assert folder.begin_session()
        log = OutputLog(folder)
        log.feed("stdout", text)
        log.close()
        assert folder.move_to("running")
        assert folder.move_to("queued")
    lines = read_lines(folder.log)
    assert [(line["seq"], line["session"], line["text"]) for line in lines] == [(1, 1, "first"), (2, 2, "second")]


def test_secrets_are_masked_in_every_file(folder: RunFolder) -> None:
    log = OutputLog(folder)
    # In two pieces, as pipes give them.
    log.feed("stdout", b"password=hunt")
    log.feed("stdout", b"er22\n")
    log.close()
    assert "hunter22" not in folder.stdout.read_text() + folder.log.read_text()
    assert read_lines(folder.log)[0]["text"] == "password=***"
