"""The .npz files of Keras' data sets (MNIST and its relatives): ``x_train``, ``y_train``, ``x_test``, ``y_test``.

``features_train`` and ``features_test`` (numbers, samples × features) may be there as well, and ``feature_names``.
"""

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
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.metadata import LONGEST_NAME, MOST_FEATURES
from patholearn_lab.datasets.splits import TEST, TRAIN, fill_missing_splits
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

KEYS = ("x_train", "y_train", "x_test", "y_test")
TABLE_KEYS = ("features_train", "features_test")
NAMES_KEY = "feature_names"
_HINT = "Save it with numpy.savez_compressed(file, x_train=…, y_train=…, x_test=…, y_test=…)."


class KerasNpz:
    """The importer of Keras' .npz files. The test split is kept; validation is cut from train."""

    label = "a .npz with x_train, y_train, x_test and y_test"
    endings = (".npz",)

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip that holds the four arrays."""
        try:
            with zipfile.ZipFile(file.path) as archive:
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
            there = {member.path.removesuffix(".npy") for member in archive.members}
            further = [key for key in (*TABLE_KEYS, NAMES_KEY) if key in there]
            if further:
                further = list(dict.fromkeys([*TABLE_KEYS, *further]))  # One of the two alone is missed by its name.
            arrays = {}
            for number, key in enumerate([*KEYS, *further]):
                ensure_not_cancelled(progress)
                progress.report(number, len(KEYS) + len(further), "Reading arrays")
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
        table = _as_table(arrays, name) if further else None
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
            features=_feature_names(arrays, table, name) if table is not None else (),
            table=table,
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


def _as_table(arrays: dict[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """Return the features of all samples, those of the training first: finite ``float32[n,features]``."""
    parts: list[NDArray[np.float32]] = []
    for key, images in zip(TABLE_KEYS, ("x_train", "x_test"), strict=True):
        array = arrays[key]
        rows, width = len(arrays[images]), parts[0].shape[1] if parts else array.shape[-1] if array.ndim else 0
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
