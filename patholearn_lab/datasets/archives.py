"""Reading an uploaded zip or tar without trusting anything in it.

Nothing is ever extracted: members are read one by one into memory, so that no name of the archive becomes a path on
this machine. What the table of contents gives away is refused before the first byte is unpacked.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from patholearn_lab.datasets.containers import READ_ERRORS, Container, DamagedError, Entry, open_container
from patholearn_lab.errors import ArchiveError, TooLargeError

if TYPE_CHECKING:
    from patholearn_lab.datasets.images import OpenImage

ARCHIVE_ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")
_JUNK_FOLDERS = {"__MACOSX", ".git", ".ipynb_checkpoints"}
_JUNK_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_NESTED = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
_PLAIN = re.compile(r"[ -~]*")
_PACKED_IMAGE = ".nii.gz"  # one volume, unpacked within the limits by what reads it
_MIB = 2**20
KEPT_BYTES = 64 * _MIB  # images are read twice, for their headers and for their pixels
BOMB_FLOOR = 64 * _MIB  # an archive of small blank tiles packs very well, and does no harm


@dataclass(frozen=True)
class Limits:
    """What an archive may ask for.

    Parameters
    ----------
    files
        Most members, folders included.
    total_bytes
        Most bytes of all members together, unpacked.
    member_bytes
        Most bytes of one member, unpacked.
    ratio
        Most bytes unpacked for a byte packed, of members over 1 MiB and of the whole archive. Small files may well pack
        better: a white PNG tile does.
    image_pixels
        Most pixels of one image.
    """

    files: int = 500_000
    total_bytes: int = 32 * 1024 * _MIB
    member_bytes: int = 512 * _MIB
    ratio: int = 200
    image_pixels: int = 64_000_000


@dataclass(frozen=True)
class Member:
    """One file of an archive: its folders and name, and how long it is unpacked."""

    parts: tuple[str, ...]
    size: int
    entry: Entry = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """The name as people see it: ``train/tumor/1.png``."""
        return "/".join(self.parts)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.parts[-1]


class SafeArchive:
    """The checked table of contents of a zip or tar. Opened by :func:`open_archive`.

    Attributes
    ----------
    members
        Its files, in the archive's order, without what operating systems leave behind.
    folders
        Every folder that is named or holds something.
    open_images
        What importers opened already to look at it, and go on with, by path.
    """

    def __init__(self, container: Container, name: str, limits: Limits) -> None:
        self._container = container
        self._limits = limits
        self.name = name
        self.members: list[Member] = []
        self.folders: set[tuple[str, ...]] = set()
        self.open_images: dict[str, OpenImage] = {}
        self._kept: dict[str, bytes] = {}
        self._room = KEPT_BYTES
        self._check()

    def read(self, member: Member) -> bytes:
        """Return the bytes of a member.

        Raises
        ------
        ArchiveError
            When they are damaged.
        """
        kept = self._kept.pop(member.path, None)
        if kept is not None:
            return kept
        try:
            data = self._container.read(member.entry)
        except DamagedError as error:
            raise self._damaged(member, error) from error
        if len(data) <= self._room:
            self._kept[member.path] = data
            self._room -= len(data)
        return data

    @contextmanager
    def again(self, path: Path) -> Iterator[SafeArchive]:
        """Open the same file once more while its samples are stored, without checking it anew.

        What was read last before need not be unpacked a second time.
        """
        with closing(open_container(path)) as container:
            twin = copy.copy(self)
            twin._container, twin._room = container, 0
            yield twin

    @contextmanager
    def open(self, member: Member) -> Iterator[IO[bytes]]:
        """Open a member as a stream, for what need not fit into memory.

        Raises
        ------
        ArchiveError
            When what is read from it is damaged.
        """
        try:
            with self._container.open(member.entry) as stream:
                yield stream
        except READ_ERRORS as error:
            raise self._damaged(member, error) from error

    def find(self, path: str) -> Member | None:
        """Return the member at a path, or None."""
        return next((member for member in self.members if member.path == path), None)

    def _damaged(self, member: Member, error: Exception) -> ArchiveError:
        return ArchiveError(
            f"The file {member.path!r} in {self.name!r} is damaged: {error}.",
            "Pack the archive again from the original files, and upload it once more.",
            file=member.path,
        )

    def _check(self) -> None:
        entries = self._container.entries(self._limits.files)
        if len(entries) > self._limits.files:
            raise TooLargeError(
                f"{self.name!r} holds more than {self._limits.files:,} files; no more are taken.",
                "Split it into several data sets.",
                limit=self._limits.files,
            )
        seen: set[tuple[str, ...]] = set()
        total = 0
        packed = sum(entry.packed for entry in entries)
        for entry in entries:
            parts = self._ensure_safe_name(entry)
            self._ensure_plain_file(entry)
            total += entry.size
            self._ensure_no_bomb(entry, total)
            if _is_junk(parts):
                continue
            if entry.kind == "folder":
                self.folders.add(parts)
                continue
            if parts in seen:
                raise self._refuse(entry, "is there twice", "Pack the archive again, each file once.")
            ending = parts[-1].lower()
            if ending.endswith(_NESTED) and not ending.endswith(_PACKED_IMAGE):
                raise self._refuse(
                    entry, "is an archive inside the archive", "Unpack it, and pack the images themselves."
                )
            seen.add(parts)
            self.members.append(Member(parts, entry.size, entry))
            self.folders.update(parts[:depth] for depth in range(1, len(parts)))
        if total > BOMB_FLOOR and total > self._limits.ratio * packed:
            raise TooLargeError(
                f"{self.name!r} grows {total // max(packed, 1):,} times when unpacked; "
                f"at most {self._limits.ratio} times is taken.",
                "Save the images as PNG or JPEG before you pack them.",
                limit=self._limits.ratio,
            )

    def _ensure_safe_name(self, entry: Entry) -> tuple[str, ...]:
        name = entry.name
        parts = name.rstrip("/").split("/")
        if "\\" in name:
            problem, hint = "has a backslash in its name", "Pack with '/' between folders, as zip tools do by default."
        elif not _PLAIN.fullmatch(name) and any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name):
            problem, hint = "has control characters in its name", "Rename the file and pack the archive again."
        elif name.startswith("/") or (len(name) > 1 and name[1] == ":"):
            problem, hint = "has an absolute path", "Pack the archive from inside the folder of the images."
        elif any(part in {"", ".", ".."} for part in parts):
            problem, hint = "has a path that leads outside the archive", "Pack only the folder with the images."
        else:
            # macOS packs decomposed letters; composed, a class has one name wherever its images were packed.
            return tuple(parts) if name.isascii() else tuple(unicodedata.normalize("NFC", part) for part in parts)
        raise self._refuse(entry, problem, hint)

    def _ensure_plain_file(self, entry: Entry) -> None:
        if entry.kind == "link":
            raise self._refuse(entry, "is a symbolic link or a hard link", "Pack the file itself, not a link to it.")
        if entry.kind == "special":
            raise self._refuse(entry, "is neither a file nor a folder", "Pack plain files only.")
        if entry.problem:
            raise self._refuse(entry, *entry.problem)

    def _ensure_no_bomb(self, entry: Entry, total: int) -> None:
        limits = self._limits
        if entry.size > limits.member_bytes:
            raise self._too_large(
                f"The file {entry.name!r} in {self.name!r} is {_size(entry.size)} unpacked; "
                f"at most {_size(limits.member_bytes)} are taken.",
                "Cut it into smaller images.",
                entry,
            )
        if entry.size > _MIB and entry.size > limits.ratio * max(entry.packed, 1):
            raise self._too_large(
                f"The file {entry.name!r} in {self.name!r} grows {entry.size // max(entry.packed, 1):,} "
                f"times when unpacked; at most {limits.ratio} times is taken.",
                "If it is an image, save it as PNG or JPEG.",
                entry,
            )
        if total > limits.total_bytes:
            raise self._too_large(
                f"{self.name!r} is over {_size(limits.total_bytes)} unpacked, which is the limit; "
                f"it was passed at {entry.name!r}.",
                "Split it into several data sets.",
                entry,
            )

    def _too_large(self, message: str, hint: str, entry: Entry) -> TooLargeError:
        return TooLargeError(message, hint, file=entry.name)

    def _refuse(self, entry: Entry, problem: str, hint: str) -> ArchiveError:
        return ArchiveError(f"The file {entry.name!r} in {self.name!r} {problem}.", hint, file=entry.name)


@contextmanager
def open_archive(path: Path, limits: Limits | None = None, name: str = "") -> Iterator[SafeArchive]:
    """Open the zip or tar at `path` for reading, checked.

    Parameters
    ----------
    path
        The file.
    limits
        What it may ask for.
    name
        What messages call it; the file's own name where empty.

    Raises
    ------
    ArchiveError
        When it is neither, or something in it is not taken; the message names the file.
    TooLargeError
        When it is over a limit.
    """
    shown = name or path.name
    try:
        container = open_container(path)
    except DamagedError as error:
        raise _unreadable(shown, error) from error
    with closing(container):
        try:
            archive = SafeArchive(container, shown, limits or Limits())
        except DamagedError as error:
            raise _unreadable(shown, error) from error
        yield archive


def _unreadable(name: str, error: DamagedError) -> ArchiveError:
    return ArchiveError(
        f"{name!r} {error}.",
        "Upload a .zip, .tar or .tar.gz that opens on your own computer; pack it again where it does not.",
        file=name,
    )


def _is_junk(parts: tuple[str, ...]) -> bool:
    return any(part in _JUNK_FOLDERS for part in parts) or parts[-1] in _JUNK_FILES or parts[-1].startswith("._")


def _size(count: int) -> str:
    return f"{count / 1024 / _MIB:.1f} GiB" if count >= 1024 * _MIB else f"{count / _MIB:.1f} MiB"
