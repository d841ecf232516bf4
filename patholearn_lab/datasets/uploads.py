"""Files that arrive in parts, and stay until they are whole: over a lost connection, a reload, a killed server.

::

    uploads/<id>/
      upload.json     what the file is: its name, its size, whose it is
      data            the file; parts that are missing are holes
      parts.jsonl     {"part": 3, "checksum": 907060870}, a line for each part that is safely on the disk

A part is written to ``data`` and flushed before its line is, so that a line never speaks of bytes that a crash took.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
import time
import uuid
import zlib
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patholearn_lab.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError, UnavailableError
from patholearn_lab.paths import DataPaths, folder_appears_whole, remove_folder

PART_BYTES = 2 * 2**20
"""A part; a Jupyter server closes the connection of a widget at a message above 10 MB."""

MOST_AT_ONCE = 20
"""How many uploads one person may have begun."""

DAY_S = 86_400


class Upload(BaseModel):
    """A file on its way.

    Attributes
    ----------
    file_name, size
        As the sender has it; the size in bytes.
    checksum
        CRC-32 of its first part: with name and size it tells which file this is.
    checksums
        CRC-32 of each part that is here; None for one that is missing.
    part_bytes
        The size of every part but the last one.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    file_name: str
    size: int = Field(ge=1)
    checksum: int = Field(ge=0, lt=2**32)
    part_bytes: int = PART_BYTES
    owner: str = ""
    created_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    checksums: tuple[int | None, ...] = ()

    @property
    def parts(self) -> int:
        """How many parts the file has."""
        return -(-self.size // self.part_bytes)

    @property
    def missing(self) -> tuple[int, ...]:
        """The numbers of the parts that are not here yet."""
        return tuple(number for number, checksum in enumerate(self.checksums) if checksum is None)

    def length(self, number: int) -> int:
        """Return how many bytes a part has."""
        return min(self.part_bytes, self.size - number * self.part_bytes)


class UploadBox:
    """The uploads below one data folder.

    Parameters
    ----------
    paths
        The data folder.
    max_bytes
        The largest file.
    kept_days
        How long an upload stays to which nothing was added.
    """

    def __init__(self, paths: DataPaths, max_bytes: int, kept_days: float = 7) -> None:
        self._paths = paths
        self._max_bytes = max_bytes
        self._kept_days = kept_days
        self._lock = threading.Lock()

    def begin(self, file_name: str, size: int, checksum: int, owner: str = "") -> Upload:
        """Announce a file, or find the upload of the same file that was begun before.

        Parameters
        ----------
        file_name, size
            The file; of a path only the last part is kept.
        checksum
            CRC-32 of its first part, of :data:`PART_BYTES` bytes or of the whole file where it is smaller.
        owner
            Whose it is.

        Raises
        ------
        TooLargeError
            When the file is larger than an upload may be.
        ConflictError
            When its owner has begun too many.
        UnavailableError
            When the disk has no room for it.
        """
        # Messages name the file as its owner knows it.
        name = PurePosixPath(file_name.replace("\\", "/")).name[:255] or "upload.zip"
        if size > self._max_bytes:
            raise TooLargeError(
                f"{name!r} has {size / 1e6:,.1f} MB; {self._max_bytes / 1e6:,.0f} MB may be uploaded at most.",
                "Leave out some images, or ask for a higher PathoLearnApp.max_upload_mb.",
                limit_mb=self._max_bytes // 1_000_000,
            )
        if size < 1:
            raise InvalidInputError(f"{name!r} is empty.", "Choose a file with something in it.")
        with self._lock:
            own = self.list(owner)
            for upload in own:
                if (upload.file_name, upload.size, upload.checksum) == (name, size, checksum):
                    return upload
            if len(own) >= MOST_AT_ONCE:
                raise ConflictError(
                    f"{len(own)} uploads are begun and not finished, which is the most there may be.",
                    f"Go on with one, or give one up: {', '.join(upload.file_name for upload in own[:5])} …",
                )
            free = shutil.disk_usage(self._paths.uploads).free
            if size > free:
                raise _disk_full(name, f"{size / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free")
            upload = Upload(id=uuid.uuid4().hex, file_name=name, size=size, checksum=checksum, owner=owner)
            with folder_appears_whole(self._folder(upload.id), self._paths.scratch) as folder:
                (folder / "upload.json").write_text(upload.model_dump_json(exclude={"checksums"}))
                (folder / "data").touch()
                (folder / "parts.jsonl").touch()
            return upload.model_copy(update={"checksums": (None,) * upload.parts})

    def part(self, id: str, number: int, data: bytes, checksum: int, owner: str = "") -> Upload:
        """Keep one part, on the disk before this returns. The same part may come again.

        Raises
        ------
        NotFoundError
            When there is no such upload, or it is somebody else's.
        InvalidInputError
            When there is no such part, or it arrived damaged.
        ConflictError
            When another part of this number is here: two files that only begin alike.
        UnavailableError
            When the disk is full.
        """
        upload = self.find(id, owner)
        what = f"Part {number} of {upload.file_name!r}"
        if not 0 <= number < upload.parts or len(data) != upload.length(number):
            raise InvalidInputError(
                f"{what} cannot be right: it has {len(data):,} bytes.",
                f"There are {upload.parts:,} parts of {upload.part_bytes:,} bytes, from 0 on; the last is shorter.",
            )
        if zlib.crc32(data) != checksum:
            raise InvalidInputError(f"{what} arrived damaged.", "Send it once more.", part=number)
        folder = self._folder(id)
        with self._lock:
            here = _checksums(folder, upload.parts)
            if here[number] not in {None, checksum}:
                raise ConflictError(
                    f"{what} is here already, and is another one.",
                    "Another file of the same name, size and beginning is on its way: give that upload up, and begin "
                    "anew.",
                    part=number,
                )
            try:
                _write_part(folder, number, upload.part_bytes, data, checksum)
            except FileNotFoundError as error:
                raise _unknown(id) from error
            except OSError as error:
                if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                    raise
                raise _disk_full(upload.file_name, "what has arrived so far is kept") from error
        here[number] = checksum
        return upload.model_copy(update={"checksums": tuple(here)})

    def list(self, owner: str | None = None) -> list[Upload]:
        """Return the uploads, of one person where one is named, the oldest first."""
        found = []
        for folder in self._paths.uploads.iterdir() if self._paths.uploads.is_dir() else ():
            upload = _read(folder)
            if upload is not None and owner in {None, upload.owner}:
                found.append(upload)
        return sorted(found, key=lambda upload: upload.created_at)

    def find(self, id: str, owner: str | None = None) -> Upload:
        """Return one upload with what is there of it.

        Raises
        ------
        NotFoundError
            When there is none, or it is somebody else's.
        """
        upload = _read(self._folder(id)) if id.isalnum() else None
        if upload is None or owner not in {None, upload.owner}:
            raise _unknown(id)
        return upload

    def whole(self, id: str, owner: str | None = None) -> tuple[Path, Upload]:
        """Return the file of an upload that is whole.

        Raises
        ------
        NotFoundError
            When there is no such upload, or it is somebody else's.
        ConflictError
            When parts are missing.
        """
        upload = self.find(id, owner)
        if upload.missing:
            arrived = upload.parts - len(upload.missing)
            raise ConflictError(
                f"{arrived:,} of {upload.parts:,} parts of {upload.file_name!r} are here.",
                "Send the others first.",
            )
        return self._folder(id) / "data", upload

    def forget(self, id: str, owner: str | None = None) -> None:
        """Give an upload up and delete what is there of it.

        Raises
        ------
        NotFoundError
            When there is none, or it is somebody else's.
        """
        self.find(id, owner)
        with self._lock:
            try:
                remove_folder(self._folder(id), self._paths.scratch)
            except FileNotFoundError as error:
                raise _unknown(id) from error

    def clear(self, now: float | None = None) -> int:
        """Delete the uploads to which nothing was added for too long, and what cannot be read; return how many."""
        oldest = (time.time() if now is None else now) - self._kept_days * DAY_S
        old = [
            folder
            for folder in self._paths.uploads.iterdir()
            if _read(folder) is None or (folder / "parts.jsonl").stat().st_mtime < oldest
        ]
        for folder in old:
            remove_folder(folder, self._paths.scratch)
        return len(old)

    def _folder(self, id: str) -> Path:
        return self._paths.uploads / id


def _write_part(folder: Path, number: int, part_bytes: int, data: bytes, checksum: int) -> None:
    with (folder / "data").open("r+b") as file:
        file.seek(number * part_bytes)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    # "r+", not "a": the folder may have been deleted, and must not come back with one file in it.
    with (folder / "parts.jsonl").open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        torn = end > 0 and (file.seek(end - 1), file.read(1))[1] != b"\n"
        line = json.dumps({"part": number, "checksum": checksum})
        file.write(f"{chr(10) if torn else ''}{line}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def _read(folder: Path) -> Upload | None:
    """Return what a folder holds; None where it is no upload, such as one that is being deleted."""
    try:
        upload = Upload.model_validate_json((folder / "upload.json").read_bytes())
        return upload.model_copy(update={"checksums": tuple(_checksums(folder, upload.parts))})
    except (OSError, ValidationError):
        return None


def _checksums(folder: Path, parts: int) -> list[int | None]:
    here: list[int | None] = [None] * parts
    for line in (folder / "parts.jsonl").read_bytes().splitlines():
        try:
            entry = json.loads(line)
            here[entry["part"]] = entry["checksum"]
        except ValueError:
            continue  # torn by a crash: that part is sent once more
    return here


def _unknown(id: str) -> NotFoundError:
    return NotFoundError(
        "This upload was not begun, or has been given up or imported.", "Choose the file once more.", id=id
    )


def _disk_full(name: str, why: str) -> UnavailableError:
    return UnavailableError(
        f"The disk of the server has no room for {name!r}: {why}.",
        "Delete data sets or runs that nobody needs, or ask who runs the server; then go on.",
    )
