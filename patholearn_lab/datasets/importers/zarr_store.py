"""A zip of a zarr group (version 2 or 3) with one entry a sample in each array, such as a data set of PathoLearn's own.

::

    tiles.zip
      images    uint8[n,H,W], [n,H,W,1 or 3] or [n,1 or 3,H,W]
      labels    integers[n], or masks uint8[n,H,W]; tags, values, features, groups, coordinates, instances may be there
      splits    0 train, 1 valid, 2 test, or these names; left out, 80/10/10
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.importers.array_set import ArraySet, contents_of
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.zarr_layout import damage_named, ensure_harmless, metadata_of, open_arrays
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress

_SYNONYMS = {"x": "images", "X": "images", "data": "images", "y": "labels", "Y": "labels", "split": "splits"}
_MANIFEST = "patholearn"


class ZarrStore:
    """The importer of zipped zarr groups."""

    label = "a .zip of a zarr group with the arrays images and labels (or masks)"
    endings = (".zip",)

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip with a zarr array of images."""
        return file.archive is not None and zipfile.is_zipfile(file.path) and _find_root(file.archive) is not None

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the arrays, and return the data set; pixels are read while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When an array is missing, damaged, does not fit the others, or needs a codec that could run code.
        """
        with open_archive(path, limits, name) as archive:
            root = _find_root(archive) or ""
            keys = [key for key in ensure_harmless(archive, root, limits) if "/" not in key]
            described = _described(metadata_of(archive, root))
        with open_arrays(path, root, keys, name) as found:
            arrays = {_SYNONYMS.get(key, key): array for key, array in found.items()}
            with damage_named(name):
                small = {key: np.asarray(array[:]) for key, array in arrays.items() if key not in _PIXELS}
        shapes = {key: (array.shape, array.dtype) for key, array in arrays.items() if key in _PIXELS}

        def pixels(key: str) -> Iterator[NDArray[Any]]:
            stored = next(one for one in keys if _SYNONYMS.get(one, one) == key)
            with open_arrays(path, root, [stored], name) as again:
                yield from _entries(again[stored], small.get("rows"), name)

        return contents_of(ArraySet(name, shapes, small, pixels, described), progress)


_PIXELS = ("images", "masks", "instances")


def _find_root(archive: SafeArchive) -> str | None:
    """Return the folder of the group: that of the outermost array of images or features; None where there is none."""
    arrays = {key for key, plain in _SYNONYMS.items() if plain == "images"} | {"images", "features"}
    found = [
        member.parts[:-2]
        for member in archive.members
        if member.name in {".zarray", "zarr.json"} and len(member.parts) > 1 and member.parts[-2] in arrays
    ]
    return "/".join(sorted(found, key=len)[0]) if found else None


def _described(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the group says of itself: a manifest of PathoLearn's own, or its plain attributes."""
    manifest = attributes.get(_MANIFEST)
    return dict(manifest) if isinstance(manifest, dict) else dict(attributes)


def _entries(array: Any, rows: NDArray[Any] | None, name: str) -> Iterator[NDArray[Any]]:
    """Yield the samples of an array, a chunk or shard at a time."""
    at_once = (array.shards or array.chunks)[0]
    held, first = np.empty(0), -1
    for row in range(array.shape[0]) if rows is None else rows.tolist():
        if not 0 <= row < array.shape[0]:
            raise ArchiveError(f"The array rows in {name!r} has {row}, which is no row.", "Export the set anew.")
        if first < 0 or not first <= row < first + len(held):
            first = row - row % at_once
            with damage_named(name):
                held = np.asarray(array[first : first + at_once])
        yield held[row - first]
