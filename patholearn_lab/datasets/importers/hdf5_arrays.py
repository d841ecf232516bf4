"""The arrays of an HDF5 file, opened without trusting it.

HDF5 can point out of itself (external links, external storage, virtual data sets), run code that lies on this machine
(filters are loaded by number), and say that it is larger than any memory. Each array is judged by its description
before one byte of it is read; what nobody asks for is never opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import BOMB_FLOOR, Limits
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
PIXELS = ("images", "masks", "instances")
_COLUMNS = ("labels", "tags", "values", "features", "splits", "groups", "coordinates", "names")
_SYNONYMS = {"x": "images", "X": "images", "data": "images", "y": "labels", "Y": "labels", "split": "splits"}
NAMES = {key: key for key in (*PIXELS, *_COLUMNS)} | _SYNONYMS
"""What an array may be called, and what it is then."""

_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32", 32000: "lzf"}
"""Those that are part of every h5py. HDF5 looks for others as plug-ins on the disk, and runs them."""

_MIB = 2**20
_CHUNK_BYTES = 512 * _MIB
_COLUMN_BYTES = 512 * _MIB
_AT_ONCE_BYTES = 4 * _MIB


@contextmanager
def open_arrays(path: Path, name: str, limits: Limits) -> Iterator[dict[str, Any]]:
    """Give the arrays in the root of an HDF5 file by what they are (:data:`NAMES`), each an ``h5py.Dataset``, checked.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    limits
        What all arrays together may ask for.

    Raises
    ------
    ArchiveError, TooLargeError
        When the file is damaged, or an array points elsewhere, needs a filter, or is too large.
    """
    import h5py  # type: ignore[import-untyped]

    with _damage_named(name), h5py.File(path, "r", locking=False) as file:
        found: dict[str, Any] = {}
        for stored, key in NAMES.items():
            link = file.get(stored, getlink=True)
            if link is None:
                continue
            if not isinstance(link, h5py.HardLink):
                raise _refuse(name, stored, "is a link to another place, which could be any file")
            if key in found:
                raise _refuse(name, stored, f"is there twice: it means the {key}, as another one does")
            found[key] = file[stored]
            _ensure_harmless(found[key], stored, key, name, limits)
        total = sum(array.size * array.dtype.itemsize for array in found.values())
        if total > limits.total_bytes:
            raise _too_large(name, "all arrays", total, limits.total_bytes)
        yield found


def read_column(array: Any) -> NDArray[Any]:
    """Return a whole array that is no pixels; texts as such."""
    values = np.asarray(array[:])
    return np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values


def rows_of(path: Path, key: str, name: str, limits: Limits) -> Iterator[NDArray[Any]]:
    """Yield the entries of one array one by one; a chunk, or a few of them, is in memory at a time."""
    with open_arrays(path, name, limits) as arrays:
        array = arrays[key]
        row_bytes = max(prod(array.shape[1:]) * array.dtype.itemsize, 1)
        at_once = max(_AT_ONCE_BYTES // row_bytes, 1)
        if array.chunks:
            # Whole chunks: one that is cut through is unpacked twice.
            at_once = max(at_once // array.chunks[0], 1) * array.chunks[0]
        for first in range(0, len(array), at_once):
            yield from array[first : first + at_once]


def _ensure_harmless(array: Any, stored: str, key: str, name: str, limits: Limits) -> None:
    """Raise an error where reading this array could do anything but give its numbers."""
    import h5py

    if not isinstance(array, h5py.Dataset):
        raise _refuse(name, stored, "is a group, not an array")
    if array.is_virtual or array.external:
        raise _refuse(name, stored, "takes its values from other files")
    dtype = array.dtype
    if dtype.kind not in ("biufS" if key in {"splits", "groups", "names"} else "biuf") or dtype.fields:
        what = "texts of any length or references" if dtype.kind == "O" else str(dtype)
        raise _refuse(name, stored, f"holds {what}, not plain numbers", "Texts are taken as names.astype('S').")
    if not array.shape:
        raise _refuse(name, stored, "has no axis")
    properties = array.id.get_create_plist()
    filters = [properties.get_filter(place)[0] for place in range(properties.get_nfilters())]
    strange = next((number for number in filters if number not in _FILTERS), None)
    if strange is not None:
        known = ", ".join(_FILTERS.values())
        raise _refuse(name, stored, f"needs the HDF5 filter {strange}, which could be any program; {known} are taken")
    size, most = array.size * dtype.itemsize, limits.total_bytes if key in PIXELS else _COLUMN_BYTES
    if size > most:
        raise _too_large(name, f"the array {stored!r}", size, most)
    chunk = prod(array.chunks or ()) * dtype.itemsize
    if chunk > _CHUNK_BYTES:
        raise _too_large(name, f"a chunk of the array {stored!r}", chunk, _CHUNK_BYTES)
    packed = max(array.id.get_storage_size(), 1)
    if size > BOMB_FLOOR and size > limits.ratio * packed:
        raise TooLargeError(
            f"The array {stored!r} in {name!r} grows {size // packed:,} times when read; at most {limits.ratio} times "
            "is taken.",
            "Leave out what was never written, or save the images as PNG.",
            file=name,
        )


def _refuse(name: str, stored: str, problem: str, hint: str = "") -> ArchiveError:
    return ArchiveError(
        f"The array {stored!r} in {name!r} {problem}.",
        hint or "Write plain arrays into one file with h5py: file.create_dataset('images', data=images).",
        file=stored,
    )


def _too_large(name: str, what: str, size: int, most: int) -> TooLargeError:
    return TooLargeError(
        f"{name!r} says that {what} has {size / _MIB:,.0f} MiB; at most {most // _MIB:,} MiB are taken.",
        "Split it into several data sets.",
        file=name,
    )


@contextmanager
def _damage_named(name: str) -> Iterator[None]:
    """Turn what HDF5 raises on a damaged file into a sentence that names it."""
    try:
        yield
    except PathoLearnError:
        raise
    # h5py hands on whatever the library says: OSError, RuntimeError, KeyError, ValueError, TypeError and more.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError) as error:
        raise ArchiveError(
            f"{name!r} is damaged: {' '.join(str(error).split())[:200]}.",
            "Write it anew from the original data, or download it once more.",
            file=name,
        ) from error
