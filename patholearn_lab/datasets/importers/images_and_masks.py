"""An archive of images and masks, as PathoLearn exports it: ``[root/][split/]images/x.png`` and ``masks/x.png``.

::

    nuclei.zip
      images/  a.png  b.png       or train/images, images/train: the split; left out, 80/10/10 at random
      masks/   a.png  b.png       or labels; or a folder for each class: masks/tumor/a.png
      info.json                   may be there: names, values and colors of the classes (``class_map.py``)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import ARCHIVE_ENDINGS, Limits, Member, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.class_map import NAME, MaskClass, read_class_map
from patholearn_lab.datasets.importers.image_files import DOCUMENTS, REPORT_EVERY, is_image, read_format, read_image
from patholearn_lab.datasets.importers.mask_readers import MaskSurvey
from patholearn_lab.datasets.manifest import SPLITS, UNLABELED, Split
from patholearn_lab.datasets.splits import TRAIN, fill_missing_splits, split_named, stratified_splits
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

_IMAGES = {"images", "image", "imgs", "img"}
_MASKS = {"masks", "mask", "labels", "label", "ground_truth", "gt"}
_ENDING = re.compile(r"[-_. ](masks?|labels?|segmentation|seg|gt)$", re.IGNORECASE)
_WANTED = "Give an image and its mask one name: images/1.png and masks/1.png."
_FEWEST = 3

Key = tuple[str, ...]
"""What an image and its mask have in common: the folders around, and the name without its ending."""


@dataclass
class Pair:
    """An image and its mask files: by class, or one under the empty name that holds all classes."""

    image: Member
    split: Split | None = None
    layers: dict[str, Member] = field(default_factory=dict)


class ImagesAndMasks:
    """The importer of images with masks: values, colors, a file for each class, or numbered objects."""

    label = "a .zip, .tar or .tar.gz with the folders images and masks (or labels), and maybe an info.json"
    endings = ARCHIVE_ENDINGS

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is an archive with images in folders of both names."""
        archive = file.archive
        return archive is not None and all(any(_keyed(archive, folders)) for folders in (_IMAGES, _MASKS))

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check that images and masks fit together, and return the data set; pixels are kept when it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the file, and the value in it.
        """
        with open_archive(path, limits, name) as archive:
            pairs = _read_pairs(archive)
            maps = [member for member in archive.members if member.name == NAME]
            named = read_class_map(archive, maps[0]) if maps else None
            return masked_contents(archive, path, pairs, limits, progress, named=named)


def masked_contents(
    archive: SafeArchive,
    path: Path,
    pairs: Sequence[Pair],
    limits: Limits,
    progress: Progress,
    *,
    named: tuple[MaskClass, ...] | None = None,
    map_name: str = NAME,
) -> Contents:
    """Return the data set of these images and masks.

    Parameters
    ----------
    archive, path
        Where they are; opened again while the samples are stored.
    pairs
        What belongs together.
    limits, progress
        As :meth:`ImagesAndMasks.read`.
    named, map_name
        What a file says of the classes (None where none does), and what messages call it.
    """
    channels, height, width = read_format(archive, [pair.image for pair in pairs], limits, progress)
    survey = MaskSurvey(archive, limits, (height, width))
    for number, pair in enumerate(pairs):
        if number % REPORT_EVERY == 0:
            ensure_not_cancelled(progress)
            progress.report(number, len(pairs), "Checking masks")
        survey.add(pair.image, pair.layers)
    layers = sorted({layer for pair in pairs for layer in pair.layers if layer}, key=str.casefold)
    reader = survey.reader(layers, named, map_name)
    if layers:
        for pair in pairs:  # whether two classes claim one pixel shows only when their files are laid together
            reader.read(archive, pair.layers, limits)
    splits, notes = _read_splits(pairs, archive.name)
    name = archive.name

    def samples() -> Iterator[Sample]:
        with archive.again(path) as again:
            for pair in pairs:
                image = read_image(again, pair.image, channels, limits)
                yield Sample(image, *reader.read(again, pair.layers, limits))

    return Contents(
        name=PurePosixPath(name).stem,
        task="segmentation",
        classes=reader.classes,
        channels=channels,
        height=height,
        width=width,
        names=[pair.image.path for pair in pairs],
        labels=None,
        splits=splits,
        samples=samples,
        masks=True,
        sparse=named is not None and UNLABELED in {one.name for one in named},
        instances=reader.instances,
        description=f"{len(pairs):,} images with masks of {len(reader.classes)} classes, imported from {name!r}.",
        source=name,
        notes=(reader.note, *notes),
    )


def _keyed(archive: SafeArchive, folders: set[str]) -> Iterator[tuple[Key, Member]]:
    """Yield the images below a folder of that name, and their keys: their path without it.

    The outermost folder of either name counts: in ``images/mask/1.png`` mask is the name of a class.
    """
    for member in archive.members:
        named = (place for place, part in enumerate(member.parts[:-1]) if part.lower() in _IMAGES | _MASKS)
        place = next(named, None)
        if place is not None and member.parts[place].lower() in folders and is_image(member):
            inner = member.parts[place + 1 : -1]
            yield (*member.parts[:place], "", *inner, PurePosixPath(member.name).stem), member


def _without_class(key: Key) -> tuple[Key, str]:
    """Return the key without the last folder, and that folder."""
    return (*key[:-2], key[-1]), key[-2]


def _read_pairs(archive: SafeArchive) -> list[Pair]:
    """Return what belongs together, in the archive's order of the images."""
    pairs: dict[Key, Pair] = {}
    for key, member in _keyed(archive, _IMAGES):
        if key in pairs:
            raise _refuse(archive, member, f"has the name of {pairs[key].image.path!r}, but for its ending")
        pairs[key] = Pair(member, _split_of(member))
    for key, member in _keyed(archive, _MASKS):
        pair, layer = _find_pair(pairs, key)
        if pair is None:
            raise _refuse(archive, member, "is a mask, but there is no image of that name")
        other = next((there for name, there in pair.layers.items() if name == layer or not (name and layer)), None)
        if other is not None:
            raise _refuse(archive, member, f"is a mask of {pair.image.path!r}, which has the mask {other.path!r}")
        pair.layers[layer] = member
    used = {pair.image.path for pair in pairs.values()}
    used |= {mask.path for pair in pairs.values() for mask in pair.layers.values()}
    layered = any(layer for pair in pairs.values() for layer in pair.layers)
    for pair in pairs.values():
        if not pair.layers:
            raise _refuse(archive, pair.image, "has no mask")
        if layered and "" in pair.layers:
            raise _refuse(archive, pair.layers[""], "lies in no folder of a class, but other masks do")
    for member in archive.members:
        if member.path not in used and Path(member.name).suffix.lower() not in DOCUMENTS:
            raise _refuse(archive, member, "is neither an image nor a mask")
    if len(pairs) < _FEWEST:
        raise ArchiveError(
            f"{archive.name!r} holds {len(pairs)} images with masks; at least {_FEWEST} are needed, so that one "
            "trains, one validates and one tests.",
            "Add images with their masks, or cut large ones into tiles.",
            file=archive.name,
        )
    return list(pairs.values())


def _find_pair(pairs: dict[Key, Pair], key: Key) -> tuple[Pair | None, str]:
    """Return the pair that a mask belongs to, and the class whose folder it lies in; empty where in none."""
    for stem in dict.fromkeys((key[-1], _ENDING.sub("", key[-1]))):
        exact = (*key[:-1], stem)
        if exact in pairs:
            return pairs[exact], ""
        without, layer = _without_class(exact)
        if layer and without in pairs:
            return pairs[without], layer
    return None, ""


def _split_of(member: Member) -> Split | None:
    return next((split for part in member.parts[:-1] if (split := split_named(part))), None)


def _read_splits(pairs: Sequence[Pair], name: str) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Return the split codes, as the folders say, with what is missing cut from train."""
    alike = np.zeros(len(pairs), np.int64)
    if all(pair.split is None for pair in pairs):
        note = "The archive names no splits: the images were split 80/10/10 at random (seed 0)."
        return stratified_splits(alike), (note,)
    without = next((pair.image.path for pair in pairs if pair.split is None), None)
    if without is not None:
        raise ArchiveError(
            f"The image {without!r} in {name!r} lies in no folder of a split, but others do.",
            "Put all images below train, valid and test, or none of them.",
            file=without,
        )
    splits = np.array([SPLITS.index(pair.split) for pair in pairs if pair.split], np.uint8)
    if (splits == TRAIN).sum() < 1:
        raise ArchiveError(
            f"{name!r} has no images in the training split.", "Add them as train/images and train/masks.", file=name
        )
    splits, notes = fill_missing_splits(alike, splits)
    return splits, ("The splits are those of the archive.", *notes)


def _refuse(archive: SafeArchive, member: Member, problem: str) -> ArchiveError:
    return ArchiveError(f"The file {member.path!r} in {archive.name!r} {problem}.", _WANTED, file=member.path)
