"""The image files of an archive: which members are images, and the size and channels that all of them share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.ahead import map_ahead
from patholearn_lab.datasets.archives import Limits, Member, SafeArchive
from patholearn_lab.datasets.images import SUFFIXES, OpenImage
from patholearn_lab.errors import ArchiveError
from patholearn_lab.progress import Progress, ensure_not_cancelled

DOCUMENTS = {"", ".txt", ".md", ".rst", ".csv", ".tsv", ".json", ".geojson", ".yml", ".yaml", ".xml", ".html", ".pdf"}
"""The endings of what may lie beside images, and is passed over."""

REPORT_EVERY = 256

_KEPT_OPEN = 8_192
"""Images that stay open between the check of their headers and their decoding; PIL takes 5 KB for each."""

_DECODED_AHEAD = 64
_DECODED_PIXELS = 16 * 2**20
"""So many images, and so many pixels of them, are decoded before they are asked for."""

LISTED = 100
"""How many of the files that cannot be taken an error lists."""


def is_image(member: Member) -> bool:
    """Return whether a file is an image by its name."""
    return Path(member.name).suffix.lower() in SUFFIXES


def read_format(
    archive: SafeArchive, members: Sequence[Member], limits: Limits, progress: Progress
) -> tuple[Literal[1, 3], int, int]:
    """Return channels, height and width that all images share: 1 channel only where every image is grey.

    Raises
    ------
    ArchiveError
        When some are no images, or of another size. The message names the first; ``details`` have ``files``, the first
        :data:`LISTED` as ``{file, message}``, and their ``total``.
    TooLargeError
        When one is over a limit.
    """
    grey, size, first = True, (0, 0), ""
    bad: list[ArchiveError] = []
    for number, member in enumerate(members):
        if number % REPORT_EVERY == 0:
            ensure_not_cancelled(progress)
            progress.report(number, len(members), "Checking images")
        try:
            image = OpenImage(archive.read(member), member.path, limits)
        except ArchiveError as error:
            bad.append(error)
            continue
        facts = image.facts
        if len(archive.open_images) < _KEPT_OPEN:
            archive.open_images[member.path] = image
        grey = grey and facts.grey
        if not first:
            size, first = (facts.width, facts.height), member.path
        elif (facts.width, facts.height) != size:
            bad.append(
                ArchiveError(
                    f"The image {member.path!r} is {facts.width} × {facts.height} pixels, but {first!r} is "
                    f"{size[0]} × {size[1]}.",
                    "All images of a data set must have one size: cut or scale them to it, and pack the archive again.",
                    file=member.path,
                )
            )
    if bad:
        raise _all_of(bad)
    return (1 if grey else 3), size[1], size[0]


def read_image(archive: SafeArchive, member: Member, channels: Literal[1, 3], limits: Limits) -> NDArray[np.uint8]:
    """Return the pixels of an image as ``uint8[H,W,channels]``; its header was read by :func:`read_format`.

    Raises
    ------
    ArchiveError, TooLargeError
        When it is cut off or damaged.
    """
    return _opened(archive, member, limits).decode(channels)


def read_images(
    archive: SafeArchive, members: Sequence[Member], channels: Literal[1, 3], size: tuple[int, int], limits: Limits
) -> Iterator[NDArray[np.uint8]]:
    """Yield the pixels of images of one size (height, width) in their order, decoded by several threads.

    Raises
    ------
    ArchiveError, TooLargeError
        As :func:`read_image`.
    """
    opened = (_opened(archive, member, limits) for member in members)
    most = min(_DECODED_AHEAD, _DECODED_PIXELS // max(size[0] * size[1], 1))
    return map_ahead(lambda image: image.decode(channels), opened, max(most, 1))


def _opened(archive: SafeArchive, member: Member, limits: Limits) -> OpenImage:
    """Return the image that was left open when its header was checked, or open it again."""
    image = archive.open_images.pop(member.path, None)
    return image or OpenImage(archive.read(member), member.path, limits)


def _all_of(bad: Sequence[ArchiveError]) -> ArchiveError:
    """Return one error for all files that cannot be taken."""
    first, others = bad[0], len(bad) - 1
    more = f" {others:,} other file{'s' if others > 1 else ''} cannot be taken either." if others else ""
    files = [{"file": error.details.get("file", ""), "message": error.message} for error in bad[:LISTED]]
    return ArchiveError(first.message + more, first.hint, **{**first.details, "files": files, "total": len(bad)})
