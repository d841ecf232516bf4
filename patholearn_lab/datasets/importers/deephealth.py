"""The DeepHealth Toolkit Dataset Format: a YAML file beside images that lists them, their labels and the splits.

::

    name: nuclei
    classes: [benign, malignant]
    features: [age, smoker]
    images:
      - location: images/1.png        relative to the YAML file
        label: malignant              a class, its index, a list of several, or the path of a mask
        values: [61, 0]               or {age: 61, smoker: 0}
    split: {training: [0, 1, 2], validation: [3], test: [4]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import ARCHIVE_ENDINGS, Limits, Member, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.class_folders import natural_order
from patholearn_lab.datasets.importers.class_map import MaskClass
from patholearn_lab.datasets.importers.image_files import read_format, read_images
from patholearn_lab.datasets.importers.images_and_masks import Pair, masked_contents
from patholearn_lab.datasets.importers.metadata import MOST_FEATURES, number_of
from patholearn_lab.datasets.importers.plain_yaml import Text, read_plain_yaml
from patholearn_lab.datasets.manifest import SPLITS, Split
from patholearn_lab.datasets.splits import TRAIN, fill_missing_splits, stratified_splits
from patholearn_lab.errors import ArchiveError, PathoLearnError
from patholearn_lab.progress import Progress

_MOST_BYTES = 64 * 2**20
_IMAGES = re.compile(rb"^[\"']?images[\"']?\s*:", re.MULTILINE)
_PHASES: dict[str, Split] = {"training": "train", "validation": "valid", "test": "test"}
_WRITE = "Write it as the DeepHealth Toolkit Dataset Format says: images with location and label, and a split."
_FEWEST = 3


@dataclass
class _Listed:
    """An image of the list: its file, what is said of it, and its split where there is one."""

    number: int
    member: Member
    label: Any
    values: Any
    split: Split | None = None


class DeepHealth:
    """The importer of archives that a DeepHealth YAML file describes."""

    label = "a .zip, .tar or .tar.gz with a DeepHealth .yml that lists its images"
    endings = ARCHIVE_ENDINGS

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is an archive with a YAML file that lists images."""
        archive = file.archive
        try:
            return archive is not None and any(_IMAGES.search(archive.read(member)) for member in _yaml_files(archive))
        except PathoLearnError:
            return False

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the list and every image's header, and return the data set.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the file, the entry and the value.
        """
        with open_archive(path, limits, name) as archive:
            listing = _Listing(archive)
            if listing.has_masks:
                pairs = [Pair(one.member, one.split, {"": listing.member(one.label, one)}) for one in listing.images]
                classes = tuple(MaskClass(name, value) for value, name in enumerate(listing.classes)) or None
                contents = masked_contents(
                    archive, path, pairs, limits, progress, named=classes, map_name=listing.file.name
                )
                return replace(
                    contents,
                    name=listing.name or contents.name,
                    description=listing.description or contents.description,
                    notes=(*listing.notes, *contents.notes),
                )
            return _labelled_contents(archive, path, listing, limits, progress)


class _Listing:
    """The YAML file of an archive, checked."""

    def __init__(self, archive: SafeArchive) -> None:
        self._files = {member.path: member for member in archive.members}
        described = [member for member in _yaml_files(archive) if _IMAGES.search(archive.read(member))]
        self.file = described[0]
        self._archive = archive
        if len(described) > 1:
            self.refuse(f"describes images, and so does {described[1].path!r}; one file has to list all")
        try:
            found = read_plain_yaml(archive.read(self.file).decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError) as error:
            self.refuse(f"cannot be read as plain YAML: {error}")
        if not isinstance(found, dict) or not isinstance(found.get("images"), list) or not found["images"]:
            self.refuse("lists no images")
        self.name = found.get("name") if isinstance(found.get("name"), str) else ""
        self.description = found.get("description") if isinstance(found.get("description"), str) else ""
        self.classes = self._names(found, "classes")
        self.features = self._names(found, "features")
        listed = [self._listed(number, entry) for number, entry in enumerate(found["images"])]
        self._ensure_distinct(listed)
        self.notes: list[str] = []
        self.has_split = "split" in found
        if self.has_split:
            self._split(listed, found["split"])
            listed = self._keep(listed, [one.split is not None for one in listed], "in no split")
        self.images = self._keep(listed, [one.label is not None for one in listed], "without a label")
        if len(self.images) < _FEWEST:
            self.refuse(f"lists {len(self.images)} images with a label; at least {_FEWEST} are needed")
        self.has_masks = any(
            isinstance(one.label, Text) and one.label not in self.classes and self._find(one.label)
            for one in self.images
        )

    def refuse(self, problem: str, hint: str = _WRITE) -> NoReturn:
        """Raise what says that the file cannot be taken."""
        path = self.file.path
        raise ArchiveError(f"The file {path!r} in {self._archive.name!r} {problem}.", hint, file=path)

    def member(self, location: Any, of: _Listed | int) -> Member:
        """Return the file at a location of the list."""
        number = of if isinstance(of, int) else of.number
        found = self._find(location) if isinstance(location, Text) else None
        if found is None:
            self.refuse(
                f"names {str(location)[:200]!r} for image {number}, which is no file in the archive",
                "Pack the file too; a location is relative to the YAML file, with '/' between folders.",
            )
        return found

    def labels(self, one: _Listed) -> list[str]:
        """Return the names of an image's classes."""
        names = [self._class(label, one) for label in (one.label if isinstance(one.label, list) else [one.label])]
        if len(set(names)) < len(names):
            self.refuse(f"gives image {one.number} one label twice ({', '.join(names)[:80]})")
        return names

    def _class(self, label: Any, one: _Listed) -> str:
        """Return the name of a class."""
        if not isinstance(label, Text):
            self.refuse(f"gives image {one.number} a label that is neither a class nor a file")
        if not self.classes:
            return str(label)
        index = label.integer
        if index is not None and index < len(self.classes):
            return self.classes[index]
        if index is not None or label not in self.classes:
            self.refuse(
                f"gives image {one.number} the label {str(label)[:80]!r}, which is none of its classes",
                f"Its classes are {', '.join(self.classes)[:200]}; an index counts them from 0.",
            )
        return str(label)

    def row(self, one: _Listed) -> list[float]:
        """Return the features of an image."""
        values = one.values
        if isinstance(values, list) and len(values) == len(self.features):
            values = dict(zip(self.features, values, strict=True))
        if not isinstance(values, dict) or not set(values) <= set(self.features):
            self.refuse(f"gives image {one.number} no values that fit the features {', '.join(self.features)[:200]}")
        numbers = []
        for feature in self.features:
            value = values.get(feature)
            number = number_of(value) if isinstance(value, Text) else None
            if number is None:
                self.refuse(
                    f"gives image {one.number} {str(value)[:80]!r} as {feature!r}, which is no number",
                    "A feature is a number for every image. Leave images out that lack one; or write the mean there.",
                )
            numbers.append(number)
        return numbers

    def _find(self, location: str) -> Member | None:
        return self._files.get(str(PurePosixPath(*self.file.parts[:-1]) / location))

    def _names(self, found: dict[str, Any], key: str) -> tuple[str, ...]:
        names = found.get(key, [])
        valid = isinstance(names, list) and all(isinstance(name, Text) and 0 < len(name) <= 100 for name in names)
        if not valid or len(set(names)) != len(names) or len(names) > MOST_FEATURES:
            self.refuse(f"has under {key!r} no list of at most {MOST_FEATURES:,} different names")
        return tuple(str(name) for name in names)

    def _listed(self, number: int, entry: Any) -> _Listed:
        fields = entry if isinstance(entry, dict) else {"location": entry}
        label = fields.get("label")
        missing = label is None or (isinstance(label, Text) and label.is_null) or label == []
        member = self.member(fields.get("location"), number)
        return _Listed(number, member, None if missing else label, fields.get("values"))

    def _ensure_distinct(self, listed: list[_Listed]) -> None:
        first: dict[str, int] = {}
        for one in listed:
            if one.member.path in first:
                self.refuse(f"lists {one.member.path!r} twice, as image {first[one.member.path]} and {one.number}")
            first[one.member.path] = one.number

    def _split(self, listed: list[_Listed], phases: Any) -> None:
        if not isinstance(phases, dict) or not set(phases) <= set(_PHASES):
            self.refuse("has a split that is not training, validation and test, each with numbers of images")
        for phase, numbers in phases.items():
            if not isinstance(numbers, list):
                self.refuse(f"has no list of numbers under {phase!r}")
            for text in numbers:
                number = text.integer if isinstance(text, Text) else None
                if number is None or number >= len(listed):
                    self.refuse(f"has {str(text)[:80]!r} under {phase!r}; images are numbered 0 to {len(listed) - 1:,}")
                if listed[number].split is not None:
                    self.refuse(f"has image {number} in {phase!r}, and in a split before", "An image is in one split.")
                listed[number].split = _PHASES[phase]

    def _keep(self, listed: list[_Listed], wanted: list[bool], what: str) -> list[_Listed]:
        kept = [one for one, keep in zip(listed, wanted, strict=True) if keep]
        if len(kept) < len(listed):
            self.notes.append(f"{len(listed) - len(kept):,} images {what} were left out.")
        return kept


def _labelled_contents(
    archive: SafeArchive, path: Path, listing: _Listing, limits: Limits, progress: Progress
) -> Contents:
    names = [listing.labels(one) for one in listing.images]
    several = any(len(labels) > 1 for labels in names)
    classes = listing.classes or tuple(sorted({name for labels in names for name in labels}, key=natural_order))
    if len(classes) < 2:
        listing.refuse(f"has one class only, {classes[0]!r}; telling classes apart needs at least two")
    places = {name: place for place, name in enumerate(classes)}
    labels = np.array([0 if several else places[first] for first, *_ in names], np.int64)
    tags = np.array([[name in labels for name in classes] for labels in names], np.uint8) if several else None
    table = np.array([listing.row(one) for one in listing.images], np.float32) if listing.features else None
    members = [one.member for one in listing.images]
    channels, height, width = read_format(archive, members, limits, progress)
    splits, notes = _splits(listing, labels, () if several else classes)
    name = archive.name

    def samples() -> Iterator[Sample]:
        with archive.again(path) as again:
            yield from map(Sample, read_images(again, members, channels, (height, width), limits))

    return Contents(
        name=listing.name or PurePosixPath(name).stem,
        task="multilabel" if several else "classification",
        classes=classes,
        channels=channels,
        height=height,
        width=width,
        names=[member.path for member in members],
        labels=None if several else labels,
        tags=tags,
        splits=splits,
        samples=samples,
        features=listing.features,
        table=table,
        description=listing.description
        or f"{len(members):,} images of {len(classes)} classes, imported from {name!r}.",
        source=name,
        notes=(*listing.notes, *notes),
    )


def _splits(
    listing: _Listing, labels: NDArray[np.int64], classes: tuple[str, ...]
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    if not listing.has_split:
        note = "The file names no split: the images of each class were split 80/10/10 at random (seed 0)."
        splits = stratified_splits(labels)
    else:
        note = "The splits are those of the file."
        splits = np.array([SPLITS.index(one.split) for one in listing.images if one.split], np.uint8)
    for place, name in enumerate(classes):
        if not ((labels == place) & (splits == TRAIN)).any():
            listing.refuse(f"has no training images of the class {name!r}", "Add some, or leave the class out.")
    splits, notes = fill_missing_splits(labels, splits)
    return splits, (note, *notes)


def _yaml_files(archive: SafeArchive) -> list[Member]:
    return [
        member
        for member in archive.members
        if Path(member.name).suffix.lower() in {".yml", ".yaml"} and member.size <= _MOST_BYTES
    ]
