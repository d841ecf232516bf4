"""A data set that is given as arrays with one entry a sample: checked against each other, and made into contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.dividing import usual_splits
from patholearn_lab.datasets.manifest import NO_LABEL, NOT_ANNOTATED, SPLITS, Task
from patholearn_lab.datasets.splits import fill_missing_splits, split_named
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

_MOST_CLASSES = 1_000
_TASKS: dict[str, Task] = {
    "labels": "classification",
    "masks": "segmentation",
    "tags": "multilabel",
    "values": "regression",
}


@dataclass(frozen=True)
class ArraySet:
    """Arrays of one entry a sample.

    Parameters
    ----------
    name
        What messages call the file.
    shapes
        Shape and dtype of ``images``, ``masks`` and ``instances``, as far as they are there.
    columns
        The other arrays, whole: ``labels``, ``tags``, ``values``, ``features``, ``splits``, ``names``, ``groups``,
        ``coordinates``.
    pixels
        Gives the entries of one of `shapes`, in order.
    described
        What is said of the set: ``name``, ``classes``, ``licence`` and so on, unchecked.
    """

    name: str
    shapes: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]
    columns: Mapping[str, NDArray[Any]]
    pixels: Callable[[str], Iterator[NDArray[Any]]]
    described: Mapping[str, Any]


def contents_of(given: ArraySet, progress: Progress) -> Contents:
    """Return the data set.

    Raises
    ------
    ArchiveError
        When arrays are missing, have other types or lengths than they must, or hold values that mean nothing.
    """
    ensure_not_cancelled(progress)
    total, (channels, height, width), first = _format(given)
    compared = next((key for key in _TASKS if key in given.columns or key in given.shapes), None)
    if compared is None:
        _refuse(given, "labels", "has neither labels, masks, tags nor values")
    for key, column in given.columns.items():
        if key != "rows" and len(column) != total:
            _refuse(given, key, f"has {len(column):,} entries, but there are {total:,} samples")
    classes, mask_classes = _names(given, "classes"), _names(given, "mask_classes")
    _ensure_masks(given, total, (height, width))
    labels = _labels(given)
    tags, values, table = _columns(given, "tags"), _columns(given, "values"), _columns(given, "features")
    if tags is not None and not np.isin(tags, (0, 1)).all():
        _refuse(given, "tags", f"has {tags[~np.isin(tags, (0, 1))][0]:g}, but says of each class only 0 or 1")
    if not classes:
        classes = tuple(map(str, range(_count(labels, tags, values, given))))
    if labels is not None and int(labels.max(initial=0)) >= len(classes):
        _refuse(given, "labels", f"has the label {int(labels.max())}, but there are {len(classes)} classes")
    splits, notes = _splits(given, labels, total)
    features = _feature_names(given, table)

    def samples() -> Iterator[Sample]:
        pixels = {key: given.pixels(key) for key in given.shapes}
        for image in pixels.pop("images"):
            arrays = {key: next(entries) for key, entries in pixels.items()}
            yield Sample(
                _as_image(image, channels, first),
                _as_mask(given, arrays.get("masks"), mask_classes or classes),
                _as_objects(given, arrays.get("instances")),
            )

    said = given.described
    names, groups = given.columns.get("names"), given.columns.get("groups")
    return Contents(
        name=_text(said, "name") or PurePosixPath(given.name).name.split(".")[0],
        task=_TASKS[compared],
        classes=classes,
        channels=channels,
        height=height,
        width=width,
        names=[str(number) for number in range(total)] if names is None else [str(one) for one in names],
        labels=labels,
        tags=None if tags is None else tags.astype(np.uint8),
        values=values,
        splits=splits,
        samples=samples,
        masks="masks" in given.shapes,
        instances="instances" in given.shapes,
        mask_classes=mask_classes,
        features=features,
        table=table,
        groups=None if groups is None else [str(group) for group in groups],
        grouped_by=_text(said, "grouped_by"),
        coordinates=None if "coordinates" not in given.columns else given.columns["coordinates"].astype(np.int64),
        description=_text(said, "description") or f"{total:,} samples, imported from {given.name!r}.",
        source=_text(said, "source") or given.name,
        licence=_text(said, "licence"),
        notes=(*(str(note)[:500] for note in said.get("notes") or () if isinstance(note, str)), *notes),
        drawn=said.get("drawn") is True,
        computed_labels=said.get("computed_labels") is True,
    )


def _format(given: ArraySet) -> tuple[int, tuple[Literal[0, 1, 3], int, int], bool]:
    """Return the samples, channels, height and width of the images, and whether channels come first."""
    if "images" not in given.shapes:
        if "features" not in given.columns:
            _refuse(given, "images", "is missing")
        return len(given.columns["features"]), (0, 0, 0), False
    shape, dtype = given.shapes["images"]
    # 3 × 3 pixels apart, a last axis of 1 or 3 is the channels; else they stand behind the samples, as in torch.
    first = len(shape) == 4 and shape[3] not in {1, 3} and shape[1] in {1, 3}
    sizes = (shape[2], shape[3], shape[1]) if first else (*shape[1:], 1)[:3]
    if dtype != np.uint8 or len(shape) not in {3, 4} or min(shape) < 1 or sizes[2] not in {1, 3}:
        hint = "Images must be uint8, of shape (samples, height, width) or (samples, height, width, 1 or 3)."
        if dtype.kind == "f":
            hint += " Numbers from 0 to 1 become so by (images * 255).round().astype('uint8')."
        _refuse(given, "images", f"is {dtype} of shape {shape}", hint)
    return shape[0], (3 if sizes[2] == 3 else 1, sizes[0], sizes[1]), first


def _as_image(entry: NDArray[Any], channels: int, first: bool) -> NDArray[np.uint8]:
    """Return an entry of the images as ``uint8[H,W,C]``."""
    image = np.moveaxis(entry, 0, -1) if first else entry
    return np.ascontiguousarray(image.reshape(*image.shape[:2], channels))


def _as_mask(given: ArraySet, mask: NDArray[Any] | None, classes: tuple[str, ...]) -> NDArray[np.uint8] | None:
    if mask is None:
        return None
    wrong = mask[(mask < 0) | ((mask >= len(classes)) & (mask != NOT_ANNOTATED))]
    if wrong.size:
        names = ", ".join(classes)[:200]
        _refuse(given, "masks", f"has the value {wrong[0]}, but there are {len(classes)} classes ({names})")
    return mask.astype(np.uint8)


def _as_objects(given: ArraySet, objects: NDArray[Any] | None) -> NDArray[np.uint16] | None:
    if objects is None:
        return None
    if objects.min(initial=0) < 0 or objects.max(initial=0) >= 2**16:
        _refuse(given, "instances", f"has the number {objects.max()}", "Objects are numbered from 1 to 65,535.")
    return objects.astype(np.uint16)


def _ensure_masks(given: ArraySet, total: int, size: tuple[int, int]) -> None:
    for key in ("masks", "instances"):
        if key in given.shapes:
            shape, dtype = given.shapes[key]
            if shape != (total, *size) or dtype.kind not in "bui":
                due = f"integers of shape {(total, *size)}, one for each pixel"
                _refuse(given, key, f"is {dtype} of shape {shape}", f"It must be {due}.")


def _labels(given: ArraySet) -> NDArray[np.int64] | None:
    labels = given.columns.get("labels")
    if labels is None:
        return None
    if labels.dtype.kind not in "iub" or labels.size != len(labels):
        _refuse(given, "labels", f"is {labels.dtype} of shape {labels.shape}", "Labels are class numbers from 0.")
    labels = labels.reshape(-1).astype(np.int64)
    wrong = np.flatnonzero(((labels < 0) & (labels != NO_LABEL)) | (labels >= _MOST_CLASSES))
    if len(wrong):
        _refuse(given, "labels", f"has the label {labels[wrong[0]]} for sample {wrong[0]}", "They count from 0.")
    return labels


def _columns(given: ArraySet, key: str) -> NDArray[np.float32] | None:
    """Return an array of numbers, a row a sample."""
    values = given.columns.get(key)
    if values is None:
        return None
    if values.dtype.kind not in "biuf" or values.ndim != 2 or not values.shape[1]:
        _refuse(given, key, f"is {values.dtype} of shape {values.shape}", "It must be numbers, a row for each sample.")
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    wrong = np.argwhere(~np.isfinite(numbers))
    if len(wrong):
        row, column = wrong[0].tolist()
        _refuse(given, key, f"has {values[row, column]} in column {column} of sample {row}", "Give finite numbers.")
    return numbers


def _feature_names(given: ArraySet, table: NDArray[np.float32] | None) -> tuple[str, ...]:
    if table is None:
        return ()
    names = _names(given, "features") or tuple(f"feature_{number + 1}" for number in range(table.shape[1]))
    if len(names) != table.shape[1]:
        _refuse(given, "features", f"has {table.shape[1]} columns, but {len(names)} names")
    return names


def _count(
    labels: NDArray[np.int64] | None,
    tags: NDArray[np.float32] | None,
    values: NDArray[np.float32] | None,
    given: ArraySet,
) -> int:
    """Return how many classes there are where nobody named them."""
    if labels is not None:
        return int(labels.max(initial=0)) + 1
    columns = tags if tags is not None else values
    if columns is None:
        _refuse(given, "masks", "has values that nobody named", "Say what they mean: classes=['background', 'tumor'].")
    return int(columns.shape[1])


def _splits(given: ArraySet, labels: NDArray[np.int64] | None, total: int) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    alike = np.zeros(total, np.int64) if labels is None else labels
    said = given.columns.get("splits")
    if said is None:
        groups = given.columns.get("groups")
        splits, note = usual_splits(alike, None if groups is None else [str(one) for one in groups], "samples")
        return splits, (note,)
    if said.dtype.kind in "iu":
        wrong = said[(said < 0) | (said >= len(SPLITS))]
        codes = said
    else:
        named = [split_named(str(one)) for one in said]
        wrong = said[[one is None for one in named]]
        codes = np.array([SPLITS.index(one) if one else 0 for one in named])
    if len(wrong):
        _refuse(given, "splits", f"has {str(wrong[0])[:80]!r}", "Give 0 train, 1 valid, 2 test, or these names.")
    return fill_missing_splits(alike, codes.astype(np.uint8))


def _names(given: ArraySet, key: str) -> tuple[str, ...]:
    """Return names that a description gives, checked; none where it gives none."""
    found = given.described.get(key) or ()
    names = tuple(str(name) for name in found) if isinstance(found, list | tuple) else ("", "")
    if len(set(names)) != len(names) or len(names) > _MOST_CLASSES or not all(0 < len(name) <= 100 for name in names):
        _refuse(given, key, f"is no list of at most {_MOST_CLASSES:,} different names", "Give each class a name.")
    return names


def _text(said: Mapping[str, Any], key: str) -> str:
    found = said.get(key)
    return found[:2000] if isinstance(found, str) else ""


def _refuse(given: ArraySet, key: str, problem: str, hint: str = "") -> NoReturn:
    raise ArchiveError(
        f"The array {key!r} of {given.name!r} {problem}.",
        hint or "All arrays have one entry for each sample, in the same order.",
        file=key,
    )
