"""A file that is to be imported, before anybody knows its format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from patholearn_lab.datasets.archives import SafeArchive, open_archive
from patholearn_lab.errors import PathoLearnError


@dataclass(frozen=True)
class Candidate:
    """What importers may look at to know their format.

    Parameters
    ----------
    path
        The file.
    archive
        Its checked table of contents, listed once for all importers; None where it is no archive, or one that is
        refused: the importer that takes it says why when it reads it.
    """

    path: Path
    archive: SafeArchive | None


@contextmanager
def candidate(path: Path) -> Iterator[Candidate]:
    """Open the file at `path` for looking at it."""
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(open_archive(path))
        except PathoLearnError:
            archive = None
        yield Candidate(path, archive)
