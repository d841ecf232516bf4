"""OME-Zarr images (OME-NGFF 0.4 and 0.5: zarr version 2 and 3) in a zip, with their labels as masks.

::

    slides.zip
      a.ome.zarr/             an image: its attribute "multiscales" names the axes, and the arrays from fine to coarse
        0, 1, …               the finest array is taken
        labels/               groups of labels: one with values of classes or numbers of objects, or one a class
          nuclei/0, …

Images of one size up to 1,024 pixels are samples as they are; larger or different ones are cut into tiles.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.cases import Case, as_bytes, contents_of_cases
from patholearn_lab.datasets.importers.zarr_layout import damage_named, ensure_harmless, metadata_of, open_arrays
from patholearn_lab.datasets.manifest import NOT_ANNOTATED
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

TILE_PX = 256
LARGEST_WHOLE_PX = 1_024

_MOST_CLASSES = 32
_DOCUMENTS = {"zarr.json", ".zattrs"}


@dataclass(frozen=True)
class _Picture:
    """An array of the finest level: where it lies, its axes, and its sizes along z, y and x."""

    path: str
    axes: str
    z: int
    y: int
    x: int
    channels: int


class OmeZarr:
    """The importer of OME-Zarr images with labels."""

    label = "a .zip of OME-Zarr images with their labels"
    endings = (".zip",)

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip with a group that has the attribute multiscales, and labels."""
        archive = file.archive
        if archive is None or not zipfile.is_zipfile(file.path):
            return False
        return any("labels" in member.parts and member.name in _DOCUMENTS for member in archive.members) and any(
            b'"multiscales"' in archive.read(member)
            for member in archive.members
            if member.name in _DOCUMENTS and member.size < 2**20
        )

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check every image and its labels, and return the data set; pixels are read while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the image.
        """
        with open_archive(path, limits, name) as archive:
            arrays = set(ensure_harmless(archive, "", limits))
            images = _Images(archive, arrays, path)
        size = images.size()
        cases = []
        for number, group in enumerate(images.groups):
            ensure_not_cancelled(progress)
            progress.report(number, len(images.groups), "Checking images")
            images.survey(group)
            places = [(z, y, x) for z in range(images.pictures[group].z) for y, x in images.corners(group, size)]
            parts = [f"{group or 'image'}/z{z} y{y} x{x}" for z, y, x in places]
            corners = np.array([(x, y) for _, y, x in places], np.int64).reshape(-1, 2)
            cases.append(Case(group or "image", parts, partial(images.samples, group, places, size), None, corners))
        return contents_of_cases(
            cases,
            name,
            images.classes,
            (images.channels, *size),
            "slide",
            images.notes(size),
            description=f"{sum(len(case.parts) for case in cases):,} samples of {len(cases):,} OME-Zarr images.",
            instances=images.numbered,
        )


class _Images:
    """The images of an archive and what their labels mean."""

    def __init__(self, archive: SafeArchive, arrays: set[str], path: Path) -> None:
        self._path, self._name = path, archive.name
        groups = sorted({"/".join(m.parts[:-1]) for m in archive.members if m.name in _DOCUMENTS})
        said = {group: _ome(metadata_of(archive, group)) for group in groups if group not in arrays}
        self._said = {group: found for group, found in said.items() if isinstance(found.get("multiscales"), list)}
        self.pictures = {group: self._picture(archive, group, arrays) for group in self._said}
        self.groups = [group for group in self.pictures if "labels" not in group.split("/")]
        self._labels = {
            group: [one for one in self.pictures if one.startswith(f"{group}/labels/".lstrip("/"))]
            for group in self.groups
        }
        without = next((group for group in self.groups if not self._labels[group]), None)
        if without is not None or not self.groups:
            self._refuse(without or "image", "has no labels", "A network learns from labels: save them below 'labels'.")
        channels = {self.pictures[group].channels for group in self.groups}
        if len(channels) > 1 or not channels <= {1, 3}:
            self._refuse(self.groups[0], f"and others have {sorted(channels)} channels", "Save 1 channel, or 3.")
        self.channels: Any = channels.pop()
        layers = sorted({one.rsplit("/", 1)[1] for labels in self._labels.values() for one in labels})
        self._layered = len(layers) > 1
        self._named = {} if self._layered else self._label_names()
        self._values: set[int] = set()
        self._layers = layers

    @property
    def numbered(self) -> bool:
        """Whether the labels number objects."""
        return not self._layered and not self._named and len(self._values) > _MOST_CLASSES

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the values in the masks."""
        if self._layered:
            return ("background", *self._layers)
        if self.numbered:
            from patholearn_lab.datasets.importers.mask_readers import OBJECT_CLASSES

            return OBJECT_CLASSES
        if len(self._values) < 2:
            self._refuse(self.groups[0], "and all others have labels of one value only", "Draw what there is to find.")
        return tuple(self._named.get(code, f"class {code}" if code else "background") for code in self._codes)

    def size(self) -> tuple[int, int]:
        """Return height and width of the samples."""
        sizes = {(self.pictures[group].y, self.pictures[group].x) for group in self.groups}
        height, width = min(sizes)
        if len(sizes) == 1 and max(height, width) <= LARGEST_WHOLE_PX:
            return height, width
        for group in self.groups:
            if min(self.pictures[group].y, self.pictures[group].x) < TILE_PX:
                self._refuse(group, f"is smaller than a tile of {TILE_PX} pixels", "Save all images in one size.")
        return TILE_PX, TILE_PX

    def corners(self, group: str, size: tuple[int, int]) -> list[tuple[int, int]]:
        """Return y and x of the samples of an image."""
        picture = self.pictures[group]
        rows = range(0, picture.y - size[0] + 1, size[0])
        return [(y, x) for y in rows for x in range(0, picture.x - size[1] + 1, size[1])]

    def survey(self, group: str) -> None:
        """Find out which values the labels of an image have."""
        for label in self._labels[group]:
            with open_arrays(self._path, "", [self.pictures[label].path], self._name) as arrays, damage_named(label):
                array = next(iter(arrays.values()))
                if array.dtype.kind not in "iub":
                    self._refuse(label, f"has labels of {array.dtype}", "Labels are whole numbers.")
                picture = self.pictures[label]
                for z in range(picture.z):
                    for y in range(0, picture.y, LARGEST_WHOLE_PX):
                        rows = slice(y, min(y + LARGEST_WHOLE_PX, picture.y))
                        self._values |= set(np.unique(_cut(array, picture, z, rows, slice(None))).tolist())
        strange = next((value for value in self._values if not 0 <= value < 2**16), None)
        if strange is not None:
            self._refuse(group, f"has the label {strange}", "Labels are numbers from 0 to 65,535.")

    def samples(self, group: str, places: Sequence[tuple[int, int, int]], size: tuple[int, int]) -> Iterator[Sample]:
        """Yield the samples of an image."""
        picture, labels = self.pictures[group], self._labels[group]
        wanted = [picture.path, *(self.pictures[label].path for label in labels)]
        with open_arrays(self._path, "", wanted, self._name) as arrays, damage_named(group):
            window = self._window(group, arrays[picture.path])
            for z, y, x in places:
                rows, columns = slice(y, y + size[0]), slice(x, x + size[1])
                image = as_bytes(_cut(arrays[picture.path], picture, z, rows, columns), *window)
                values = [
                    _cut(arrays[self.pictures[label].path], self.pictures[label], z, rows, columns)[..., 0]
                    for label in labels
                ]
                yield Sample(image, *self._mask(labels, values))

    def notes(self, size: tuple[int, int]) -> tuple[str, ...]:
        """Return sentences for the card."""
        cut = f"Images were cut into tiles of {TILE_PX} × {TILE_PX} pixels; what is left at the edges was left out."
        return (cut,) if any(len(self.corners(group, size)) > 1 for group in self.groups) else ()

    @property
    def _codes(self) -> list[int]:
        return sorted({0, *self._values, *self._named})

    def _mask(self, labels: Sequence[str], values: Sequence[NDArray[Any]]) -> tuple[NDArray[np.uint8], Any]:
        from patholearn_lab.datasets.importers.mask_readers import outlined

        if self.numbered:
            objects = values[0].astype(np.uint16)
            return outlined(objects), objects
        if self._layered:
            mask = np.zeros(values[0].shape, np.uint8)
            for label, part in zip(labels, values, strict=True):
                mask[part != 0] = 1 + self._layers.index(label.rsplit("/", 1)[1])
            return mask, None
        return np.searchsorted(self._codes, values[0]).astype(np.uint8), None

    def _window(self, group: str, array: Any) -> tuple[float | None, float | None]:
        """Return what becomes black and white: as the file says (omero), else the percentiles of each sample."""
        if array.dtype == np.uint8:
            return None, None
        omero = self._said[group].get("omero")
        channels = omero.get("channels") if isinstance(omero, Mapping) else None
        described = channels[0] if isinstance(channels, list) and channels else None
        window = described.get("window") if isinstance(described, Mapping) else None
        ends: list[Any] = [window.get(end) for end in ("start", "end")] if isinstance(window, Mapping) else []
        if ends and all(type(end) in {int, float} for end in ends) and ends[0] < ends[1]:
            return float(ends[0]), float(ends[1])
        return (0.0, float(np.iinfo(array.dtype).max)) if array.dtype.kind in "iu" else (None, None)

    def _label_names(self) -> dict[int, str]:
        """Return what the labels' own attributes call their values."""
        names: dict[int, str] = {}
        for labels in self._labels.values():
            for label in labels:
                about = self._said[label].get("image-label")
                properties = about.get("properties") if isinstance(about, Mapping) else None
                for one in properties if isinstance(properties, list) else ():
                    value = one.get("label-value") if isinstance(one, Mapping) else None
                    if type(value) is int and 0 <= value < NOT_ANNOTATED:
                        said = (str(one[key])[:100] for key in ("name", "class", "label") if one.get(key))
                        names[value] = next(said, f"class {value}")
        return names if len(set(names.values())) == len(names) else {}

    def _picture(self, archive: SafeArchive, group: str, arrays: set[str]) -> _Picture:
        scales = self._said[group]["multiscales"]
        first = scales[0] if scales and isinstance(scales[0], dict) else {}
        said = first.get("axes")
        axes = [
            str(one.get("name") if isinstance(one, dict) else one)
            for one in (said if isinstance(said, list) else "tczyx")
        ]
        levels = first.get("datasets")
        level = levels[0].get("path") if isinstance(levels, list) and levels and isinstance(levels[0], dict) else None
        path = f"{group}/{level}".lstrip("/")
        if path not in arrays or not {"y", "x"} <= set(axes) <= set("tczyx") or len(set(axes)) != len(axes):
            self._refuse(group, "has no array with the axes t, c, z, y, x that its multiscales name", "Save it anew.")
        shape = _shape(archive, path)
        if len(shape) != len(axes):
            self._refuse(group, f"has the axes {''.join(axes)}, but its array the shape {shape}", "Save it anew.")
        sizes = dict(zip(axes, shape, strict=True))
        if sizes.get("t", 1) != 1 or min(shape) < 1:
            self._refuse(group, f"has {sizes.get('t')} times", "Save each time as an image of its own.")
        return _Picture(path, "".join(axes), sizes.get("z", 1), sizes["y"], sizes["x"], sizes.get("c", 1))

    def _refuse(self, group: str, problem: str, hint: str) -> NoReturn:
        raise ArchiveError(f"The image {group or 'at the top'!r} in {self._name!r} {problem}.", hint, file=group)


def _ome(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an image says of itself; version 0.5 has it one level deeper."""
    inner = attributes.get("ome")
    return dict(inner) if isinstance(inner, Mapping) else dict(attributes)


def _shape(archive: SafeArchive, path: str) -> tuple[int, ...]:
    import json

    member = archive.find(f"{path}/zarr.json") or archive.find(f"{path}/.zarray")
    assert member is not None  # it is one of the arrays that were checked
    return tuple(int(length) for length in json.loads(archive.read(member))["shape"])


def _cut(array: Any, picture: _Picture, z: int, rows: slice, columns: slice) -> NDArray[Any]:
    """Return a part of an image, ``[height, width, channels]``."""
    parts: dict[str, Any] = {"t": 0, "z": z, "y": rows, "x": columns, "c": slice(None)}
    found = np.asarray(array[tuple(parts[axis] for axis in picture.axes)])
    kept = [axis for axis in picture.axes if axis in "cyx"]
    if "c" not in kept:
        return found[..., np.newaxis] if kept == ["y", "x"] else found.T[..., np.newaxis]
    return found.transpose([kept.index(axis) for axis in "yxc"])
