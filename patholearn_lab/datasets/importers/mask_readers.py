"""What the pixels of mask files mean: values, colors, one file for each class, or the numbers of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import Limits, Member, SafeArchive
from patholearn_lab.datasets.images import decode_mask
from patholearn_lab.datasets.importers.class_map import MOST_CLASSES, NAME, MaskClass
from patholearn_lab.datasets.manifest import NOT_ANNOTATED, UNLABELED
from patholearn_lab.errors import ArchiveError

OBJECT_CLASSES = ("background", "inside", "outline")
"""The classes of a mask that is made from the numbers of objects, in the order of their values."""

_MOST_UNNAMED = 32  # more values than these are no classes that anybody drew
_LARGEST_OBJECT = 65_535  # instances are stored with 16 bits
_SINGLE = ""

Layers = Mapping[str, Member]
"""The mask files of one image: by class name, or one under the empty name that holds all classes."""

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint16] | None]


class MaskReader(Protocol):
    """Reads the mask files of one image."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the values in what it returns."""

    @property
    def instances(self) -> bool:
        """Whether it returns the numbers of objects as well."""

    @property
    def note(self) -> str:
        """A sentence for the card."""

    def read(self, archive: SafeArchive, layers: Layers, limits: Limits) -> Arrays:
        """Return the mask ``uint8[H,W]``, and the objects ``uint16[H,W]`` or None."""


@dataclass(frozen=True)
class _Coded:
    """One file for each image, whose values or colors are classes."""

    classes: tuple[str, ...]
    codes: NDArray[np.int64]
    color: bool
    note: str
    instances: bool = False

    def read(self, archive: SafeArchive, layers: Layers, limits: Limits) -> Arrays:
        values = _values(archive, layers[_SINGLE], limits, color=self.color)
        order = np.argsort(self.codes)
        places = order[np.searchsorted(self.codes, values, sorter=order)]
        # A code more than there are classes stands for what nobody annotated.
        return np.where(places < len(self.classes), places, NOT_ANNOTATED).astype(np.uint8), None


@dataclass(frozen=True)
class _Layered:
    """A file for each class, in which all that is not 0 belongs to it."""

    classes: tuple[str, ...]
    size: tuple[int, int]
    note: str
    instances: bool = False

    def read(self, archive: SafeArchive, layers: Layers, limits: Limits) -> Arrays:
        mask = np.zeros(self.size, np.uint8)
        for name, member in layers.items():
            inside = _values(archive, member, limits, color=True) != 0
            both = np.argwhere(inside & (mask > 0))
            if len(both):
                row, column = both[0].tolist()
                other = self.classes[mask[row, column]]
                raise ArchiveError(
                    f"The mask {member.path!r} in {archive.name!r} marks the pixel in column {column}, row {row} as "
                    f"{name!r}, which is {other!r} already.",
                    "A pixel has one class: decide for one, and draw the other mask without it.",
                    file=member.path,
                )
            mask[inside] = self.classes.index(name)
        return mask, None


@dataclass(frozen=True)
class _Objects:
    """One file for each image, whose values number the objects in it."""

    classes: tuple[str, ...] = OBJECT_CLASSES
    instances: bool = True
    note: str = (
        "The masks number their objects: these numbers are kept, and the classes were made from them. The outline is "
        "what of an object touches another one or the background."
    )

    def read(self, archive: SafeArchive, layers: Layers, limits: Limits) -> Arrays:
        objects = _values(archive, layers[_SINGLE], limits, color=False).astype(np.uint16)
        return outlined(objects), objects


def outlined(objects: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """Return the mask of numbered objects, its values places in :data:`OBJECT_CLASSES`: ``uint8[H,W]``."""
    from skimage.segmentation import find_boundaries

    mask = (objects > 0).astype(np.uint8)
    outlines = find_boundaries(objects, mode="inner")  # type: ignore[no-untyped-call]
    mask[outlines] = OBJECT_CLASSES.index("outline")
    return mask


class MaskSurvey:
    """Goes over all masks once, and finds out what they mean.

    Parameters
    ----------
    archive, limits
        Where they are, and what it may ask for.
    size
        Height and width of the images.
    """

    def __init__(self, archive: SafeArchive, limits: Limits, size: tuple[int, int]) -> None:
        self._archive = archive
        self._limits = limits
        self._size = size
        self._kinds: dict[Literal["grey", "wide", "color"], str] = {}
        self._grey: dict[int, str] = {}
        self._colors: dict[int, str] = {}

    def add(self, image: Member, layers: Layers) -> None:
        """Look at the masks of one image.

        Raises
        ------
        ArchiveError, TooLargeError
            When one cannot be read, has another size than its image, or values that are no classes.
        """
        for name, member in layers.items():
            pixels = decode_mask(self._archive.read(member), member.path, self._limits)
            if pixels.values.shape != self._size:
                (height, width), (due_height, due_width) = pixels.values.shape, self._size
                raise self._refuse(
                    member.path,
                    f"is {width} × {height} pixels, but its image {image.path!r} is {due_width} × {due_height}",
                    "A mask has one pixel for each pixel of its image: save it in that size, without smoothing.",
                )
            values = np.unique(pixels.values).tolist()
            if name and len(set(values) - {0}) > 1:
                raise self._refuse(
                    member.path,
                    f"holds {len(values)} values ({_shown(values)}), but lies in the folder of one class, {name!r}",
                    "Give such a mask two values: 0, and one for the class. Save it as PNG; JPEG blurs the edges.",
                )
            seen = self._colors if pixels.kind == "color" else self._grey
            self._kinds.setdefault(pixels.kind, member.path)
            for value in values:
                seen.setdefault(value, member.path)
            most = MOST_CLASSES if pixels.kind == "color" else _LARGEST_OBJECT + 1
            if len(seen) > most:
                raise self._too_many(member.path, len(seen), "colors" if pixels.kind == "color" else "values")

    def reader(self, layers: Sequence[str], named: tuple[MaskClass, ...] | None, map_name: str = NAME) -> MaskReader:
        """Return what reads these masks.

        Parameters
        ----------
        layers
            The classes that have files of their own; empty where one file holds all.
        named
            What a file says of the classes; None where none does.
        map_name
            What messages call that file.

        Raises
        ------
        ArchiveError
            When a value has no class, or there are none to tell apart.
        """
        if layers:
            return _Layered(("background", *layers), self._size, "There is a mask for each class.")
        if "wide" in self._kinds and "color" in self._kinds:
            raise self._refuse(
                self._kinds["color"],
                f"has colors, but {self._kinds['wide']!r} has numbers of 16 bits",
                "Save all masks in one way.",
            )
        if named is not None:
            return self._named(named, map_name)
        if "wide" in self._kinds:
            return self._objects()
        color = "color" in self._kinds
        found = self._all_colors() if color else self._grey
        if len(found) > _MOST_UNNAMED:
            raise self._too_many(next(iter(self._kinds.values())), len(found), "colors" if color else "values")
        if len(found) < 2:
            raise self._one_class(found)
        codes = sorted(found)
        classes = tuple(_unnamed(code, codes, color=color) for code in codes)
        note = f"The archive has no {NAME}: the classes are called after the {'colors' if color else 'values'} in the "
        return _Coded(classes, np.array(codes), color, note + f"masks ({_shown(codes, color=color)}).")

    def _named(self, named: tuple[MaskClass, ...], map_name: str) -> MaskReader:
        has_index, has_color = named[0].value is not None, named[0].color is not None
        needs_index, needs_color = "wide" in self._kinds, "color" in self._kinds
        color = needs_color or (has_color and not needs_index and not set(self._grey) <= {one.value for one in named})
        if (needs_color and not has_color) or (needs_index and not has_index):
            missing = "colors" if needs_color else "indices"
            raise self._refuse(
                self._kinds["color" if needs_color else "wide"],
                f"holds {missing}, but {map_name} gives the classes none",
                f"Add the {missing} of the classes to {map_name}.",
            )
        found = self._all_colors() if color else self._grey
        codes = [(one.color if color else one.value) or 0 for one in named]
        classes = [one.name for one in named]
        note = f"The classes are those of {map_name}."
        if color and 0 in found and 0 not in codes and "background" not in classes:
            classes, codes = ["background", *classes], [0, *codes]
            note += " What is black in the masks has no class there, and is called background."
        for value, file in found.items():
            if value not in codes:
                shown = _shown([value], color=color)
                raise self._refuse(
                    file,
                    f"holds {'the color' if color else 'the value'} {shown}, which no class in {map_name} has; it has "
                    f"{_shown(codes, color=color)}",
                    f"Add the class to {map_name}, or mend the mask. Save it as PNG: JPEG makes new colors at edges.",
                )
        if UNLABELED in classes:
            codes.append(codes.pop(classes.index(UNLABELED)))
            classes.remove(UNLABELED)
            note += f" Pixels of {UNLABELED!r} have no class and no weight."
        if len(classes) < 2:
            raise self._one_class(found)
        return _Coded(tuple(classes), np.array(codes, np.int64), color, note)

    def _objects(self) -> MaskReader:
        for value, file in self._grey.items():
            if not 0 <= value <= _LARGEST_OBJECT:
                raise self._refuse(
                    file,
                    f"numbers an object {value:,}; at most {_LARGEST_OBJECT:,} are told apart",
                    "Number the objects of each image from 1; 0 is the background.",
                )
        if set(self._grey) == {0}:
            raise self._one_class(self._grey)
        return _Objects()

    def _all_colors(self) -> dict[int, str]:
        return {**{value * 0x010101: file for value, file in self._grey.items()}, **self._colors}

    def _one_class(self, found: Mapping[int, str]) -> ArchiveError:
        return self._refuse(
            next(iter(found.values())),
            f"and all other masks hold one value only, {next(iter(found))}",
            "Telling classes apart needs two: draw what there is to find.",
        )

    def _too_many(self, file: str, count: int, what: str) -> ArchiveError:
        return self._refuse(
            file,
            f"is one of the masks that hold {count} {what} in all, too many for classes",
            "Save masks as PNG (JPEG makes new colors at edges); name classes in info.json; if the values number "
            "objects, save them with 16 bits.",
        )

    def _refuse(self, file: str, problem: str, hint: str) -> ArchiveError:
        return ArchiveError(f"The mask {file!r} in {self._archive.name!r} {problem}.", hint, file=file)


def _values(archive: SafeArchive, member: Member, limits: Limits, *, color: bool) -> NDArray[np.int64]:
    """Return the values of a mask file: as colors 0xRRGGBB where `color`."""
    pixels = decode_mask(archive.read(member), member.path, limits)
    return pixels.values * 0x010101 if color and pixels.kind != "color" else pixels.values


def _unnamed(code: int, codes: Sequence[int], *, color: bool) -> str:
    """Return a name for a class that nobody named."""
    if code == 0:
        return "background"
    if len(codes) == 2 and codes[0] == 0:
        return "foreground"
    return f"#{code:06x}" if color else f"class {code}"


def _shown(values: Sequence[int], *, color: bool = False) -> str:
    shown = [f"#{value:06x}" if color else f"{value}" for value in values[:10]]
    return ", ".join(shown) + (", …" if len(values) > 10 else "")
