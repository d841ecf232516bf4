"""One version of a data set on disk: a zarr v3 group, opened for reading; `writing.py` writes it.

::

    <version>.zarr/
      zarr.json      the group; its attribute "patholearn" is the manifest
      images         uint8[n,H,W,C]    one sample a chunk, in shards; not in a table without images
      masks          uint8[n,H,W]      likewise, where there are masks
      instances      uint16[n,H,W]     likewise, where objects are told apart; 0 is none
      labels         int64[n]          class indices, where samples have a class
      tags           uint8[n,C]        0 or 1 for each class, where samples have several labels
      values         float32[n,C]      the numbers to be told, where they are not classes
      features       float32[n,F]      the row of the table of each sample, where there is one
      splits         uint8[n]          0 train, 1 valid, 2 test
      names          string[n]         where each sample came from
      groups         string[n]         the patient or slide of each sample, where that is known
      coordinates    int64[n,2]        x, y on the slide, in pixels of the full resolution, where they are known
      folds          uint8[n]          the fold of each sample, where there are folds; 255 in the test split
      rows           int64[n]          the row of each sample in images, masks and instances; absent where they agree

Any zarr v3 library can read it. Nothing in it changes once it is written. Versions share the files of the pixels that
they have in common (hard links): only a version that leaves out samples has `rows`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from patholearn_lab.datasets.card import read_edits
from patholearn_lab.datasets.manifest import NO_LABEL, SPLITS, Manifest, Split
from patholearn_lab.datasets.shards import ShardReader
from patholearn_lab.errors import DatasetError, InvalidInputError, SampleNotFoundError

MANIFEST_KEY = "patholearn"
PIXEL_TYPES = {"images": "uint8", "masks": "uint8", "instances": "uint16"}
NO_FOLD = 255
"""What stands for the fold of a sample that is in none: those of the test split."""


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the store at `folder` without opening its arrays (or importing zarr).

    What was said about the set later (``card.py``) is in it.

    Raises
    ------
    DatasetError
        When the folder holds no whole store.
    """
    try:
        stored = json.loads((folder / "zarr.json").read_text())["attributes"][MANIFEST_KEY]
        return Manifest.model_validate({**stored, **read_edits(folder.parent).said()})
    except (OSError, KeyError, TypeError, ValueError, ValidationError) as error:
        raise DatasetError(
            f"{str(folder)!r} does not hold a data set of PathoLearn Lab: {type(error).__name__}: {error}",
            "Delete that folder, then make or import the data set again.",
        ) from error


class DatasetStore:
    """One version of a data set, open for reading. Samples are numbered from 0 in the order of import.

    Parameters
    ----------
    folder
        The zarr group.

    Raises
    ------
    DatasetError
        When the folder holds no whole store.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = read_manifest(folder)
        self._readers: dict[str, ShardReader] = {}
        self._columns: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return self.manifest.total

    def indices(
        self, split: Split | None = None, class_name: str | None = None, fold: int | None = None
    ) -> NDArray[np.int64]:
        """Return the numbers of the samples of a split, of a class, of both, or of all: ascending ``int64[n]``.

        With a `fold` the samples of that fold are ``valid``, and those of all others ``train``.

        Raises
        ------
        InvalidInputError
            When there is no such split, class or fold.
        """
        chosen = np.ones(len(self), bool)
        if split is not None:
            chosen &= self.splits(fold) == self._code("split", split, SPLITS)
        if class_name is not None:
            chosen &= self.labels() == self._code("class", class_name, self.manifest.classes)
        return np.flatnonzero(chosen).astype(np.int64)

    def images(self, indices: Iterable[int]) -> NDArray[np.uint8]:
        """Return images in the order asked for: ``uint8[n,H,W,C]``."""
        return self._read("images", indices)

    def masks(self, indices: Iterable[int]) -> NDArray[np.uint8]:
        """Return masks in the order asked for: ``uint8[n,H,W]``."""
        return self._read("masks", indices)

    def instances(self, indices: Iterable[int]) -> NDArray[np.uint16]:
        """Return the objects of each image, numbered from 1 (0 is none): ``uint16[n,H,W]``."""
        return self._read("instances", indices)

    def labels(self, indices: Iterable[int] | None = None) -> NDArray[np.int64]:
        """Return the class indices of samples, or of all: ``int64[n]``.

        Raises
        ------
        DatasetError
            When samples of this set have no class of their own.
        """
        return self.column("labels", indices)

    def tags(self, indices: Iterable[int] | None = None) -> NDArray[np.uint8]:
        """Return which labels samples have, ``uint8[n,classes]`` of 0 and 1; only where they were given as such."""
        return self.column("tags", indices)

    def values(self, indices: Iterable[int] | None = None) -> NDArray[np.float32]:
        """Return the numbers to be told of samples, ``float32[n,classes]``; only where they were given as such."""
        return self.column("values", indices)

    def coordinates(self, indices: Iterable[int] | None = None) -> NDArray[np.int64]:
        """Return x and y of the upper left corners on the slide, in pixels of the full resolution: ``int64[n,2]``."""
        return self.column("coordinates", indices)

    def features(self, indices: Iterable[int] | None = None) -> NDArray[np.float32]:
        """Return the rows of the table of samples, or of all, as they were given: ``float32[n,features]``.

        Raises
        ------
        DatasetError
            When the set has no table.
        """
        return self.column("features", indices)

    def splits(self, fold: int | None = None) -> NDArray[np.uint8]:
        """Return the split of every sample, as its place in ``SPLITS``: ``uint8[n]``; with a `fold` as valid and train.

        Raises
        ------
        InvalidInputError
            When there is no such fold.
        """
        if fold is None:
            return self._splits.copy()
        if not 0 <= fold < self.manifest.folds:
            known = f"It has {self.manifest.folds}, from 0." if self.manifest.folds else "It has no folds."
            raise InvalidInputError(
                f"The data set {self.manifest.id!r} has no fold {fold}. {known}",
                "Make folds with the change split, folds=5, or train without a fold.",
                dataset=self.manifest.id,
            )
        held_out = np.where(self.folds() == fold, SPLITS.index("valid"), SPLITS.index("train")).astype(np.uint8)
        return np.where(self.folds() == NO_FOLD, self._splits, held_out)

    def folds(self) -> NDArray[np.uint8]:
        """Return the fold of every sample, :data:`NO_FOLD` in the test split: ``uint8[n]``."""
        self._ensure_has("folds")
        return self._folds.copy()

    def groups(self) -> list[str] | None:
        """Return the patient or slide of every sample; None where nobody said."""
        return [str(group) for group in self._groups] if "groups" in self.manifest.arrays else None

    def names(self, indices: Iterable[int]) -> list[str]:
        """Return where samples came from, such as their file names in the archive."""
        return [str(self._names[index]) for index in self._ensure_inside(indices)]

    def split_of(self, index: int) -> Split:
        """Return the split of one sample."""
        return SPLITS[int(self._splits[self._ensure_inside([index])[0]])]

    def class_of(self, index: int) -> str | None:
        """Return the class name of one sample, or None where samples have none."""
        label = int(self.labels([index])[0]) if "labels" in self.manifest.arrays else NO_LABEL
        return None if label == NO_LABEL else self.manifest.classes[label]

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "manifest": self.manifest, "_readers": {}, "_columns": {}}

    def column(self, key: str, indices: Iterable[int] | None) -> NDArray[Any]:
        """Return an array that is kept in memory: of samples, or a copy of all."""
        self._ensure_has(key)
        if key not in self._columns:
            self._columns[key] = self._array(key)
        column = self._columns[key]
        return column.copy() if indices is None else column[self._ensure_inside(indices)]

    @cached_property
    def _splits(self) -> NDArray[np.uint8]:
        return np.asarray(self._array("splits"), np.uint8)

    @cached_property
    def _names(self) -> NDArray[Any]:
        return self._array("names")

    @cached_property
    def _groups(self) -> NDArray[Any]:
        return self._array("groups")

    @cached_property
    def _folds(self) -> NDArray[np.uint8]:
        return np.asarray(self._array("folds"), np.uint8)

    @cached_property
    def rows(self) -> NDArray[np.int64] | None:
        """In which row of the arrays of pixels each sample is; None where they are in their order."""
        return np.asarray(self._array("rows"), np.int64) if (self.folder / "rows").is_dir() else None

    def _array(self, key: str) -> NDArray[Any]:
        import zarr

        return np.asarray(zarr.open_array(self.folder / key, mode="r")[:])

    def _read(self, key: str, indices: Iterable[int]) -> NDArray[Any]:
        wanted = self._ensure_inside(indices)
        return self.reader(key).read((wanted if self.rows is None else self.rows[wanted]).tolist())

    def reader(self, key: str) -> ShardReader:
        """Return what reads the rows of an array of pixels; mind :attr:`rows`.

        Raises
        ------
        DatasetError
            When the set has no such array.
        """
        self._ensure_has(key)
        if key not in self._readers:
            self._readers[key] = ShardReader(self.folder / key)
        return self._readers[key]

    def _ensure_has(self, key: str) -> None:
        there = (*(("images",) if self.manifest.channels else ()), *self.manifest.arrays)
        if key not in there:
            present = ", ".join(there)
            raise DatasetError(
                f"The data set {self.manifest.id!r} has no {key}; it has: {present}.",
                "Choose a data set that has them.",
            )

    def _ensure_inside(self, indices: Iterable[int]) -> NDArray[np.int64]:
        wanted = np.asarray(list(indices) if not isinstance(indices, np.ndarray) else indices, np.int64)
        outside = wanted[(wanted < 0) | (wanted >= len(self))]
        if len(outside):
            raise SampleNotFoundError(
                f"The data set {self.manifest.id!r} has no sample {int(outside[0])}.",
                f"Its samples are numbered from 0 to {len(self) - 1}.",
            )
        return wanted

    def _code(self, noun: str, name: str, names: tuple[str, ...]) -> int:
        if name not in names:
            raise InvalidInputError(
                f"The data set {self.manifest.id!r} has no {noun} {name!r}.", f"Choose one of: {', '.join(names)}."
            )
        return names.index(name)
