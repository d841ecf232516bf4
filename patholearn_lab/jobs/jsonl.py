"""Files of JSON objects, one a line, that one process appends to and others read while it does.

Every object has a ``seq`` as its first key that grows from line to line, so a place in the file is found by bisection:
reading the newest lines of a log of 64 MB touches some twenty lines, and needs no index that could be wrong.

A line without its newline is still being written, and is not there yet.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, BinaryIO

_PIECE = 65_536
# json.dumps makes an encoder for each call that asks for other separators, which costs more than the call.
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def encode(record: dict[str, Any]) -> bytes:
    """Return `record` as one line."""
    return _ENCODER.encode(record).encode() + b"\n"


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return every complete line; none where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in content[: content.rfind(b"\n") + 1].splitlines()]


def read_after(path: Path, after: int, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` lines whose ``seq`` is greater than `after`, in order; none where there is no file."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return []
    with file:
        file.seek(_start_of_first_after(file, after))
        found: list[dict[str, Any]] = []
        for line in file:
            if len(found) >= limit or not line.endswith(b"\n"):
                break
            record = json.loads(line)
            if record["seq"] > after:
                found.append(record)
        return found


def last_line(path: Path) -> dict[str, Any]:
    """Return the last complete line; an empty one where there is none."""
    lines = Tail(path, from_end=_PIECE * 4).read()
    return lines[-1] if lines else {}


def last_seq(path: Path) -> int:
    """Return the ``seq`` of the last complete line; 0 where there is none."""
    return int(last_line(path).get("seq", 0))


class Tail:
    """Reads what was appended since the last time.

    Parameters
    ----------
    path
        The file. It need not exist yet.
    from_end
        Begin so many bytes before the end (at a whole line) instead of at the beginning.
    """

    def __init__(self, path: Path, from_end: int | None = None) -> None:
        self._path = path
        self._offset = 0
        if from_end is not None:
            self.skip_to_end(leave=from_end)

    def read(self, most: int | None = None) -> list[dict[str, Any]]:
        """Return the lines that were completed since the last call, or the first `most` bytes' worth of them."""
        try:
            if self._path.stat().st_size <= self._offset:
                return []
            with self._path.open("rb") as file:
                file.seek(self._offset)
                content = file.read(-1 if most is None else most)
                if b"\n" not in content:
                    # One line longer than `most`: take it whole, else it would be asked for again for ever.
                    content += file.readline()
        except FileNotFoundError:
            return []
        content = content[: content.rfind(b"\n") + 1]
        self._offset += len(content)
        return [json.loads(line) for line in content.splitlines()]

    def skip_to_end(self, leave: int) -> bool:
        """Leave out all but the last `leave` bytes of what is unread; return whether anything was left out."""
        try:
            start = self._path.stat().st_size - leave
        except FileNotFoundError:
            return False
        if start <= self._offset:
            return False
        with self._path.open("rb") as file:
            file.seek(start)
            file.readline()
            self._offset = file.tell()
        return True


def _start_of_first_after(file: BinaryIO, after: int) -> int:
    """Return where a line begins such that no line before it has a ``seq`` greater than `after`."""
    low, high = 0, os.fstat(file.fileno()).st_size
    # `low` always begins a line that may be skipped up to; in [low, high) lies the line that is looked for.
    while high - low > _PIECE:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        start = file.tell()
        line = file.readline()
        if start >= high or not line.endswith(b"\n"):
            high = middle
        elif int(json.loads(line)["seq"]) <= after:
            low = start
        else:
            high = middle
    return low
