"""The tables of contents of zip and tar, in one form. What they say is judged in ``archives.py``."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, Protocol

from patholearn_lab.errors import ArchiveError, TooLargeError

_ENCRYPTED = 0x1
_UNIX_MODE_SHIFT = 16
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_GZIP = b"\x1f\x8b"
_PART = 2**20
_LONGEST_HEADER = 2**20
_BLOCK = tarfile.BLOCKSIZE

READ_ERRORS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, NotImplementedError)
"""What is raised while damaged bytes are read."""

Kind = Literal["file", "folder", "link", "special"]


class DamagedError(Exception):
    """A container that cannot be read; the text says what its library found."""


@dataclass(frozen=True)
class Entry:
    """What a container says of one thing in it.

    Parameters
    ----------
    name
        As somebody wrote it.
    size, packed
        Bytes, unpacked and in the file.
    kind
        Links are symbolic or hard ones; special is a device or a pipe.
    problem
        Why its bytes cannot be read, and the way out; empty where they can.
    """

    name: str
    size: int
    packed: int
    kind: Kind
    handle: Any = field(repr=False, compare=False)
    problem: tuple[str, str] | None = None


class Container(Protocol):
    """A file of files."""

    def entries(self, most: int) -> list[Entry]:
        """Return everything in it, or the first `most` + 1 where there is more."""

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of one file, never more than its entry says. Raises DamagedError."""

    def open(self, entry: Entry) -> IO[bytes]:
        """Return a stream of the bytes of one file, never more than its entry says. What it reads may be damaged."""

    def close(self) -> None:
        """Close the file."""


class ZipContainer:
    """A zip."""

    def __init__(self, file: Path | IO[bytes]) -> None:
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
            raise DamagedError(f"cannot be read as a zip archive: {error}") from error

    def entries(self, most: int) -> list[Entry]:
        """Return everything in it."""
        return [self._entry(info) for info in self._archive.infolist()[: most + 1]]

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of one file; zipfile never gives more than the table of contents says."""
        try:
            return self._archive.read(entry.handle)
        except (*READ_ERRORS, ValueError) as error:
            raise DamagedError(str(error)) from error

    def open(self, entry: Entry) -> IO[bytes]:
        """Return a stream of the bytes of one file."""
        return self._archive.open(entry.handle)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def _entry(self, info: zipfile.ZipInfo) -> Entry:
        mode = info.external_attr >> _UNIX_MODE_SHIFT
        # Not info.is_dir(), which fails on a member without a name.
        kind: Kind = "folder" if info.filename.endswith("/") else "file"
        if stat.S_ISLNK(mode):
            kind = "link"
        elif stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            kind = "special"
        problem = None
        if info.flag_bits & _ENCRYPTED:
            problem = ("is encrypted", "Pack the archive without a password.")
        elif info.compress_type not in _METHODS:
            problem = (
                f"is packed by an unknown method ({info.compress_type})",
                "Pack with deflate, the default of zip.",
            )
        # zipfile cuts names at a zero byte and mends some separators; the original is what somebody wrote.
        return Entry(info.orig_filename, info.file_size, info.compress_size, kind, info, problem)


class _HeaderFile(io.FileIO):
    """A tar that is listed: headers ask for no more memory than a path can need."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return `size` bytes, or raise tarfile.ReadError where a header wants too many."""
        if size is None or not 0 <= size <= _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return super().read(size) or b""


class _Part(io.RawIOBase):
    """Some bytes in the middle of a file that stays open, read as a file of their own."""

    def __init__(self, descriptor: int, start: int, size: int) -> None:
        self._descriptor, self._at, self._end = descriptor, start, start + size

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next, and return how much that was."""
        data = os.pread(self._descriptor, min(len(buffer), self._end - self._at), self._at)
        if not data and self._at < self._end:
            raise EOFError(f"{self._end - self._at:,} bytes are missing")
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class TarContainer:
    """A tar that is not compressed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._path = path

    def entries(self, most: int) -> list[Entry]:
        """Return everything in it, but the entry for the folder that was packed."""
        found: list[Entry] = []
        try:
            with _HeaderFile(self._path) as headers, tarfile.open(fileobj=headers, mode="r:") as archive:
                for info in archive:
                    if info.name not in {".", ""}:
                        found.append(self._entry(info))
                    if len(found) > most:
                        return found
                # tarfile takes a header that it cannot read for the end: what follows would be lost unseen.
                headers.seek(archive.offset)
                if headers.read(_BLOCK).strip(b"\0"):
                    raise tarfile.ReadError(f"the header at byte {archive.offset:,} cannot be read")
        except (tarfile.TarError, EOFError, ValueError, OverflowError, OSError) as error:
            raise DamagedError(f"cannot be read as a tar archive: {error}") from error
        return found

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of one file."""
        self._file.seek(entry.handle)
        data = self._file.read(entry.size)
        if len(data) != entry.size:
            raise DamagedError(f"it has {len(data):,} of {entry.size:,} bytes")
        return data

    def open(self, entry: Entry) -> IO[bytes]:
        """Return a stream of the bytes of one file."""
        return io.BufferedReader(_Part(self._file.fileno(), entry.handle, entry.size))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _entry(self, info: tarfile.TarInfo) -> Entry:
        if info.issym() or info.islnk():
            kind: Kind = "link"
        else:
            kind = "folder" if info.isdir() else "file" if info.isreg() and not info.issparse() else "special"
        return Entry(info.name.removeprefix("./"), info.size, info.size, kind, info.offset_data)


def is_tar(path: Path) -> bool:
    """Return whether the file begins as a tar does."""
    try:
        with path.open("rb") as file:
            tarfile.TarInfo.frombuf(file.read(_BLOCK), "utf-8", "surrogateescape")
    except (tarfile.TarError, OSError, ValueError):
        return False
    return True


def open_container(path: Path) -> Container:
    """Return the container at `path`, by its first bytes; as a zip where it is neither. Raises DamagedError."""
    return TarContainer(path) if is_tar(path) else ZipContainer(path)


@contextmanager
def decompressed(path: Path, name: str, scratch: Path, most: int, ratio: int, floor: int) -> Iterator[Path]:
    """Yield `path` itself, or where it is a gzip, a file of what is in it that is gone afterwards.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    scratch
        The folder for what is unpacked.
    most, ratio, floor
        Most bytes unpacked; and most for each byte packed, once there are more than `floor`.

    Raises
    ------
    ArchiveError
        When the gzip is damaged.
    TooLargeError
        When it unpacks to too much. No more than the limit is ever written.
    """
    with path.open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            yield path
            return
    packed, total = path.stat().st_size, 0
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="unpacked-") as target:
        try:
            with gzip.open(path) as source:
                while part := source.read(_PART):
                    total += len(part)
                    if total > most or (total > floor and total > ratio * packed):
                        raise TooLargeError(
                            f"{name!r} grows over {total // packed:,} times when unpacked, to more than "
                            f"{total / 2**20:,.0f} MiB; at most {ratio} times and {most / 2**20:,.0f} MiB are taken.",
                            "Save the images as PNG or JPEG before you pack them, or split the set.",
                            file=name,
                        )
                    target.write(part)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise ArchiveError(
                f"{name!r} is damaged: {error}.",
                "Pack it again from the original files, and upload it once more.",
                file=name,
            ) from error
        target.flush()
        yield Path(target.name)
