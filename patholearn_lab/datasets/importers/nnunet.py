"""nnU-Net's raw folder: ``dataset.json`` with ``imagesTr`` and ``labelsTr``, volumes (NIfTI) or pictures (png, tif).

::

    Dataset004_Tumor/
      dataset.json                channel_names, labels ({"background": 0, "tumor": 1}), file_ending
      imagesTr/  a_0000.nii.gz    a case, and the number of its channel; one file with three channels, or three files
      labelsTr/  a.nii.gz
      imagesTs/, labelsTs/        the test split, where labels of it are there

A volume gives its axial slices, and all of a case are in one split.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.archives import ARCHIVE_ENDINGS, Limits, Member, SafeArchive, open_archive
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.images import decode, decode_mask
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.importers.cases import Case, as_bytes, contents_of_cases
from patholearn_lab.datasets.importers.nifti import read_volume
from patholearn_lab.datasets.manifest import NOT_ANNOTATED, Split
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

_JSON = "dataset.json"
_MOST_BYTES = 2**20
_PICTURES = {".png", ".tif", ".tiff", ".bmp", ".jpg"}
_VOLUMES = {".nii.gz", ".nii"}
_CHANNEL = re.compile(r"(.+)_(\d{4})$")
_FORM = 'Write it as {"channel_names": {"0": "CT"}, "labels": {"background": 0, "tumor": 1}, "file_ending": ".nii.gz"}.'


@dataclass(frozen=True)
class _Files:
    """A case: the files of its channels in their order, its label file, and its split."""

    images: tuple[Member, ...]
    label: Member
    split: Split | None


class NnUNet:
    """The importer of nnU-Net's raw folders."""

    label = "a .zip, .tar or .tar.gz of an nnU-Net raw folder: dataset.json, imagesTr and labelsTr"
    endings = ARCHIVE_ENDINGS

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file is an archive with a dataset.json beside imagesTr."""
        return file.archive is not None and _find_json(file.archive) is not None

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the description and every case, and return the data set; pixels are kept when it is stored.

        Raises
        ------
        ArchiveError, TooLargeError
            When something is not as it must be; the message names the file, and the value in it.
        """
        with open_archive(path, limits, name) as archive:
            described = _Described(archive)
            found = described.cases()
            size: tuple[Any, int, int] | None = None
            cases = []
            for number, (case, files) in enumerate(found.items()):
                ensure_not_cancelled(progress)
                progress.report(number, len(found), "Checking cases")
                images, masks = described.read(files, limits)
                here = (images.shape[3], *images.shape[1:3])
                size = size or here
                if here != size:
                    described.refuse_file(
                        files.images[0],
                        f"is {here[2]} × {here[1]} pixels with {here[0]} channels, but others are {size[2]} × "
                        f"{size[1]} with {size[0]}",
                        "All images of a data set must have one size: resample or crop the cases to it.",
                    )
                parts = [f"{case}/slice {place}" if len(masks) > 1 else case for place in range(len(masks))]
                cases.append(Case(case, parts, partial(_samples, path, name, limits, files), files.split))
        if size is None:
            described.refuse("is beside no cases: imagesTr and labelsTr hold no files that belong together")
        return contents_of_cases(
            cases,
            name,
            described.classes,
            size,
            "patient",
            described.notes,
            title=str(described.found.get("name") or "")[:200],
            description=str(described.found.get("description") or "")[:2000]
            or f"{len(cases):,} cases with masks of {len(described.classes)} classes, imported from {name!r}.",
            licence=str(described.found.get("licence") or described.found.get("license") or "")[:200],
        )


class _Described:
    """The dataset.json of an archive, checked."""

    def __init__(self, archive: SafeArchive) -> None:
        self._archive = archive
        member = _find_json(archive)
        assert member is not None  # what sniffed it found it
        self.file = member
        if member.size > _MOST_BYTES:
            self.refuse(f"has {member.size:,} bytes; at most {_MOST_BYTES:,} are taken")
        try:
            found = json.loads(archive.read(member).decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            self.refuse(f"is no JSON: {error}")
        if not isinstance(found, dict):
            self.refuse("is no JSON object")
        self.found: dict[str, Any] = found
        self.classes, self._codes = self._labels()
        self.notes: list[str] = []
        self._ending = found.get("file_ending", ".nii.gz")
        if self._ending not in _VOLUMES | _PICTURES:
            self.refuse(
                f"says that its files end in {str(self._ending)[:40]!r}, which is not read",
                f"These are: {', '.join(sorted(_VOLUMES | _PICTURES))}.",
            )
        self._folder = member.parts[:-1]

    def refuse(self, problem: str, hint: str = _FORM) -> NoReturn:
        """Raise what says that the description cannot be taken."""
        self.refuse_file(self.file, problem, hint)

    def refuse_file(self, member: Member, problem: str, hint: str) -> NoReturn:
        """Raise what says that a file cannot be taken."""
        raise ArchiveError(f"The file {member.path!r} in {self._archive.name!r} {problem}.", hint, file=member.path)

    def cases(self) -> dict[str, _Files]:
        """Return the cases that have labels, by name."""
        cases: dict[str, _Files] = {}
        for images, labels, split in (("imagesTr", "labelsTr", None), ("imagesTs", "labelsTs", "test")):
            truths = self._files(labels)
            channels: dict[str, dict[int, Member]] = {}
            for stem, member in self._files(images).items():
                match = _CHANNEL.fullmatch(stem)
                if match is None:
                    self.refuse_file(
                        member, "has no number of a channel in its name", "Call it case_0000, case_0001 …."
                    )
                channels.setdefault(match[1], {})[int(match[2])] = member
            unlabelled = [case for case in channels if case not in truths]
            if unlabelled and split is None:
                self.refuse_file(channels[unlabelled[0]][min(channels[unlabelled[0]])], "has no label file", "Add it.")
            if unlabelled:
                self.notes.append(f"{len(unlabelled):,} test cases without labels were left out.")
            for case, truth in truths.items():
                if case not in channels:
                    self.refuse_file(truth, f"has no image {case}_0000{self._ending}", "Add the image, or take it out.")
                files = tuple(member for _, member in sorted(channels[case].items()))
                cases[f"{case} (test)" if case in cases else case] = _Files(files, truth, "test" if split else None)
        return cases

    def read(self, files: _Files, limits: Limits) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return the slices of a case, ``uint8[n,H,W,1 or 3]``, and its masks, ``uint8[n,H,W]``."""
        if self._ending in _VOLUMES:
            volumes = [as_bytes(read_volume(self._archive.read(one), one.path, limits)) for one in files.images]
            values = read_volume(self._archive.read(files.label), files.label.path, limits)
        else:
            volumes = [self._picture(one, len(files.images), limits) for one in files.images]
            values = decode_mask(self._archive.read(files.label), files.label.path, limits).values[np.newaxis]
        for member, volume in zip(files.images, volumes, strict=True):
            if volume.shape[:3] != values.shape:
                self.refuse_file(
                    files.label,
                    f"is {_sizes(values.shape)}, but its image {member.path!r} is {_sizes(volume.shape)}",
                    "A label file has one value for each pixel of its image.",
                )
        images = np.concatenate([volume.reshape(*values.shape, -1) for volume in volumes], axis=3)
        if images.shape[3] not in {1, 3}:
            self.refuse_file(
                files.images[0],
                f"is one of {images.shape[3]} channels of its case",
                "Images have 1 channel or 3: keep those that the network shall see.",
            )
        return images, self._mask(values, files.label)

    def _picture(self, member: Member, channels: int, limits: Limits) -> NDArray[np.uint8]:
        data = self._archive.read(member)
        wanted: Literal[1, 3] = 3 if channels == 1 and len(self.found.get("channel_names") or ()) == 3 else 1
        return decode(data, member.path, wanted, limits)[np.newaxis]

    def _mask(self, values: NDArray[Any], member: Member) -> NDArray[np.uint8]:
        whole = np.round(values).astype(np.int64)
        strange = np.setdiff1d(np.unique(whole), list(self._codes))
        if len(strange) or (values.dtype.kind == "f" and not np.array_equal(values, whole)):
            shown = strange[0] if len(strange) else values[values != whole].flat[0]
            self.refuse_file(
                member,
                f"holds the value {shown}, which no label in {_JSON} has; it has {', '.join(map(str, self._codes))}",
                f"Add the label to {_JSON}, or mend the file.",
            )
        table = np.zeros(max(self._codes) + 1, np.uint8)
        for value, place in self._codes.items():
            table[value] = place
        return table[whole]

    def _labels(self) -> tuple[tuple[str, ...], dict[int, int]]:
        """Return the names of the classes, and the class of each value in the files."""
        labels = self.found.get("labels")
        # The first version of the format has {"0": "background"}.
        if isinstance(labels, Mapping) and all(str(key).isdecimal() for key in labels):
            labels = {str(name): int(value) for value, name in labels.items()}
        if not isinstance(labels, Mapping) or not all(
            type(value) is int and 0 <= value < NOT_ANNOTATED and 0 < len(name) <= 100 for name, value in labels.items()
        ):
            self.refuse("names no labels with one whole number each (regions of several are not taken)")
        ignored = {value for name, value in labels.items() if name == "ignore"}
        named = sorted((value, name) for name, value in labels.items() if name != "ignore")
        if len(named) < 2 or len({value for value, _ in named}) < len(named):
            self.refuse("has to name at least two labels, each with a value of its own")
        codes = {value: place for place, (value, _) in enumerate(named)}
        return tuple(name for _, name in named), codes | dict.fromkeys(ignored, NOT_ANNOTATED)

    def _files(self, folder: str) -> dict[str, Member]:
        """Return the files of a folder by their names without the ending."""
        parts = (*self._folder, folder)
        return {
            member.name.removesuffix(self._ending): member
            for member in self._archive.members
            if member.parts[:-1] == parts and member.name.endswith(self._ending)
        }


def _samples(path: Path, name: str, limits: Limits, files: _Files) -> Iterator[Sample]:
    with open_archive(path, limits, name) as archive:
        images, masks = _Described(archive).read(files, limits)
    yield from (Sample(image, mask) for image, mask in zip(images, masks, strict=True))


def _find_json(archive: SafeArchive) -> Member | None:
    folders = {member.parts[:-2] for member in archive.members if member.parts[-2:-1] == ("imagesTr",)}
    return next((one for one in archive.members if one.name == _JSON and one.parts[:-1] in folders), None)


def _sizes(shape: tuple[int, ...]) -> str:
    return f"{shape[2]} × {shape[1]} pixels" + (f" in {shape[0]} slices" if shape[0] > 1 else "")
