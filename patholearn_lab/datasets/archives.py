"""Reading an uploaded zip without trusting anything in it.

Nothing is ever extracted: members are read one by one into memory, so that no name of the archive becomes a path on
this machine. What the table of contents gives away is refused before the first byte is unpacked.
"""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from patholearn_lab.errors import ArchiveError, TooLargeError

_JUNK_FOLDERS = {"__MACOSX", ".git", ".ipynb_checkpoints"}
_JUNK_FILES = {".DS_Store", "Thumbs.db", "desktop.ini"}
_NESTED = {".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar"}
_ENCRYPTED = 0x1
_UNIX_MODE_SHIFT = 16
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_MIB = 2**20
_BOMB_FLOOR = 64 * _MIB  # an archive of small blank tiles packs very well, and does no harm


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
    info: zipfile.ZipInfo = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        """The name as people see it: ``train/tumor/1.png``."""
        return "/".join(self.parts)

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.parts[-1]


class SafeArchive:
    """The checked table of contents of a zip. Opened by :func:`open_archive`.

    Attributes
    ----------
    members
        Its files, in the archive's order, without what operating systems leave behind.
    folders
        Every folder that is named or holds something.
    """

    def __init__(self, archive: zipfile.ZipFile, name: str, limits: Limits) -> None:
        self._archive = archive
        self._limits = limits
        self.name = name
        self.members: list[Member] = []
        self.folders: set[tuple[str, ...]] = set()
        self._check()

    def read(self, member: Member) -> bytes:
        """Return the bytes of a member.

        Raises
        ------
        ArchiveError
            When they are damaged.
        """
        try:
            # zipfile never gives more bytes than the table of contents says, which was checked against the limits.
            return self._archive.read(member.info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise ArchiveError(
                f"The file {member.path!r} in {self.name!r} is damaged: {error}.",
                "Pack the archive again from the original files, and upload it once more.",
                file=member.path,
            ) from error

    def _check(self) -> None:
        entries = self._archive.infolist()
        if len(entries) > self._limits.files:
            raise TooLargeError(
                f"{self.name!r} holds {len(entries):,} files; at most {self._limits.files:,} are taken.",
                "Split it into several data sets.",
                limit=self._limits.files,
            )
        seen: set[tuple[str, ...]] = set()
        total = 0
        packed = sum(entry.compress_size for entry in entries)
        for entry in entries:
            parts = self._ensure_safe_name(entry)
            self._ensure_plain_file(entry)
            total += entry.file_size
            self._ensure_no_bomb(entry, total)
            if _is_junk(parts):
                continue
            if entry.is_dir():
                self.folders.add(parts)
                continue
            if parts in seen:
                raise self._refuse(entry, "is there twice", "Pack the archive again, each file once.")
            if Path(parts[-1]).suffix.lower() in _NESTED:
                raise self._refuse(
                    entry, "is an archive inside the archive", "Unpack it, and pack the images themselves."
                )
            seen.add(parts)
            self.members.append(Member(parts, entry.file_size, entry))
            self.folders.update(parts[:depth] for depth in range(1, len(parts)))
        if total > _BOMB_FLOOR and total > self._limits.ratio * packed:
            raise TooLargeError(
                f"{self.name!r} grows {total // max(packed, 1):,} times when unpacked; "
                f"at most {self._limits.ratio} times is taken.",
                "Save the images as PNG or JPEG before you pack them.",
                limit=self._limits.ratio,
            )

    def _ensure_safe_name(self, entry: zipfile.ZipInfo) -> tuple[str, ...]:
        # zipfile cuts names at a zero byte and mends some separators; the original is what somebody wrote.
        name = entry.orig_filename
        parts = name.rstrip("/").split("/")
        if "\\" in name:
            problem, hint = "has a backslash in its name", "Pack with '/' between folders, as zip tools do by default."
        elif any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in name):
            problem, hint = "has control characters in its name", "Rename the file and pack the archive again."
        elif name.startswith("/") or (len(name) > 1 and name[1] == ":"):
            problem, hint = "has an absolute path", "Pack the archive from inside the folder of the images."
        elif any(part in {"", ".", ".."} for part in parts):
            problem, hint = "has a path that leads outside the archive", "Pack only the folder with the images."
        else:
            # macOS packs decomposed letters; composed, a class has one name wherever its images were packed.
            return tuple(unicodedata.normalize("NFC", part) for part in parts)
        raise self._refuse(entry, problem, hint)

    def _ensure_plain_file(self, entry: zipfile.ZipInfo) -> None:
        mode = entry.external_attr >> _UNIX_MODE_SHIFT
        if stat.S_ISLNK(mode):
            raise self._refuse(entry, "is a symbolic link", "Pack the file itself (zip without --symlinks).")
        if stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise self._refuse(entry, "is neither a file nor a folder", "Pack plain files only.")
        if entry.flag_bits & _ENCRYPTED:
            raise self._refuse(entry, "is encrypted", "Pack the archive without a password.")
        if entry.compress_type not in _METHODS:
            raise self._refuse(
                entry,
                f"is packed by an unknown method ({entry.compress_type})",
                "Pack with deflate, the default of zip.",
            )

    def _ensure_no_bomb(self, entry: zipfile.ZipInfo, total: int) -> None:
        limits = self._limits
        if entry.file_size > limits.member_bytes:
            raise self._too_large(
                f"The file {_shown(entry)!r} in {self.name!r} is {_size(entry.file_size)} unpacked; "
                f"at most {_size(limits.member_bytes)} are taken.",
                "Cut it into smaller images.",
                entry,
            )
        if entry.file_size > _MIB and entry.file_size > limits.ratio * max(entry.compress_size, 1):
            raise self._too_large(
                f"The file {_shown(entry)!r} in {self.name!r} grows {entry.file_size // max(entry.compress_size, 1):,} "
                f"times when unpacked; at most {limits.ratio} times is taken.",
                "If it is an image, save it as PNG or JPEG.",
                entry,
            )
        if total > limits.total_bytes:
            raise self._too_large(
                f"{self.name!r} is over {_size(limits.total_bytes)} unpacked, which is the limit; "
                f"it was passed at {_shown(entry)!r}.",
                "Split it into several data sets.",
                entry,
            )

    def _too_large(self, message: str, hint: str, entry: zipfile.ZipInfo) -> TooLargeError:
        return TooLargeError(message, hint, file=_shown(entry))

    def _refuse(self, entry: zipfile.ZipInfo, problem: str, hint: str) -> ArchiveError:
        return ArchiveError(f"The file {_shown(entry)!r} in {self.name!r} {problem}.", hint, file=_shown(entry))


@contextmanager
def open_archive(path: Path, limits: Limits | None = None, name: str = "") -> Iterator[SafeArchive]:
    """Open the zip at `path` for reading, checked.

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
        When it is no zip, or something in it is not taken; the message names the file.
    TooLargeError
        When it is over a limit.
    """
    shown = name or path.name
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise ArchiveError(
            f"{shown!r} cannot be read as a zip archive: {error}.",
            "Upload a .zip that opens on your own computer; pack it again where it does not.",
            file=shown,
        ) from error
    with archive:
        yield SafeArchive(archive, shown, limits or Limits())


def _is_junk(parts: tuple[str, ...]) -> bool:
    return any(part in _JUNK_FOLDERS for part in parts) or parts[-1] in _JUNK_FILES or parts[-1].startswith("._")


def _shown(entry: zipfile.ZipInfo) -> str:
    return entry.orig_filename


def _size(count: int) -> str:
    return f"{count / 1024 / _MIB:.1f} GiB" if count >= 1024 * _MIB else f"{count / _MIB:.1f} MiB"
