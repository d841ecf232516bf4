"""The formats that data sets can be imported from: one module each, tried in order. Loaded when something is imported.

A further format is one more module, registered here or by an entry point of the group ``patholearn_lab.importers``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from patholearn_lab.datasets.archives import BOMB_FLOOR, Limits
from patholearn_lab.datasets.choices import TableChoices
from patholearn_lab.datasets.containers import decompressed
from patholearn_lab.datasets.contents import Contents
from patholearn_lab.datasets.importers.candidate import Candidate, candidate
from patholearn_lab.datasets.importers.class_folders import ClassFolders
from patholearn_lab.datasets.importers.deephealth import DeepHealth
from patholearn_lab.datasets.importers.hdf5 import Hdf5, read_parts
from patholearn_lab.datasets.importers.images_and_masks import ImagesAndMasks
from patholearn_lab.datasets.importers.medmnist import MedMnist
from patholearn_lab.datasets.importers.nnunet import NnUNet
from patholearn_lab.datasets.importers.npz import KerasNpz
from patholearn_lab.datasets.importers.ome_zarr import OmeZarr
from patholearn_lab.datasets.importers.tables import TableFile
from patholearn_lab.datasets.importers.zarr_store import ZarrStore
from patholearn_lab.errors import ArchiveError, InvalidInputError
from patholearn_lab.progress import Progress, ensure_not_cancelled
from patholearn_lab.registry import Registry


class Importer(Protocol):
    """Reads one format."""

    @property
    def label(self) -> str:
        """What the format is called, for people."""

    @property
    def endings(self) -> tuple[str, ...]:
        """How its files' names end, for the choice of a file; what a file is follows from what is in it."""

    def sniff(self, file: Candidate) -> bool:
        """Return whether the file looks like this format, quickly and without raising."""

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        """Check the whole file and return what is in it; `name` is what messages call the file.

        Raises
        ------
        ArchiveError, TooLargeError
            When it cannot be taken.
        """


IMPORTERS: Registry[Importer] = Registry("importer", "patholearn_lab.importers")
IMPORTERS.register("keras_npz", KerasNpz())
IMPORTERS.register("medmnist", MedMnist())
IMPORTERS.register("zarr_store", ZarrStore())
IMPORTERS.register("ome_zarr", OmeZarr())
IMPORTERS.register("deephealth", DeepHealth())
IMPORTERS.register("nnunet", NnUNet())
IMPORTERS.register("images_and_masks", ImagesAndMasks())
IMPORTERS.register("class_folders", ClassFolders())
IMPORTERS.register("hdf5", Hdf5())
IMPORTERS.register("table", TableFile())


def find_importer(path: Path, name: str, table: TableChoices | None = None) -> Importer:
    """Return the first importer that takes the file at `path` for its own.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    table
        What the columns of a table are for, where somebody said so.

    Raises
    ------
    ArchiveError
        When none does.
    InvalidInputError
        When columns were chosen and the file is no table.
    """
    with candidate(path) as file:
        found = next((importer for importer in IMPORTERS.values() if importer.sniff(file)), None)
    if table is not None and found is not None:
        if not isinstance(found, TableFile):
            raise InvalidInputError(f"{name!r} is no table, but {found.label}: it has no columns to choose.", "")
        return TableFile(table)
    if found is not None:
        return found
    known = "; ".join(importer.label for importer in IMPORTERS.values())
    raise ArchiveError(f"{name!r} is in no format that can be imported.", f"These can: {known}.", file=name)


@contextmanager
def opened(
    path: Path,
    name: str,
    scratch: Path,
    progress: Progress,
    limits: Limits | None = None,
    table: TableChoices | None = None,
) -> Iterator[tuple[Importer, Contents]]:
    """Give the importer of a file, and what it found. The file has to stay until the samples are read.

    Parameters
    ----------
    path, name
        The file, and what messages call it.
    scratch
        Where a compressed file may be unpacked.
    progress
        Told what is checked; may cancel.
    limits
        What an archive may ask for.
    table
        What the columns of a table are for, where somebody said so.

    Raises
    ------
    ArchiveError, TooLargeError
        When the file cannot be taken.
    """
    limits = limits or Limits()
    with decompressed(path, name, scratch, limits.total_bytes, limits.ratio, BOMB_FLOOR) as plain:
        importer = find_importer(plain, name, table)
        yield importer, replace(importer.read(plain, name, limits, progress), file=path)


@contextmanager
def opened_parts(
    paths: Sequence[Path], described: Mapping[str, Any], scratch: Path, progress: Progress, limits: Limits | None = None
) -> Iterator[Contents]:
    """Give what is in several HDF5 files, plain or as gzip, that are one data set: each names its split.

    Parameters
    ----------
    paths
        The files. They have to stay until the samples are read.
    described
        What is said of the set elsewhere: ``name``, ``classes``, ``licence``, ``description``, ``source``.
    scratch, progress, limits
        As in :func:`opened`.

    Raises
    ------
    ArchiveError, TooLargeError
        When a file cannot be taken.
    """
    limits = limits or Limits()
    with ExitStack() as unpacked:
        files = []
        for number, path in enumerate(paths):
            ensure_not_cancelled(progress)
            progress.report(number, len(paths), "Unpacking")
            plain = decompressed(path, path.name, scratch, limits.total_bytes, limits.ratio, BOMB_FLOOR)
            files.append((unpacked.enter_context(plain), path.name))
        yield read_parts(files, str(described.get("name") or paths[0].name), limits, progress, described)
