"""Writing a version of a data set that was made from the one before: what did not change is shared, not copied."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.changes import Change
from patholearn_lab.datasets.changing import changed
from patholearn_lab.datasets.drafts import Draft
from patholearn_lab.datasets.manifest import NO_LABEL, SPLITS, Manifest
from patholearn_lab.datasets.shard_writing import create_array
from patholearn_lab.datasets.statistics import ChannelMoments, PixelCounts, count_splits, table_moments
from patholearn_lab.datasets.store import PIXEL_TYPES, DatasetStore
from patholearn_lab.datasets.writing import arrays_in, content_hash, write_columns, write_manifest
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

_BATCH = 256
_LISTED = 200
_AS_THEY_ARE = ("tags", "values", "features", "coordinates")
"""Columns that no change is about: they stay with their samples."""
_TRAIN = SPLITS.index("train")


def write_revision(
    folder: Path,
    store: DatasetStore,
    change: Change,
    *,
    version: int,
    owner: str = "",
    created_by: str = "",
    progress: Progress | None = None,
) -> Manifest:
    """Write what a change makes of a data set into the empty folder `folder`, and return its manifest.

    Pixels are hard links to the files of the version before, so that they take no room; where the file system has no
    such links, they are copied. Masks whose values change are written anew.

    Raises
    ------
    DatasetError, InvalidInputError, SampleNotFoundError
        When the change does not suit the set.
    CancelledError
        When `progress` says so. The caller removes the folder.
    """
    progress = progress or NoProgress()
    draft = changed(change, Draft.of(store))
    before, manifest = store.manifest, draft.manifest
    others = {key: store.column(key, draft.kept) for key in _AS_THEY_ARE if key in before.arrays}
    whole = len(draft.kept) == len(store)
    rows = store.rows if whole else (draft.kept if store.rows is None else store.rows[draft.kept])
    columns = {
        "splits": draft.splits,
        "labels": draft.labels,
        "groups": draft.groups,
        "folds": draft.folds,
        "names": draft.names,
        "rows": rows,
        **others,
    }
    digests = write_columns(folder, columns)
    pixels = [key for key in PIXEL_TYPES if key in before.arrays or (key == "images" and before.channels)]
    for key in pixels:
        if key == "masks" and draft.mask_values is not None:
            _write_masks(folder, store, draft.mask_values)
        else:
            _share(store.folder / key, folder / key)
    facts: dict[str, object] = {}
    train = draft.splits == _TRAIN
    same_train = whole and np.array_equal(train, store.splits() == _TRAIN)
    if pixels and not (same_train and before.digests and draft.mask_values is None):
        found, facts = _read_pixels(store, draft, pixels, train, progress)
        digests |= found
    else:
        digests |= {key: before.digests[key] for key in pixels}
    sparse = {"labels"} if draft.labels is not None and (draft.labels == NO_LABEL).any() else set[str]()
    sparse |= {"masks"} & set(manifest.sparse)
    feature_mean, feature_std = table_moments(others.get("features"), train)
    written = manifest.model_copy(
        update={
            **facts,
            "version": version,
            "owner": before.owner or owner,  # whoever changes it, a set stays its owner's
            "created_by": created_by,
            "created_at": Manifest.model_fields["created_at"].get_default(call_default_factory=True),
            "splits": count_splits(manifest.classes, draft.labels, draft.splits),
            "arrays": arrays_in(digests),
            "groups": len(set(draft.groups or ())),
            "sparse": tuple(sorted(sparse)),
            "feature_mean": feature_mean,
            "feature_std": feature_std,
            "changes": (*before.changes, _kept(change)),
            "digests": digests,
            "content_hash": content_hash(digests),
        }
    )
    write_manifest(folder, written)
    return written


def _kept(change: Change) -> dict[str, Any]:
    """Return what the manifest keeps of a change: all, but of a long list its length, so that cards stay light."""
    said = change.model_dump(mode="json", exclude_defaults=True) | {"kind": change.kind}
    return {
        name: len(value) if isinstance(value, (list, dict)) and len(value) > _LISTED else value
        for name, value in said.items()
    }


def _share(source: Path, target: Path) -> None:
    """Make `target` the same folder as `source` without copying its files, where the file system can do that."""
    for place, _, names in os.walk(source):
        into = target / Path(place).relative_to(source)
        into.mkdir(parents=True)
        for name in names:
            try:
                os.link(Path(place) / name, into / name)
            except OSError:
                # No hard links here (some network shares, FAT), or too many of one file.
                shutil.copy2(Path(place) / name, into / name)


def _write_masks(folder: Path, store: DatasetStore, values: NDArray[np.uint8]) -> None:
    """Write all masks, of samples that are left out as well, with their values replaced."""
    reader = store.reader("masks")
    shape = (reader.length, *reader.sample)
    with create_array(folder, "masks", shape, "uint8", compress=reader.compressed) as writer:
        for start in range(0, reader.length, _BATCH):
            for mask in reader.read(range(start, min(start + _BATCH, reader.length))):
                writer.append(values[mask])


def _read_pixels(
    store: DatasetStore, draft: Draft, keys: list[str], train: NDArray[np.bool_], progress: Progress
) -> tuple[dict[str, str], dict[str, object]]:
    """Return the digest of each array of pixels, and what follows from the training pixels."""
    moments = ChannelMoments(store.manifest.channels)
    pixels = PixelCounts(len(draft.manifest.mask_names))
    digests = {key: hashlib.sha256() for key in keys}
    for start, samples in _batches(draft.kept):
        ensure_not_cancelled(progress)
        progress.report(start, len(draft.kept), "Reading images")
        inside = train[start : start + len(samples)]
        images = store.images(samples)
        digests["images"].update(images.tobytes())
        if inside.any():
            moments.add(images[inside])
        if "masks" in digests:
            masks = store.masks(samples)
            masks = masks if draft.mask_values is None else draft.mask_values[masks]
            digests["masks"].update(masks.tobytes())
            for mask in masks[inside]:
                pixels.add(mask)
        if "instances" in digests:
            digests["instances"].update(store.instances(samples).astype("<u2").tobytes())
    progress.report(len(draft.kept), len(draft.kept), "Reading images")
    return (
        {key: digest.hexdigest() for key, digest in digests.items()},
        {"mean": moments.mean(), "std": moments.std(), "mask_pixels": pixels.counts()},
    )


def _batches(samples: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    for start in range(0, len(samples), _BATCH):
        yield start, samples[start : start + _BATCH]
