"""The image files of an archive: which members are images, and the size and channels that all of them share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from patholearn_lab.datasets.archives import Limits, Member, SafeArchive
from patholearn_lab.datasets.images import SUFFIXES, read_facts
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

DOCUMENTS = {"", ".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".geojson", ".yml", ".yaml", ".xml", ".html", ".pdf"}
"""The endings of what may lie beside images, and is passed over."""

REPORT_EVERY = 256


def is_image(member: Member) -> bool:
    """Return whether a file is an image by its name."""
    return Path(member.name).suffix.lower() in SUFFIXES


def read_format(
    archive: SafeArchive, members: Sequence[Member], limits: Limits, progress: Progress
) -> tuple[Literal[1, 3], int, int]:
    """Return channels, height and width that all images share: 1 channel only where every image is grey.

    Raises
    ------
    ArchiveError, TooLargeError
        When one is no image, too large, or of another size; the message names it.
    """
    grey, size, first = True, (0, 0), members[0]
    for number, member in enumerate(members):
        if number % REPORT_EVERY == 0:
            ensure_not_cancelled(progress)
            progress.report(number, len(members), "Checking images")
        facts = read_facts(archive.read(member), member.path, limits)
        grey = grey and facts.grey
        if number == 0:
            size = (facts.width, facts.height)
        elif (facts.width, facts.height) != size:
            raise ArchiveError(
                f"The image {member.path!r} is {facts.width} × {facts.height} pixels, but {first.path!r} is "
                f"{size[0]} × {size[1]}.",
                "All images of a data set must have one size: cut or scale them to it, and pack the archive again.",
                file=member.path,
            )
    return (1 if grey else 3), size[1], size[0]
