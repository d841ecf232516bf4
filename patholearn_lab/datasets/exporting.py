"""Writing a data set as one file that other programs read, and that can be imported again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml  # type: ignore[import-untyped]
from numpy.lib import format as npy
from numpy.typing import NDArray
from PIL import Image

from patholearn_lab.datasets.croissant import NAME as CARD
from patholearn_lab.datasets.croissant import croissant
from patholearn_lab.datasets.importers.class_map import NAME as CLASS_MAP
from patholearn_lab.datasets.importers.mask_readers import OBJECT_CLASSES
from patholearn_lab.datasets.importers.metadata import NAME as TABLE
from patholearn_lab.datasets.importers.table_columns import GROUPS
from patholearn_lab.datasets.manifest import NOT_ANNOTATED, SPLITS, UNLABELED
from patholearn_lab.errors import DatasetError, InvalidInputError
from patholearn_lab.progress import Progress, ensure_not_cancelled

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.datasets.store import DatasetStore

_BATCH = 64
_PHASES = {"train": "training", "valid": "validation", "test": "test"}


def export_folders(store: DatasetStore, target: Path, progress: Progress) -> None:
    """Write a zip of folders: ``split/class/image`` (Hugging Face's imagefolder), or ``split/images`` and ``/masks``.

    Features go into ``metadata.csv``, the classes of masks into ``info.json``. Numbered objects go into the masks as
    numbers of 16 bits, where the classes were made from them.

    Raises
    ------
    DatasetError
        When the name of a class can be no folder, the set has no images, or several labels a sample.
    """
    manifest = _ensure_classes(store)
    as_masks = manifest.task == "segmentation"
    if not as_masks:
        _ensure_labelled(manifest)
    as_objects = as_masks and "instances" in manifest.arrays and manifest.classes == OBJECT_CLASSES
    groups = store.groups()
    grouped_by = manifest.grouped_by if manifest.grouped_by.lower() in GROUPS else "group"
    rows: list[list[Any]] = [["file_name", *([grouped_by] if groups else []), *manifest.features]]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for index, image in _images(store, progress):
            split = store.split_of(index)
            folder = "images" if as_masks else _as_folder(str(store.class_of(index)))
            file = f"{split}/{folder}/{index:06d}.png"
            archive.writestr(file, _png(image))
            if as_masks:
                mask = (store.instances if as_objects else store.masks)([index])[0]
                archive.writestr(f"{split}/masks/{index:06d}.png", _png(mask))
            elif len(rows[0]) > 1:
                numbers = _numbers(store, index) if manifest.features else []
                rows.append([file, *([groups[index]] if groups else []), *numbers])
        files = {}
        if len(rows) > 1:
            text = io.StringIO(newline="")
            csv.writer(text).writerows(rows)
            archive.writestr(TABLE, text.getvalue())
            files[TABLE] = hashlib.sha256(text.getvalue().encode()).hexdigest()
        archive.writestr(CARD, json.dumps(croissant(manifest, files), ensure_ascii=False, indent=2))
        if as_masks and not as_objects:
            classes = {name: {"index": place} for place, name in enumerate(manifest.classes)}
            if "masks" in manifest.sparse:
                classes[UNLABELED] = {"index": NOT_ANNOTATED}
            archive.writestr(CLASS_MAP, json.dumps(classes, ensure_ascii=False, indent=2))


def export_deephealth(store: DatasetStore, target: Path, progress: Progress) -> None:
    """Write a zip of images (and masks), and the YAML file of the DeepHealth Toolkit that lists them.

    Raises
    ------
    DatasetError
        When the set has no images, or several labels a sample.
    """
    manifest = _ensure_classes(store)
    as_masks = manifest.task == "segmentation"
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for index, image in _images(store, progress):
            entry: dict[str, Any] = {"location": f"images/{index:06d}.png"}
            archive.writestr(entry["location"], _png(image))
            if as_masks:
                entry["label"] = f"masks/{index:06d}.png"
                archive.writestr(entry["label"], _png(store.masks([index])[0]))
            else:
                # What nobody annotated is listed without a label.
                if store.class_of(index) is not None:
                    entry["label"] = int(store.labels([index])[0])
                if manifest.features:
                    entry["values"] = _numbers(store, index)
            listed.append(entry)
        document = {
            "name": manifest.name,
            "description": manifest.description,
            "classes": list(manifest.classes),
            **({"features": list(manifest.features)} if manifest.features and not as_masks else {}),
            "images": listed,
            "split": {_PHASES[split]: store.indices(split).tolist() for split in SPLITS},
        }
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        archive.writestr(f"{manifest.id}.yml", yaml.dump(document, Dumper=dumper, sort_keys=False, allow_unicode=True))


def export_npz(store: DatasetStore, target: Path, progress: Progress) -> None:
    """Write ``x_train``, ``y_train``, ``x_test``, ``y_test`` as Keras has them, and ``x_valid``, ``y_valid``.

    Raises
    ------
    DatasetError
        When samples have no class.
    """
    manifest = store.manifest
    if "labels" not in manifest.arrays or not manifest.channels:
        raise DatasetError(
            f"The data set {manifest.id!r} has no images with one class each, and a .npz has no place for others.",
            "Export it as folders, as DeepHealth, or as zarr.",
        )
    _ensure_labelled(manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for split in SPLITS:
            indices = store.indices(split)
            shape = (len(indices), manifest.height, manifest.width, manifest.channels)
            with archive.open(f"x_{split}.npy", "w", force_zip64=True) as file:
                npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
                for start in range(0, len(indices), _BATCH):
                    ensure_not_cancelled(progress)
                    progress.report(start, len(indices), f"Writing {split}")
                    file.write(store.images(indices[start : start + _BATCH]).tobytes())
            arrays: dict[str, NDArray[Any]] = {f"y_{split}": store.labels(indices)}
            if manifest.features:
                arrays |= {f"features_{split}": store.features(indices)}
            if manifest.features and split == SPLITS[0]:
                arrays |= {"feature_names": np.array(manifest.features)}
            for key, array in arrays.items():
                with archive.open(f"{key}.npy", "w") as file:
                    npy.write_array(file, array, allow_pickle=False)


def _ensure_labelled(manifest: Manifest) -> None:
    if "labels" in manifest.sparse:
        raise DatasetError(
            f"Some samples of {manifest.id!r} have no class, and this format has no place for them.",
            "Leave them out first with the change drop, or export the set as DeepHealth or zarr.",
        )


def export_zarr(store: DatasetStore, target: Path, progress: Progress) -> None:
    """Write a zip of the zarr itself: nothing of any set is lost, and any zarr v3 library reads it."""
    files = sorted(file for file in store.folder.rglob("*") if file.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for number, file in enumerate(files):
            ensure_not_cancelled(progress)
            progress.report(number, len(files), "Writing files")
            archive.write(file, file.relative_to(store.folder).as_posix())


EXPORTERS: dict[str, Callable[[DatasetStore, Path, Progress], None]] = {
    "folders": export_folders,
    "deephealth": export_deephealth,
    "npz": export_npz,
    "zarr": export_zarr,
}
"""What writes each format."""


def export(store: DatasetStore, path: Path, format: str, progress: Progress) -> None:
    """Write a data set in a format of :data:`EXPORTERS` into the file `path`, whole or not at all.

    Raises
    ------
    InvalidInputError, DatasetError
        When there is no such format, or it has no place for what the set holds.
    """
    if format not in EXPORTERS:
        raise InvalidInputError(f"There is no format {format!r} to export to.", f"Use {', '.join(EXPORTERS)}.")
    part = path.with_name(f"{path.name}.part")
    try:
        EXPORTERS[format](store, part, progress)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _ensure_classes(store: DatasetStore) -> Manifest:
    """Return the manifest of a set whose images have one class or a mask each."""
    manifest = store.manifest
    if not manifest.channels or manifest.task not in {"classification", "segmentation"}:
        what = "no images" if not manifest.channels else "several labels or numbers for each image"
        raise DatasetError(
            f"The data set {manifest.id!r} has {what}, for which this format has no place.", "Export it as zarr."
        )
    return manifest


def _images(store: DatasetStore, progress: Progress) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    for start in range(0, len(store), _BATCH):
        ensure_not_cancelled(progress)
        progress.report(start, len(store), "Writing images")
        numbers = range(start, min(start + _BATCH, len(store)))
        yield from zip(numbers, store.images(numbers), strict=True)


def _numbers(store: DatasetStore, index: int) -> list[float]:
    """Return the row of a sample as numbers that read back as the same float32."""
    return [float(value) for value in store.features([index])[0]]


def _as_folder(name: str) -> str:
    if name in {".", ".."} or any(letter in "/\\:" or ord(letter) < 32 for letter in name) or name.endswith((" ", ".")):
        raise DatasetError(
            f"The class {name!r} has a name that no folder can have.", "Export the data set as DeepHealth or npz."
        )
    return name


def _png(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values[..., 0] if values.ndim == 3 and values.shape[2] == 1 else values).save(buffer, "PNG")
    return buffer.getvalue()
