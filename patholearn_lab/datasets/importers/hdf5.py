"""HDF5 files: one with all arrays of a set, or several of one download, such as PatchCamelyon's six.

::

    tiles.h5                                    camelyonpatch_level_2_split_train_x.h5   x: uint8[262144,96,96,3]
      images (or x)   uint8[n,H,W,1 or 3]       camelyonpatch_level_2_split_train_y.h5   y: uint8[262144,1,1,1]
      labels (or y)   integers[n]               …_valid_x.h5  …_valid_y.h5  …_test_x.h5  …_test_y.h5
      masks, tags, values, features, splits, groups, coordinates, instances, names may be there
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.importers.array_set import ArraySet, contents_of
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.hdf5_arrays import PIXELS, SIGNATURE, open_arrays, read_column, rows_of
from patholearn_lab.datasets.manifest import SPLITS
from patholearn_lab.datasets.splits import split_named
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled


class Hdf5:
    """The importer of one HDF5 file."""

    label = "a .h5 or .h5.gz (HDF5) with the arrays images and labels (or x and y), or masks"
    endings = (".h5", ".hdf5", ".h5.gz")

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file begins as HDF5 does."""
        with file.path.open("rb") as opened:
            return opened.read(len(SIGNATURE)) == SIGNATURE

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the arrays, and return the data set; pixels are read while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When an array is missing, does not fit the others, or could do anything but give its numbers.
        """
        return read_parts([(path, name)], name, limits, progress)


class _Stored(NamedTuple):
    """An array of pixels in one of the files."""

    path: Path
    file_name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def read_parts(
    files: Sequence[tuple[Path, str]],
    name: str,
    limits: Limits,
    progress: Progress,
    described: Mapping[str, Any] | None = None,
) -> Contents:
    """Return the data set in one HDF5 file, or in several, whose names say the split: those of one belong together.

    Parameters
    ----------
    files
        Each file, and what it is called.
    name
        What messages call all of it.
    limits, progress
        As :meth:`Hdf5.read`.
    described
        What is said of the set elsewhere: name, classes, licence and so on.

    Raises
    ------
    ArchiveError, TooLargeError
        As :meth:`Hdf5.read`, and when a split lacks an array that others have.
    """
    pixels: dict[str, dict[str, _Stored]] = {}
    columns: dict[str, dict[str, NDArray[Any]]] = {}
    for path, file_name in files:
        ensure_not_cancelled(progress)
        split = _split_of(file_name) if len(files) > 1 else ""
        with open_arrays(path, file_name, limits) as arrays:
            for key, array in arrays.items():
                if key in pixels.get(split, {}) or key in columns.get(split, {}):
                    raise ArchiveError(
                        f"The file {file_name!r} has {key} of the split {split!r}, as another file does.",
                        "Give each array of a split once.",
                        file=file_name,
                    )
                if key in PIXELS:
                    stored = _Stored(path, file_name, array.shape, array.dtype)
                    pixels.setdefault(split, {})[key] = stored
                else:
                    columns.setdefault(split, {})[key] = read_column(array)
    splits = sorted({*pixels, *columns}, key=lambda split: SPLITS.index(split) if split else 0)
    due = set().union(*(pixels.get(split, {}) for split in splits), *(columns.get(split, {}) for split in splits))
    for split in splits:
        missing = sorted(due - {*pixels.get(split, {}), *columns.get(split, {})})
        if missing:
            raise ArchiveError(
                f"The split {split!r} of {name!r} has no {missing[0]}, but others have.",
                "Give every split the same arrays.",
                file=name,
            )
    parts = {key: [pixels[split][key] for split in splits] for key in PIXELS if key in due}
    joined = {key: _joined([columns[split][key] for split in splits], key, name) for key in due - set(PIXELS)}
    if splits not in ([], [""]):
        lengths = [_length(pixels.get(split, {}), columns.get(split, {})) for split in splits]
        codes = np.array([SPLITS.index(split) for split in splits], np.uint8)
        joined["splits"] = np.repeat(codes, lengths)

    def entries(key: str) -> Iterator[NDArray[Any]]:
        for part in parts[key]:
            yield from rows_of(part.path, key, part.file_name, limits)

    shapes = {key: _shape(stored, key, name) for key, stored in parts.items()}
    return contents_of(ArraySet(name, shapes, joined, entries, described or {}), progress)


def _split_of(file_name: str) -> str:
    """Return the split that a word of the file's name means."""
    named = [found for word in re.split(r"[^A-Za-z]+", file_name) if (found := split_named(word))]
    if len(set(named)) != 1:
        raise ArchiveError(
            f"The name of the file {file_name!r} does not say which split it is.",
            "Call the files …train…, …valid… and …test….",
            file=file_name,
        )
    return str(named[0])


def _length(pixels: Mapping[str, _Stored], columns: Mapping[str, NDArray[Any]]) -> int:
    return next((stored.shape[0] for stored in pixels.values()), next(map(len, columns.values()), 0))


def _shape(stored: Sequence[_Stored], key: str, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of arrays that are laid together."""
    first = stored[0]
    for one in stored:
        if (one.shape[1:], one.dtype) != (first.shape[1:], first.dtype):
            raise ArchiveError(
                f"The {key} of {name!r} are {first.dtype} of shape {first.shape[1:]} in {first.file_name!r}, but "
                f"{one.dtype} of shape {one.shape[1:]} in {one.file_name!r}.",
                "All images of a data set must have one size.",
                file=one.file_name,
            )
    return (sum(one.shape[0] for one in stored), *first.shape[1:]), first.dtype


def _joined(parts: Sequence[NDArray[Any]], key: str, name: str) -> NDArray[Any]:
    if len({part.shape[1:] for part in parts}) > 1:
        raise ArchiveError(
            f"The array {key!r} of {name!r} has other columns in one split than in another.",
            "Give all splits the same columns.",
            file=name,
        )
    return np.concatenate(parts)
