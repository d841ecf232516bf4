"""An archive of class folders: ``[root/][split/]class/image``.

::

    tiles.zip
      pcam/                one common folder around everything is allowed
        metadata.csv       may be there: a row of features for each image (``metadata.py``)
        train/             the split; left out, the images are split 80/10/10
          normal/  a.png  b.png
          tumor/   c.png
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import ARCHIVE_ENDINGS, Limits, Member, SafeArchive, open_archive
from patholearn_lab.datasets.containers import is_tar
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.dividing import usual_splits
from patholearn_lab.datasets.images import SUFFIXES
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.image_files import DOCUMENTS, is_image, read_format, read_images
from patholearn_lab.datasets.importers.metadata import Metadata, is_table, read_metadata
from patholearn_lab.datasets.manifest import SPLITS
from patholearn_lab.datasets.splits import TRAIN, fill_missing_splits, split_named
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress

_WANTED = "Pack one folder for each class, each with its images: normal/1.png, tumor/2.png."
_FEWEST = 3


@dataclass(frozen=True)
class _Place:
    """Where an image lies once the common folder is taken off."""

    member: Member
    split: str | None
    class_name: str


class ClassFolders:
    """The importer of class folders, and of archives whose ``metadata.csv`` says the class of each image."""

    label = "a .zip, .tar or .tar.gz with one folder of images for each class, and maybe a metadata.csv"
    endings = ARCHIVE_ENDINGS

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is a zip or a tar."""
        return zipfile.is_zipfile(file.path) or is_tar(file.path)

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the layout and every image's header, and return the data set; pixels are decoded while it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the file or folder.
        """
        with open_archive(path, limits, name) as archive:
            metadata = read_metadata(archive, [member for member in archive.members if is_image(member)])
            if metadata is not None and metadata.has_labels:
                places = _labelled_places(archive, metadata)
            else:
                places = _read_places(archive)
                _ensure_no_empty_folder(archive, places)
            classes = _read_classes(archive, places)
            channels, height, width = read_format(archive, [place.member for place in places], limits, progress)
        labels = np.array([classes.index(place.class_name) for place in places], np.int64)
        members = [place.member for place in places]
        groups = metadata.groups([member.path for member in members]) if metadata else None
        splits, notes = _read_splits(places, labels, classes, groups, name)

        def samples() -> Iterator[Sample]:
            with archive.again(path) as again:
                yield from map(Sample, read_images(again, members, channels, (height, width), limits))

        return Contents(
            name=PurePosixPath(name).stem,
            task="classification",
            classes=classes,
            channels=channels,
            height=height,
            width=width,
            names=[member.path for member in members],
            labels=labels,
            splits=splits,
            samples=samples,
            features=metadata.features if metadata else (),
            table=metadata.table([member.path for member in members]) if metadata else None,
            groups=groups,
            grouped_by=metadata.grouped_by if metadata else "",
            description=f"{len(places):,} images of {len(classes)} classes, imported from {name!r}.",
            source=name,
            notes=notes,
        )


def _labelled_places(archive: SafeArchive, metadata: Metadata) -> list[_Place]:
    """Return the class of each image as the table says it, and the split by a folder that names one."""
    places = []
    for member in archive.members:
        if is_image(member):
            split = next((part for part in member.parts[:-1] if split_named(part)), None)
            places.append(_Place(member, split, metadata.rows[member.path].label or ""))
    without = next((place for place in places if place.split is None), None)
    if without is not None and any(place.split for place in places):
        raise ArchiveError(
            f"The image {without.member.path!r} in {archive.name!r} lies in no folder of a split, but others do.",
            "Put all images below train, valid and test, or none of them.",
            file=without.member.path,
        )
    if not places:
        raise ArchiveError(f"{archive.name!r} holds no images.", _WANTED, file=archive.name)
    return places


def _read_places(archive: SafeArchive) -> list[_Place]:
    """Return the split and class of each image, by its folders."""
    offset = _common_depth(archive)
    places, split_level = [], _has_split_level(archive, offset)
    depth = 3 if split_level else 2
    for member in archive.members:
        parts = member.parts[offset:]
        suffix = Path(member.name).suffix.lower()
        if (len(parts) < depth and suffix in DOCUMENTS) or is_table(member):
            continue  # a read-me or a licence beside the class folders
        if suffix not in SUFFIXES:
            raise ArchiveError(
                f"The file {member.path!r} in {archive.name!r} is not an image.",
                f"Leave it out; images end in {', '.join(sorted(SUFFIXES))}.",
                file=member.path,
            )
        if len(parts) != depth:
            where = "outside of a class folder" if len(parts) < depth else "a folder too deep"
            layout = "split/class/image" if split_level else "class/image (or train/class/image)"
            raise ArchiveError(
                f"The image {member.path!r} in {archive.name!r} lies {where}.",
                f"The folders of this archive are read as {layout}. {_WANTED}",
                file=member.path,
            )
        places.append(_Place(member, parts[0] if split_level else None, parts[-2]))
    if not places:
        raise ArchiveError(f"{archive.name!r} holds no images.", _WANTED, file=archive.name)
    return places


def _common_depth(archive: SafeArchive) -> int:
    """Return 1 where everything but read-me files lies in one folder that is neither a split nor a class, else 0."""
    tops = {folder[0] for folder in archive.folders}
    if len(tops) != 1 or split_named(next(iter(tops))):
        return 0
    return int(all(len(member.parts) != 2 or not is_image(member) for member in archive.members))


def _has_split_level(archive: SafeArchive, offset: int) -> bool:
    """Return whether the folders below the common one name splits.

    A class may be called "test" as long as its images lie directly in it.
    """
    tops = sorted({folder[offset] for folder in archive.folders if len(folder) > offset})
    named = [top for top in tops if split_named(top)]
    if not named or any(len(member.parts) == offset + 2 and is_image(member) for member in archive.members):
        return False
    others = [top for top in tops if not split_named(top)]
    if others:
        raise ArchiveError(
            f"The folder {others[0]!r} in {archive.name!r} stands beside {named[0]!r}, but names no split.",
            "Call the folders of the splits train, valid and test, and put the class folders into them.",
            file=others[0],
        )
    first: dict[str, str] = {}
    for top in named:
        split = str(split_named(top))
        if split in first:
            raise ArchiveError(
                f"The folders {first[split]!r} and {top!r} in {archive.name!r} both mean the split {split!r}.",
                "Put their images into one folder.",
                file=top,
            )
        first[split] = top
    return True


def _ensure_no_empty_folder(archive: SafeArchive, places: list[_Place]) -> None:
    offset = _common_depth(archive)
    class_depth = offset + (1 if places[0].split is None else 2)
    filled = {place.member.parts[:class_depth] for place in places}
    for folder in sorted(archive.folders):
        if len(folder) == class_depth and folder not in filled:
            raise ArchiveError(
                f"The class folder {'/'.join(folder)!r} in {archive.name!r} is empty.",
                "Put images of that class into it, or leave the folder out.",
                file="/".join(folder),
            )


def _read_classes(archive: SafeArchive, places: list[_Place]) -> tuple[str, ...]:
    """Return the class names in natural order, each with enough images."""
    counts: dict[str, int] = {}
    for place in places:
        counts[place.class_name] = counts.get(place.class_name, 0) + 1
    if len(counts) == 1:
        only = next(iter(counts))
        raise ArchiveError(
            f"{archive.name!r} holds only one class, {only!r}; telling classes apart needs at least two.",
            f"Add a folder for each further class. {_WANTED}",
            file=only,
        )
    for class_name, count in counts.items():
        if count < _FEWEST:
            raise ArchiveError(
                f"The class {class_name!r} in {archive.name!r} has {count} image{'s' if count > 1 else ''}; "
                f"at least {_FEWEST} are needed, so that one trains, one validates and one tests.",
                "Add images of that class, or leave its folder out.",
                file=class_name,
            )
    return tuple(sorted(counts, key=natural_order))


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Order names as people do: class 2 before class 10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", name)
    return tuple((0, int(piece), "") if piece[0] in "0123456789" else (1, 0, piece.casefold()) for piece in pieces)


def _read_splits(
    places: list[_Place],
    labels: NDArray[np.int64],
    classes: tuple[str, ...],
    groups: list[str] | None,
    name: str,
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return the split codes, as the folders say, with what is missing cut from train."""
    if places[0].split is None:
        splits, note = usual_splits(labels, groups, "images")
        return splits, (note,)
    codes = {place.split: SPLITS.index(split_named(place.split or "") or "train") for place in places}
    splits = np.array([codes[place.split] for place in places], np.uint8)
    for label, class_name in enumerate(classes):
        if not ((labels == label) & (splits == TRAIN)).any():
            raise ArchiveError(
                f"The class {class_name!r} in {name!r} has no images in the training split.",
                f"Add them as train/{class_name}/…, or leave the class out of the other splits.",
                file=class_name,
            )
    splits, notes = fill_missing_splits(labels, splits)
    return splits, ("The splits are those of the archive's folders.", *notes)
