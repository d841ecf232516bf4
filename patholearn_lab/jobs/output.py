"""A child's output on its way into the run folder: numbered lines of both streams, in the order of their writing.

Two pipes cannot tell which of them was written to first. So what Python code prints goes through a third pipe, in
frames that name their stream; a frame fits into one atomic write, and that keeps the order, over threads and forked
processes alike. Compiled code and programs that the job starts write to the plain descriptors 1 and 2; theirs are two
pipes of their own, whose lines are numbered as they arrive.

Standard library only.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
from collections import deque
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring_ascii
from types import MappingProxyType
from typing import Any, BinaryIO

from patholearn_lab.jobs.folder import RunFolder, utc_now
from patholearn_lab.jobs.jsonl import last_line
from patholearn_lab.jobs.masking import masker

LINE_LIMIT = 16_384
"""The most bytes of one line that are kept."""
LOG_LIMIT = 64_000_000
"""The most bytes of one log file. After that only the last lines are kept."""
LAST_LINES = 200

_STREAMS = {b"1": "stdout", b"2": "stderr", b"3": "log"}
_TAGS = {stream: tag for tag, stream in _STREAMS.items()}
_HEADER = 3


class OrderedPipe:
    """The writing end of the third pipe, in the child."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, stream: str, data: bytes) -> None:
        """Write `data` to `stream`."""
        room = select.PIPE_BUF - _HEADER
        for start in range(0, len(data), room):
            piece = data[start : start + room]
            os.write(self._descriptor, _TAGS[stream] + len(piece).to_bytes(2, "big") + piece)

    def text_stream(self, stream: str, descriptor: int) -> io.TextIOWrapper:
        """Return a text stream for ``sys.stdout`` or ``sys.stderr`` whose ``fileno()`` is `descriptor`."""
        raw = _Raw(self, stream, descriptor)
        return io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )


class _Raw(io.RawIOBase):
    """What lies below ``sys.stdout.buffer``."""

    def __init__(self, pipe: OrderedPipe, stream: str, descriptor: int) -> None:
        self._pipe = pipe
        self._stream = stream
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pipe.write(self._stream, bytes(data))
        return len(data)

    def fileno(self) -> int:
        return self._descriptor


class Frames:
    """Takes the frames of the third pipe apart, in the supervisor."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Give the stream and the content of each frame that is complete."""
        data = self._rest + data
        at = 0
        while len(data) - at >= _HEADER:
            end = at + _HEADER + int.from_bytes(data[at + 1 : at + _HEADER], "big")
            if end > len(data):
                break
            yield _STREAMS[data[at : at + 1]], data[at + _HEADER : end]
            at = end
        self._rest = data[at:]


class Lines:
    """Makes lines of the pieces of one stream: cut where too long, and only the last state of a progress bar."""

    def __init__(self) -> None:
        self._line = b""
        self._cut = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """Give each line that is complete, without its newline."""
        *complete, rest = data.split(b"\n")
        for piece in complete:
            self._grow(piece)
            yield self._take()
        self._grow(rest)

    def end(self) -> Iterator[str]:
        """Give what is left, where the last line had no newline."""
        if self._line:
            yield self._take()

    def _grow(self, piece: bytes) -> None:
        line = self._line + piece
        # A carriage return goes back to the beginning of the line: a bar that is drawn over itself a thousand times.
        redrawn = line.rfind(b"\r", 0, len(line.rstrip(b"\r")))
        if redrawn >= 0:
            line, self._cut = line[redrawn + 1 :], 0
        self._cut += max(0, len(line) - LINE_LIMIT)
        self._line = line[:LINE_LIMIT]

    def _take(self) -> str:
        text = self._line.rstrip(b"\r").decode(errors="replace")
        if self._cut:
            text += f" … ({self._cut:,} more bytes of this line were cut off)"
        self._line, self._cut = b"", 0
        return text


class OutputLog:
    """Writes ``log.jsonl``, ``stdout.log`` and ``stderr.log`` of one run.

    Parameters
    ----------
    folder
        The run folder.
    limit
        The most bytes that each of the files may have. What comes after is left out, but for the last lines.
    environment
        The variables of the child's process, whose secrets are masked in what it prints.
    """

    def __init__(
        self, folder: RunFolder, limit: int = LOG_LIMIT, environment: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._limit = limit
        self._mask = masker(environment)
        # A job that goes on after a pause or a lost worker writes on where its last process stopped.
        last = last_line(folder.log)
        self._seq = last.get("seq", 0)
        self._session = folder.session
        self._size = folder.log.stat().st_size if last else 0
        self._left_out = 0
        self._last: deque[tuple[str, str, str]] = deque(maxlen=LAST_LINES)
        self._lines = {stream: Lines() for stream in _TAGS}
        self._log = folder.log.open("ab")
        self._plain: dict[str, BinaryIO] = {"stdout": folder.stdout.open("ab"), "stderr": folder.stderr.open("ab")}
        self._room = {stream: limit - file.tell() for stream, file in self._plain.items()}

    def feed(self, stream: str, data: bytes) -> None:
        """Take what the child wrote to `stream`."""
        # What came in one piece came at one time.
        at = utc_now()
        for text in self._lines[stream].feed(data):
            self._write(stream, text, at)

    def notice(self, text: str) -> None:
        """Write a line of the supervisor's own."""
        self._write("log", text, utc_now())

    def flush(self) -> None:
        """Let readers see what was written so far."""
        for file in (self._log, *self._plain.values()):
            with contextlib.suppress(OSError):
                # The disk is full. What is buffered is tried again; the job goes on, and its state is told.
                file.flush()

    def close(self) -> None:
        """Write what is left."""
        for stream, lines in self._lines.items():
            for text in lines.end():
                self._write(stream, text, utc_now())
        if self._left_out:
            missing = self._left_out - len(self._last)
            self._append(
                "log", f"({missing:,} lines were left out here. The last {len(self._last)} follow.)", utc_now()
            )
            for stream, text, at in self._last:
                self._append(stream, text, at)
        for file in (self._log, *self._plain.values()):
            file.close()

    def _write(self, stream: str, text: str, at: str) -> None:
        text = self._mask(text)
        if self._room.get(stream, 0) > 0:
            self._room[stream] -= self._plain[stream].write(text.encode(errors="backslashreplace") + b"\n")
        if self._size < self._limit:
            self._append(stream, text, at)
            if self._size >= self._limit:
                notice = f"(The log is full: {self._limit:,} bytes. Only the last {LAST_LINES} lines will follow.)"
                self._append("log", notice, at)
        else:
            self._left_out += 1
            self._last.append((stream, text, at))

    def _append(self, stream: str, text: str, at: str) -> None:
        self._seq += 1
        # As `jsonl.encode` writes it; a log may have a hundred thousand lines a second, and only the text needs care.
        quoted = encode_basestring_ascii(text)
        line = f'{{"seq":{self._seq},"stream":"{stream}","text":{quoted},"time":"{at}","session":{self._session}}}\n'
        self._size += self._log.write(line.encode())
