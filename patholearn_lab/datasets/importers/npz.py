"""The .npz files of Keras' data sets (MNIST and its relatives): ``x_train``, ``y_train``, ``x_test``, ``y_test``."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.splits import TEST, TRAIN, fill_missing_splits
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

KEYS = ("x_train", "y_train", "x_test", "y_test")
_HINT = "Save it with numpy.savez_compressed(file, x_train=…, y_train=…, x_test=…, y_test=…)."


class KerasNpz:
    """The importer of Keras' .npz files. The test split is kept; validation is cut from train."""

    label = "a .npz with x_train, y_train, x_test and y_test"

    def sniff(self, path: Path) -> bool:
        """Return whether the file is a zip that holds the four arrays."""
        try:
            with zipfile.ZipFile(path) as archive:
                return {f"{key}.npy" for key in KEYS} <= set(archive.namelist())
        except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError):
            return False

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Return the data set, its arrays in memory.

        Raises
        ------
        ArchiveError, TooLargeError
            When an array is missing, holds Python objects, or does not fit the others.
        """
        with open_archive(path, limits, name) as archive:
            arrays = {}
            for number, key in enumerate(KEYS):
                ensure_not_cancelled(progress)
                progress.report(number, len(KEYS), "Reading arrays")
                arrays[key] = _read_array(archive, key)
        train, test = (_as_images(arrays[key], key, name) for key in ("x_train", "x_test"))
        if train.shape[1:] != test.shape[1:]:
            raise ArchiveError(
                f"The images of {name!r} are {train.shape[1:]} in x_train, but {test.shape[1:]} in x_test "
                "(height, width, channels).",
                "All images of a data set must have one size.",
                file="x_test.npy",
            )
        images = np.concatenate([train, test])
        raw = [_as_labels(arrays[f"y_{part}"], arrays[f"x_{part}"], f"y_{part}", name) for part in ("train", "test")]
        values, labels = np.unique(np.concatenate(raw), return_inverse=True)
        classes = tuple(str(value) for value in values)
        _ensure_trainable(values, raw[0], name)
        lengths = [len(part) for part in raw]
        splits, notes = fill_missing_splits(labels, np.repeat(np.array([TRAIN, TEST], np.uint8), lengths))
        channels: Literal[1, 3] = 1 if images.shape[3] == 1 else 3

        def samples() -> Iterator[Sample]:
            for image in images:
                yield Sample(image)

        return Contents(
            name=PurePosixPath(name).stem,
            task="classification",
            classes=classes,
            channels=channels,
            height=images.shape[1],
            width=images.shape[2],
            names=[
                f"{part}/{number}" for part, n in zip(("train", "test"), lengths, strict=True) for number in range(n)
            ],
            labels=labels.astype(np.int64),
            splits=splits,
            samples=samples,
            description=f"{len(images):,} images of {len(classes)} classes, imported from {name!r}.",
            source=name,
            notes=("The test split is that of the file.", *notes),
        )


def _read_array(archive: SafeArchive, key: str) -> NDArray[Any]:
    """Read one array. Its header is checked first: it could ask for far more memory than the file holds."""
    file = f"{key}.npy"
    member = next((member for member in archive.members if member.path == file), None)
    if member is None:
        raise ArchiveError(f"{archive.name!r} lacks the array {key!r}.", _HINT, file=file)
    data = archive.read(member)
    try:
        stream = io.BytesIO(data)
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise ArchiveError(
                f"The array {key!r} in {archive.name!r} holds Python objects, which could run code when read.",
                "Save it as numbers (dtype uint8).",
                file=file,
            )
        if int(np.prod(shape, dtype=object)) * dtype.itemsize != len(data) - stream.tell():
            raise ValueError(f"its header says {shape} of {dtype}, which is not its length")
        return np.load(io.BytesIO(data), allow_pickle=False)  # type: ignore[no-any-return]
    except (ValueError, EOFError, OSError) as error:
        raise ArchiveError(f"The array {key!r} in {archive.name!r} is damaged: {error}.", _HINT, file=file) from error


def _as_images(array: NDArray[Any], key: str, name: str) -> NDArray[np.uint8]:
    """Return `array` as uint8[n,H,W,1 or 3]."""
    if array.dtype == np.uint8 and array.ndim == 3:
        return array[..., np.newaxis]
    if array.dtype == np.uint8 and array.ndim == 4 and array.shape[3] in {1, 3}:
        return array
    raise ArchiveError(
        f"The array {key!r} in {name!r} is {array.dtype} of shape {array.shape}.",
        "Images must be uint8, of shape (samples, height, width) or (samples, height, width, 1 or 3).",
        file=f"{key}.npy",
    )


def _as_labels(array: NDArray[Any], images: NDArray[Any], key: str, name: str) -> NDArray[np.int64]:
    """Return `array` as int64[n], one for each image. Keras writes some sets as (n, 1)."""
    if array.dtype.kind not in "iu" or array.size != len(images) or array.shape[:1] != (len(images),):
        raise ArchiveError(
            f"The array {key!r} in {name!r} is {array.dtype} of shape {array.shape}; there are {len(images):,} images.",
            "Labels must be integers, one for each image.",
            file=f"{key}.npy",
        )
    return array.reshape(-1).astype(np.int64)


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
