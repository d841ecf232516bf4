"""One version of a data set on disk: a zarr v3 group. The only file that knows the names of its arrays.

::

    <version>.zarr/
      zarr.json      the group; its attribute "patholearn" is the manifest
      images         uint8[n,H,W,C]    one sample a chunk, in shards
      masks          uint8[n,H,W]      likewise, where there are masks
      instances      uint16[n,H,W]     likewise, where objects are told apart; 0 is none
      labels         int64[n]          class indices, where samples have a class
      features       float32[n,F]      the row of the table of each sample, where there is one
      splits         uint8[n]          0 train, 1 valid, 2 test
      names          string[n]         where each sample came from

Any zarr v3 library can read it. Nothing in it changes once it is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.manifest import SPLITS, Manifest, Split
from patholearn_lab.datasets.shards import ShardReader, create_array
from patholearn_lab.datasets.statistics import ChannelMoments, PixelCounts, count_splits, table_moments
from patholearn_lab.errors import DatasetError, InvalidInputError, SampleNotFoundError
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

_MANIFEST = "patholearn"
_DTYPES = {"images": "uint8", "masks": "uint8", "instances": "uint16"}
_REPORT_EVERY = 64


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the store at `folder` without opening its arrays (or importing zarr).

    Raises
    ------
    DatasetError
        When the folder holds no whole store.
    """
    try:
        return Manifest.model_validate(json.loads((folder / "zarr.json").read_text())["attributes"][_MANIFEST])
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

    def __len__(self) -> int:
        return self.manifest.total

    def indices(self, split: Split | None = None, class_name: str | None = None) -> NDArray[np.int64]:
        """Return the numbers of the samples of a split, of a class, of both, or of all: ascending ``int64[n]``.

        Raises
        ------
        InvalidInputError
            When there is no such split or class.
        """
        chosen = np.ones(len(self), bool)
        if split is not None:
            chosen &= self._splits == self._code("split", split, SPLITS)
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
        self._ensure_has("labels")
        return self._labels.copy() if indices is None else self._labels[self._ensure_inside(indices)]

    def features(self, indices: Iterable[int] | None = None) -> NDArray[np.float32]:
        """Return the rows of the table of samples, or of all, as they were given: ``float32[n,features]``.

        Raises
        ------
        DatasetError
            When the set has no table.
        """
        self._ensure_has("features")
        return self._features.copy() if indices is None else self._features[self._ensure_inside(indices)]

    def names(self, indices: Iterable[int]) -> list[str]:
        """Return where samples came from, such as their file names in the archive."""
        return [str(self._names[index]) for index in self._ensure_inside(indices)]

    def split_of(self, index: int) -> Split:
        """Return the split of one sample."""
        return SPLITS[int(self._splits[self._ensure_inside([index])[0]])]

    def class_of(self, index: int) -> str | None:
        """Return the class name of one sample, or None where samples have none."""
        if "labels" not in self.manifest.arrays:
            return None
        return self.manifest.classes[int(self.labels([index])[0])]

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "manifest": self.manifest, "_readers": {}}

    @cached_property
    def _labels(self) -> NDArray[np.int64]:
        return np.asarray(self._array("labels"), np.int64)

    @cached_property
    def _features(self) -> NDArray[np.float32]:
        return np.asarray(self._array("features"), np.float32)

    @cached_property
    def _splits(self) -> NDArray[np.uint8]:
        return np.asarray(self._array("splits"), np.uint8)

    @cached_property
    def _names(self) -> NDArray[Any]:
        return self._array("names")

    def _array(self, key: str) -> NDArray[Any]:
        import zarr

        return np.asarray(zarr.open_array(self.folder / key, mode="r")[:])

    def _read(self, key: str, indices: Iterable[int]) -> NDArray[Any]:
        self._ensure_has(key)
        if key not in self._readers:
            self._readers[key] = ShardReader(self.folder / key)
        return self._readers[key].read(self._ensure_inside(indices).tolist())

    def _ensure_has(self, key: str) -> None:
        if key != "images" and key not in self.manifest.arrays:
            present = ", ".join(("images", *self.manifest.arrays))
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


def write_store(
    folder: Path,
    contents: Contents,
    *,
    id: str,
    name: str = "",
    version: int = 1,
    owner: str = "",
    created_by: str = "",
    progress: Progress | None = None,
    compress: bool = True,
) -> Manifest:
    """Write a data set into the empty folder `folder`, sample by sample, and return its manifest.

    Parameters
    ----------
    folder
        Exists and is empty.
    contents
        What to write.
    id, version, owner, created_by
        What the manifest says about them.
    name
        What people call it; that of `contents` where empty.
    progress
        Told how many samples are stored.
    compress
        Whether samples are compressed with zstd (lossless).

    Raises
    ------
    CancelledError
        When `progress` says so. The caller removes the folder.
    """
    import zarr

    _ensure_table(contents)
    progress = progress or NoProgress()
    group = zarr.open_group(folder, mode="a")
    keys = ["images", *(key for key in ("masks", "instances") if getattr(contents, key))]
    moments = ChannelMoments(contents.channels)
    pixels = PixelCounts(len(contents.mask_classes or contents.classes) if contents.masks else 0)
    digests = _write_samples(folder, keys, contents, (moments, pixels), progress, compress=compress)
    small: dict[str, NDArray[Any]] = {"splits": contents.splits.astype("uint8")}
    if contents.labels is not None:
        small["labels"] = contents.labels.astype("int64")
    if contents.table is not None:
        small["features"] = contents.table.astype("float32")
    feature_mean, feature_std = table_moments(contents.table, contents.splits == SPLITS.index("train"))
    for key, values in small.items():
        group.create_array(key, data=values)
        digests[key] = hashlib.sha256(values.tobytes())
    names = group.create_array("names", shape=(len(contents.names),), dtype=str)
    names[:] = np.array(contents.names, dtype=object)
    manifest = Manifest(
        id=id,
        name=name or contents.name,
        version=version,
        task=contents.task,
        classes=contents.classes,
        channels=contents.channels,
        height=contents.height,
        width=contents.width,
        splits=count_splits(contents.classes, contents.labels, contents.splits),
        mean=moments.mean(),
        std=moments.std(),
        arrays=tuple(key for key in ("labels", "masks", "instances", "features") if key in digests),
        mask_classes=contents.mask_classes,
        mask_pixels=pixels.counts(),
        features=contents.features,
        feature_mean=feature_mean,
        feature_std=feature_std,
        description=contents.description,
        source=contents.source,
        licence=contents.licence,
        notes=contents.notes,
        drawn=contents.drawn,
        computed_labels=contents.computed_labels,
        parameters=contents.parameters,
        created_by=created_by,
        owner=owner,
        content_hash=hashlib.sha256(
            "\n".join(f"{key} {digests[key].hexdigest()}" for key in sorted(digests)).encode()
        ).hexdigest(),
    )
    group.attrs[_MANIFEST] = manifest.model_dump(mode="json")
    return manifest


def _ensure_table(contents: Contents) -> None:
    due = (len(contents.names), len(contents.features))
    found = (len(contents.names), 0) if contents.table is None else contents.table.shape
    if found != due:
        raise ValueError(f"The table has to be {due}, a row a sample and a column a feature; it is {found}.")
    if contents.table is not None and not np.isfinite(contents.table).all():
        raise ValueError("The table holds values that are no finite numbers.")


def _write_samples(
    folder: Path,
    keys: list[str],
    contents: Contents,
    counted: tuple[ChannelMoments, PixelCounts],
    progress: Progress,
    *,
    compress: bool,
) -> dict[str, hashlib._Hash]:
    """Write all samples, count the training images and masks, and return the digest of each array."""
    total, size = len(contents.names), (contents.height, contents.width)
    shapes = {"images": (total, *size, contents.channels), "masks": (total, *size), "instances": (total, *size)}
    writers = {key: create_array(folder, key, shapes[key], _DTYPES[key], compress=compress) for key in keys}
    digests = {key: hashlib.sha256() for key in keys}
    train = contents.splits == SPLITS.index("train")
    written = 0
    for sample in contents.samples():
        if written % _REPORT_EVERY == 0:
            ensure_not_cancelled(progress)
            progress.report(written, total, "Storing images")
        arrays = {"images": sample.image, "masks": sample.mask, "instances": sample.instances}
        for key, writer in writers.items():
            array = arrays[key]
            if array is None:
                raise ValueError(f"Sample {written} ({contents.names[written]!r}) lacks its {key}.")
            digests[key].update(writer.append(array))
        if train[written]:
            moments, pixels = counted
            moments.add(sample.image)
            if sample.mask is not None:
                pixels.add(sample.mask)
        written += 1
    if written != total:
        raise ValueError(f"{total} samples were announced, {written} came.")
    for writer in writers.values():
        writer.close()
    progress.report(total, total, "Storing images")
    return digests
