"""MedMNIST's .npz files: ``train_images``, ``train_labels``, and the same for ``val`` and ``test``.

Labels are class numbers, one for each image, or a row of 0 and 1 where an image may show several findings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.npy_arrays import (
    StoredArray,
    array_limits,
    as_image,
    find_array,
    holds_arrays,
    image_shape,
)
from patholearn_lab.datasets.public import public_named
from patholearn_lab.datasets.splits import TEST, TRAIN, VALID, fill_missing_splits
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

_PARTS = {"train": TRAIN, "val": VALID, "test": TEST}
_MOST_CLASSES = 1_000
_HINT = "MedMNIST's files have train_images, train_labels, val_images, val_labels, test_images and test_labels."


class MedMnist:
    """The importer of MedMNIST's .npz files, with their splits."""

    label = "a .npz of MedMNIST, with train_images, train_labels and so on"
    endings = (".npz",)

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip that holds the arrays of the training split."""
        return holds_arrays(file, ("train_images", "train_labels"))

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the arrays, and return the data set; images are read one by one while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When an array is missing, holds Python objects, or does not fit the others.
        """
        limits = array_limits(limits)
        with open_archive(path, limits, name) as archive:
            parts = [part for part in _PARTS if _has(archive, part)]
            images = [find_array(archive, f"{part}_images", _HINT) for part in parts]
            labels = [find_array(archive, f"{part}_labels", _HINT).read(archive) for part in parts]
        ensure_not_cancelled(progress)
        channels, height, width = _shared_shape(images, name)
        rows = _joined([_rows(*pair, name) for pair in zip(images, labels, strict=True)], name)
        known = public_named(name)
        several = rows.shape[1] > 1
        if several:
            _ensure_tags(rows, name)
        count = rows.shape[1] if several else int(rows.max()) + 1
        classes = known.classes if known and len(known.classes) == count else tuple(map(str, range(count)))
        lengths = [len(image) for image in images]
        codes = np.repeat(np.array([_PARTS[part] for part in parts], np.uint8), lengths)
        alike = np.zeros(len(rows), np.int64) if several else rows[:, 0]
        if not several:
            _ensure_trainable(rows[codes == TRAIN, 0], count, classes, name)
        splits, notes = fill_missing_splits(alike, codes)
        if known and known.ordered:
            notes = ("The classes are grades: each is more than the one before.", *notes)

        def samples() -> Iterator[Sample]:
            with open_archive(path, limits, name) as archive:
                for array in images:
                    yield from (Sample(as_image(row)) for row in array.rows(archive))

        return Contents(
            name=known.name if known else PurePosixPath(name).stem,
            task="multilabel" if several else "classification",
            classes=classes,
            channels=channels,
            height=height,
            width=width,
            names=[f"{part}/{number}" for part, n in zip(parts, lengths, strict=True) for number in range(n)],
            labels=None if several else rows[:, 0],
            tags=rows.astype(np.uint8) if several else None,
            splits=splits,
            samples=samples,
            description=f"{known.description.split(':')[0]}." if known else f"{len(rows):,} images from {name!r}.",
            source=f"{name}, {known.homepage}" if known else name,
            licence=known.licence if known else "",
            notes=("The splits are those of the file.", *notes),
        )


def _has(archive: SafeArchive, part: str) -> bool:
    """Return whether either array of a split is there: one of the two alone is missed by its name."""
    return any(archive.find(f"{part}_{what}.npy") for what in ("images", "labels"))


def _shared_shape(images: Sequence[StoredArray], name: str) -> tuple[Any, int, int]:
    shapes = [image_shape(array) for array in images]
    for array, shape in zip(images, shapes, strict=True):
        if shape != shapes[0]:
            raise ArchiveError(
                f"The images of {name!r} are {images[0].shape[1:]} in {images[0].key}, but {array.shape[1:]} in "
                f"{array.key} (height, width, channels).",
                "All images of a data set must have one size.",
                file=f"{array.key}.npy",
            )
    return shapes[0]


def _rows(images: StoredArray, labels: NDArray[Any], name: str) -> NDArray[np.int64]:
    """Return labels as ``int64[n, 1 or classes]``, at least 0."""
    key = images.key.replace("_images", "_labels")
    rows = labels[:, np.newaxis] if labels.ndim == 1 else labels
    if labels.dtype.kind not in "iub" or rows.ndim != 2 or len(rows) != len(images) or not rows.shape[1]:
        raise ArchiveError(
            f"The array {key!r} in {name!r} is {labels.dtype} of shape {labels.shape}; there are {len(images):,} "
            "images.",
            "Labels must be integers: one for each image, or a row of 0 and 1.",
            file=f"{key}.npy",
        )
    wrong = np.argwhere((rows < 0) | (rows >= _MOST_CLASSES))
    if len(wrong):
        raise ArchiveError(
            f"The array {key!r} in {name!r} has the label {rows[tuple(wrong[0])]} for image {wrong[0][0]}.",
            f"Class numbers count from 0, and there are at most {_MOST_CLASSES:,}.",
            file=f"{key}.npy",
        )
    return rows.astype(np.int64)


def _joined(parts: Sequence[NDArray[np.int64]], name: str) -> NDArray[np.int64]:
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        raise ArchiveError(
            f"The labels of the splits in {name!r} have {' and '.join(map(str, sorted(widths)))} columns.",
            "Give all splits the same columns of labels.",
            file=name,
        )
    return np.concatenate(parts)


def _ensure_tags(rows: NDArray[np.int64], name: str) -> None:
    wrong = np.argwhere(rows > 1)
    if len(wrong):
        row, column = wrong[0].tolist()
        raise ArchiveError(
            f"The labels in {name!r} have {rows.shape[1]} columns, but {rows[row, column]} in column {column} of image "
            f"{row}.",
            "With several columns each says whether one finding is there: 0 or 1. Give one column for class numbers.",
            file=name,
        )


def _ensure_trainable(train: NDArray[np.int64], count: int, classes: Sequence[str], name: str) -> None:
    there = np.bincount(train, minlength=count)
    if count < 2:
        raise ArchiveError(f"{name!r} holds {count} class; telling classes apart needs two.", _HINT, file=name)
    if not there.all():
        missing = int(np.flatnonzero(there == 0)[0])
        raise ArchiveError(
            f"The class {missing} ({classes[missing]}) of {name!r} has no images in train_images.",
            "Number the classes from 0 without gaps, and have each in the training split.",
            file="train_labels.npy",
        )
