"""The arrays of an .npz file: known by their headers, then read whole or row by row, and never unpickled."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import IO, Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, Member, SafeArchive
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.errors import ArchiveError, TooLargeError

_PART_BYTES = 2**20
WHOLE_BYTES = 512 * 2**20
"""The largest array that is read whole: labels, tables, and images whose rows do not lie one after the other."""


@dataclass(frozen=True)
class StoredArray:
    """One array of an .npz, whose header was read.

    Parameters
    ----------
    key
        Its name, without ``.npy``.
    shape, dtype
        As its header says; the length of the file agrees.
    in_columns
        Whether its first axis changes fastest (Fortran's order): its rows do not lie one after the other.
    start
        Where its values begin, in bytes.
    """

    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    in_columns: bool
    start: int
    member: Member
    name: str

    def __len__(self) -> int:
        return self.shape[0] if self.shape else 0

    def read(self, archive: SafeArchive) -> NDArray[Any]:
        """Return the whole array.

        Raises
        ------
        ArchiveError, TooLargeError
            When it is damaged, or larger than what is read whole.
        """
        if self.member.size > WHOLE_BYTES:
            raise TooLargeError(
                f"The array {self.key!r} in {self.name!r} has {self.member.size / 2**20:,.0f} MiB; at most "
                f"{WHOLE_BYTES // 2**20} are taken of an array that is read at once.",
                "Save images with their rows one after the other (numpy.ascontiguousarray), and shorter labels.",
                file=self.member.path,
            )
        return np.load(io.BytesIO(archive.read(self.member)), allow_pickle=False)  # type: ignore[no-any-return]

    def rows(self, archive: SafeArchive) -> Iterator[NDArray[Any]]:
        """Yield the entries of the first axis one by one; only some of them are in memory at a time."""
        if self.in_columns and len(self.shape) > 1:
            yield from self.read(archive)
            return
        row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * self.dtype.itemsize
        at_once = max(_PART_BYTES // max(row_bytes, 1), 1)
        with archive.open(self.member) as stream:
            stream.read(self.start)
            for first in range(0, len(self), at_once):
                count = min(at_once, len(self) - first)
                data = stream.read(count * row_bytes)
                if len(data) != count * row_bytes:
                    raise _damaged(self.key, self.name, f"it ends in entry {first + len(data) // max(row_bytes, 1):,}")
                yield from np.frombuffer(data, self.dtype).reshape(count, *self.shape[1:])


def holds_arrays(file: Candidate, keys: Collection[str]) -> bool:
    """Return whether the file is a zip with these arrays, quickly and without raising."""
    if file.archive is not None:
        names = {member.path for member in file.archive.members}
    else:
        # A zip that is refused, for its size or for what else is in it: whoever takes it says why.
        try:
            with zipfile.ZipFile(file.path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
            return False
    return {f"{key}.npy" for key in keys} <= names


def array_limits(limits: Limits) -> Limits:
    """Return the limits of an .npz: its arrays are streamed, so that one may be as long as a whole archive."""
    return replace(limits, member_bytes=limits.total_bytes)


def find_array(archive: SafeArchive, key: str, hint: str) -> StoredArray:
    """Return the array of that name, its header checked.

    Raises
    ------
    ArchiveError
        When it is missing or damaged, holds Python objects, or its header asks for another length than the file has.
    """
    file = f"{key}.npy"
    member = archive.find(file)
    if member is None:
        raise ArchiveError(f"{archive.name!r} lacks the array {key!r}.", hint, file=file)
    with archive.open(member) as stream:
        try:
            shape, in_columns, dtype = _read_header(stream)
            start = stream.tell()
        except ValueError as error:
            raise _damaged(key, archive.name, str(error)) from error
    if dtype.hasobject:
        raise ArchiveError(
            f"The array {key!r} in {archive.name!r} holds Python objects, which could run code when read.",
            "Save it as numbers (dtype uint8).",
            file=file,
        )
    if int(np.prod(shape, dtype=object)) * dtype.itemsize != member.size - start:
        raise _damaged(key, archive.name, f"its header says {shape} of {dtype}, which is not its length")
    return StoredArray(key, shape, dtype, in_columns, start, member, archive.name)


def image_shape(array: StoredArray) -> tuple[Literal[1, 3], int, int]:
    """Return channels, height and width of images ``uint8[n,H,W]`` or ``uint8[n,H,W,1 or 3]``.

    Raises
    ------
    ArchiveError
        When the array is no such thing.
    """
    shape = array.shape
    if array.dtype == np.uint8 and len(shape) in {3, 4} and min(shape) > 0 and shape[3:] in {(), (1,), (3,)}:
        return (3 if shape[3:] == (3,) else 1), shape[1], shape[2]
    volumes = len(shape) == 4 and array.dtype == np.uint8
    raise ArchiveError(
        f"The array {array.key!r} in {array.name!r} is {array.dtype} of shape {shape}.",
        "Images must be uint8, of shape (samples, height, width) or (samples, height, width, 1 or 3)."
        + (" Volumes, as the 3D sets of MedMNIST have them, are not taken: save their slices as images." * volumes),
        file=f"{array.key}.npy",
    )


def as_image(row: NDArray[Any]) -> NDArray[np.uint8]:
    """Return one entry of such an array as ``uint8[H,W,C]``."""
    return row[..., np.newaxis] if row.ndim == 2 else row


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    if version not in {(1, 0), (2, 0)}:
        raise ValueError(f"its version {version} is not known")
    return (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(stream)


def _damaged(key: str, name: str, what: str) -> ArchiveError:
    return ArchiveError(
        f"The array {key!r} in {name!r} is damaged: {what}.",
        "Save the arrays anew with numpy.savez.",
        file=f"{key}.npy",
    )
