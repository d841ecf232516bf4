"""The .npz files of Keras' data sets (MNIST and its relatives): ``x_train``, ``y_train``, ``x_test``, ``y_test``.

``features_train`` and ``features_test`` (numbers, samples × features) may be there as well, and ``feature_names``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.metadata import LONGEST_NAME, MOST_FEATURES
from patholearn_lab.datasets.importers.npy_arrays import (
    StoredArray,
    array_limits,
    as_image,
    find_array,
    holds_arrays,
    image_shape,
)
from patholearn_lab.datasets.splits import TEST, TRAIN, fill_missing_splits
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

IMAGE_KEYS = ("x_train", "x_test")
LABEL_KEYS = ("y_train", "y_test")
KEYS = (*IMAGE_KEYS, *LABEL_KEYS)
TABLE_KEYS = ("features_train", "features_test")
NAMES_KEY = "feature_names"
_HINT = "Save it with numpy.savez_compressed(file, x_train=…, y_train=…, x_test=…, y_test=…)."


class KerasNpz:
    """The importer of Keras' .npz files. The test split is kept; validation is cut from train."""

    label = "a .npz with x_train, y_train, x_test and y_test"
    endings = (".npz",)

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip that holds the four arrays."""
        return holds_arrays(file, KEYS)

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the arrays, and return the data set; images are read one by one while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When an array is missing, holds Python objects, or does not fit the others.
        """
        limits = array_limits(limits)
        with open_archive(path, limits, name) as archive:
            images = [find_array(archive, key, _HINT) for key in IMAGE_KEYS]
            labels = [find_array(archive, key, _HINT).read(archive) for key in LABEL_KEYS]
            ensure_not_cancelled(progress)
            there = {member.path.removesuffix(".npy") for member in archive.members}
            further = [key for key in (*TABLE_KEYS, NAMES_KEY) if key in there]
            if further:
                further = list(dict.fromkeys([*TABLE_KEYS, *further]))  # One of the two alone is missed by its name.
            arrays = {key: find_array(archive, key, _HINT).read(archive) for key in further}
        channels, height, width = image_shape(images[0])
        if image_shape(images[1]) != (channels, height, width):
            raise ArchiveError(
                f"The images of {name!r} are {images[0].shape[1:]} in x_train, but {images[1].shape[1:]} in x_test "
                "(height, width, channels).",
                "All images of a data set must have one size.",
                file="x_test.npy",
            )
        raw = [_as_labels(part, array, name) for part, array in zip(labels, images, strict=True)]
        values, indices = np.unique(np.concatenate(raw), return_inverse=True)
        classes = tuple(str(value) for value in values)
        _ensure_trainable(values, raw[0], name)
        lengths = [len(part) for part in raw]
        splits, notes = fill_missing_splits(indices, np.repeat(np.array([TRAIN, TEST], np.uint8), lengths))
        table = _as_table(arrays, lengths, name) if further else None

        def samples() -> Iterator[Sample]:
            with open_archive(path, limits, name) as archive:
                for array in images:
                    yield from (Sample(as_image(row)) for row in array.rows(archive))

        return Contents(
            name=PurePosixPath(name).stem,
            task="classification",
            classes=classes,
            channels=channels,
            height=height,
            width=width,
            names=[
                f"{part}/{number}" for part, n in zip(("train", "test"), lengths, strict=True) for number in range(n)
            ],
            labels=indices.astype(np.int64),
            splits=splits,
            samples=samples,
            features=_feature_names(arrays, table, name) if table is not None else (),
            table=table,
            description=f"{sum(lengths):,} images of {len(classes)} classes, imported from {name!r}.",
            source=name,
            notes=("The test split is that of the file.", *notes),
        )


def _as_labels(array: NDArray[Any], images: StoredArray, name: str) -> NDArray[np.int64]:
    """Return `array` as int64[n], one for each image. Keras writes some sets as (n, 1)."""
    key = images.key.replace("x_", "y_")
    if array.dtype.kind not in "iu" or array.size != len(images) or array.shape[:1] != (len(images),):
        raise ArchiveError(
            f"The array {key!r} in {name!r} is {array.dtype} of shape {array.shape}; there are {len(images):,} images.",
            "Labels must be integers, one for each image.",
            file=f"{key}.npy",
        )
    return array.reshape(-1).astype(np.int64)


def _as_table(arrays: dict[str, NDArray[Any]], lengths: Sequence[int], name: str) -> NDArray[np.float32]:
    """Return the features of all samples, those of the training first: finite ``float32[n,features]``."""
    parts: list[NDArray[np.float32]] = []
    for key, rows in zip(TABLE_KEYS, lengths, strict=True):
        array = arrays[key]
        width = parts[0].shape[1] if parts else array.shape[-1] if array.ndim else 0
        if array.dtype.kind not in "biuf" or array.shape != (rows, width) or not 1 <= width <= MOST_FEATURES:
            raise ArchiveError(
                f"The array {key!r} in {name!r} is {array.dtype} of shape {array.shape}; there are {rows:,} images.",
                f"Features must be numbers, of shape (samples, features), with the same features in both arrays: 1 to "
                f"{MOST_FEATURES:,}.",
                file=f"{key}.npy",
            )
        with np.errstate(over="ignore"):
            part = array.astype(np.float32)
        wrong = np.argwhere(~np.isfinite(part))
        if len(wrong):
            row, column = wrong[0].tolist()
            raise ArchiveError(
                f"The array {key!r} in {name!r} has {array[row, column]} as feature {column} of sample {row}.",
                "A feature is a finite number for every sample. Leave samples out that lack it; or write the mean "
                "there, and add a feature of 0 and 1 that says where it was missing.",
                file=f"{key}.npy",
            )
        parts.append(part)
    return np.concatenate(parts)


def _feature_names(arrays: dict[str, NDArray[Any]], table: NDArray[np.float32], name: str) -> tuple[str, ...]:
    """Return what the features are called; feature_1, feature_2, … where the file does not say."""
    count = table.shape[1]
    given = arrays.get(NAMES_KEY)
    if given is None:
        return tuple(f"feature_{number}" for number in range(1, count + 1))
    names = tuple(str(one).strip() for one in given.ravel()) if given.dtype.kind == "U" else ()
    if len(names) != count or len(set(names)) != count or not all(0 < len(one) <= LONGEST_NAME for one in names):
        raise ArchiveError(
            f"The array {NAMES_KEY!r} in {name!r} does not name the {count} features: it is {given.dtype} of shape "
            f"{given.shape}.",
            f"Give {count} different texts of at most {LONGEST_NAME} characters, or leave the array out.",
            file=f"{NAMES_KEY}.npy",
        )
    return names


def _ensure_trainable(values: NDArray[np.int64], train: NDArray[np.int64], name: str) -> None:
    if len(values) < 2:
        raise ArchiveError(f"{name!r} holds {len(values)} class; telling classes apart needs two.", _HINT, file=name)
    if len(values) > 1000:
        raise ArchiveError(
            f"{name!r} holds {len(values):,} different labels; at most 1,000 classes are taken.",
            "Check that y_train holds class numbers.",
            file=name,
        )
    unseen = np.setdiff1d(values, train)
    if len(unseen):
        raise ArchiveError(
            f"The class {unseen[0]} in {name!r} is in y_test, but not in y_train.",
            "A class that is tested must be in the training arrays too.",
            file="y_train.npy",
        )
