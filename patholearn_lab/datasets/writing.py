"""Writing a new data set: sample by sample into shards, and what is small as plain arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.ahead import read_ahead
from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.manifest import SPLITS, Manifest
from patholearn_lab.datasets.shard_writing import create_array
from patholearn_lab.datasets.statistics import ChannelMoments, PixelCounts, count_splits, table_moments
from patholearn_lab.datasets.store import MANIFEST_KEY, PIXEL_TYPES
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

_AHEAD_BYTES = 32 * 2**20
"""Samples that are decoded while others are packed may take so much memory."""

REPORT_EVERY = 64
"""After how many samples progress is told, and a cancellation looked for."""

ARRAYS = ("labels", "tags", "values", "masks", "instances", "features", "groups", "coordinates", "folds")
"""What samples may have besides their images, in the order in which cards name them."""

_COLUMN_TYPES = {
    **dict.fromkeys(("splits", "folds", "tags"), "uint8"),
    **dict.fromkeys(("labels", "rows", "coordinates"), "int64"),
    **dict.fromkeys(("features", "values"), "float32"),
}
_WHERE_FROM = frozenset({"names", "rows"})
"""Arrays that say where things lie or came from: equal content may differ in them."""


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
        Whether samples are compressed (without loss).

    Raises
    ------
    CancelledError
        When `progress` says so. The caller removes the folder.
    """
    import zarr

    _ensure_columns(contents)
    progress = progress or NoProgress()
    zarr.open_group(folder, mode="a")
    keys = ["images", *(key for key in ("masks", "instances") if getattr(contents, key))] if contents.channels else []
    moments = ChannelMoments(contents.channels)
    pixels = PixelCounts(len(contents.mask_classes or contents.classes) if contents.masks else 0)
    digests = _write_samples(folder, keys, contents, (moments, pixels), progress, compress=compress)
    columns = {
        "splits": contents.splits,
        "labels": contents.labels,
        "tags": contents.tags,
        "values": contents.values,
        "features": contents.table,
        "groups": contents.groups,
        "coordinates": contents.coordinates,
        "names": contents.names,
    }
    digests |= write_columns(folder, columns)
    feature_mean, feature_std = table_moments(contents.table, contents.splits == SPLITS.index("train"))
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
        arrays=arrays_in(digests),
        sparse=("masks",) if contents.sparse else (),
        mask_classes=contents.mask_classes,
        mask_pixels=pixels.counts(),
        features=contents.features,
        feature_mean=feature_mean,
        feature_std=feature_std,
        description=contents.description,
        source=contents.source,
        licence=contents.licence,
        visibility=contents.visibility,
        notes=contents.notes,
        groups=len(set(contents.groups or ())),
        grouped_by=contents.grouped_by if contents.groups is not None else "",
        drawn=contents.drawn,
        computed_labels=contents.computed_labels,
        parameters=contents.parameters,
        created_by=created_by,
        owner=owner,
        content_hash=content_hash(digests),
        digests=digests,
        fingerprint=_fingerprint(contents.file) if contents.file else "",
    )
    write_manifest(folder, manifest)
    return manifest


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest into the zarr group at `folder`: the last step of writing a store."""
    import zarr

    zarr.open_group(folder, mode="r+").attrs[MANIFEST_KEY] = manifest.model_dump(mode="json")


def write_columns(folder: Path, columns: Mapping[str, NDArray[Any] | Sequence[str] | None]) -> dict[str, str]:
    """Write what has one entry a sample as plain arrays, and return their digests; what is None is left out."""
    import zarr

    group = zarr.open_group(folder, mode="a")
    digests = {}
    for key, values in columns.items():
        if values is None:
            continue
        if key in _COLUMN_TYPES:
            typed = np.asarray(values, _COLUMN_TYPES[key])
            group.create_array(key, data=typed)
            digest = hashlib.sha256(np.ascontiguousarray(typed).data)
        else:
            digest = _write_texts(group.create_array(key, shape=(len(values),), dtype=str), values)
        if key not in _WHERE_FROM:
            digests[key] = digest.hexdigest()
    return digests


def _write_texts(array: Any, values: NDArray[Any] | Sequence[str]) -> hashlib._Hash:
    """Write texts a chunk at a time, and return the hash of all of them with a zero byte between each two."""
    digest, at_once = hashlib.sha256(), array.chunks[0]
    for first in range(0, len(values), at_once):
        texts = [str(value) for value in values[first : first + at_once]]
        array[first : first + at_once] = np.array(texts, dtype=object)
        digest.update(("\0" * bool(first) + "\0".join(texts)).encode())
    return digest


def arrays_in(digests: Mapping[str, str]) -> tuple[str, ...]:
    """Return what samples have besides their image, of the arrays that have a digest."""
    return tuple(key for key in ARRAYS if key in digests)


def content_hash(digests: Mapping[str, str]) -> str:
    """Return the SHA-256 of a whole data set from those of its arrays."""
    return hashlib.sha256("\n".join(f"{key} {digests[key]}" for key in sorted(digests)).encode()).hexdigest()


def _ensure_columns(contents: Contents) -> None:
    """Raise ValueError where an importer hands over arrays that do not fit its samples."""
    samples, classes = len(contents.names), len(contents.classes)
    if not contents.channels and contents.table is None:
        raise ValueError("A data set has images, a table, or both.")
    due: dict[str, tuple[int, ...]] = {
        "table": (samples, len(contents.features)),
        "labels": (samples,),
        "tags": (samples, classes),
        "values": (samples, classes),
        "coordinates": (samples, 2),
    }
    for key, shape in due.items():
        values = getattr(contents, key)
        found = (samples, 0) if values is None and key == "table" else shape if values is None else values.shape
        if found != shape:
            raise ValueError(f"The {key} of {samples} samples must be {shape}; the shape is {found}.")
        if values is not None and not np.isfinite(values).all():
            raise ValueError(f"The {key} holds values that are no finite numbers.")
    if contents.groups is not None and len(contents.groups) != samples:
        raise ValueError(f"{len(contents.groups)} groups were given for {samples} samples.")


def _write_samples(
    folder: Path,
    keys: list[str],
    contents: Contents,
    counted: tuple[ChannelMoments, PixelCounts],
    progress: Progress,
    *,
    compress: bool,
) -> dict[str, str]:
    """Write all samples, count the training images and masks, and return the digest of each array."""
    if not keys:
        return {}
    total, size = len(contents.names), (contents.height, contents.width)
    shapes = {"images": (total, *size, contents.channels), "masks": (total, *size), "instances": (total, *size)}
    digests = {key: hashlib.sha256() for key in keys}
    train = contents.splits == SPLITS.index("train")
    moments, pixels = counted
    written = 0
    bytes_each = max(contents.height * contents.width * (contents.channels + 3), 1)
    ahead = min(max(_AHEAD_BYTES // bytes_each, 1), REPORT_EVERY)
    uncounted: list[NDArray[np.uint8]] = []
    with ExitStack() as open_arrays:
        writers = {
            key: open_arrays.enter_context(create_array(folder, key, shapes[key], PIXEL_TYPES[key], compress=compress))
            for key in keys
        }
        for sample in read_ahead(contents.samples(), ahead):
            if written % REPORT_EVERY == 0:
                ensure_not_cancelled(progress)
                progress.report(written, total, "Storing images")
            arrays = {"images": sample.image, "masks": sample.mask, "instances": sample.instances}
            for key, writer in writers.items():
                array = arrays[key]
                if array is None:
                    raise ValueError(f"Sample {written} ({contents.names[written]!r}) lacks its {key}.")
                digests[key].update(writer.append(array).data)
            if train[written]:
                if sample.image is not None:
                    uncounted.append(sample.image)
                if sample.mask is not None:
                    pixels.add(sample.mask)
            if len(uncounted) == ahead:
                moments.add(np.concatenate(uncounted))
                uncounted.clear()
            written += 1
        if uncounted:
            moments.add(np.concatenate(uncounted))
        if written != total:
            raise ValueError(f"{total} samples were announced, {written} came.")
    progress.report(total, total, "Storing images")
    return {key: digest.hexdigest() for key, digest in digests.items()}
