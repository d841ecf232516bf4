"""Sending a file in parts: what is there already is not sent again, and a lost connection is waited for."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from patholearn_lab.datasets.uploads import PART_BYTES
from patholearn_lab.errors import InvalidInputError, NotFoundError, TooLargeError, UnavailableError, error_from_dict

if TYPE_CHECKING:
    from patholearn_lab.client.uploads import Uploads
    from patholearn_lab.datasets.uploads import Upload

T = TypeVar("T")

PATIENCE_S = 120.0
"""How long a server that cannot be reached is waited for."""

LOOK_EVERY_S = 0.1


def send(uploads: Uploads, path: Path, patience_s: float = PATIENCE_S) -> Upload:
    """Send a file, and return its upload; when it was begun before, only the parts that are missing are sent.

    Raises
    ------
    UnavailableError
        When the server stays away for `patience_s` seconds. Call it again later: it goes on where it was.
    InvalidInputError, TooLargeError, ConflictError
        When the file is empty, too large, or there are too many uploads.
    """
    with path.open("rb") as file:
        size, checksum = path.stat().st_size, zlib.crc32(file.read(PART_BYTES))
        upload = _patient(lambda: uploads.begin(path.name, size, checksum), patience_s)
        if not _begins_as(upload, path):
            # Another file of the same name, size and beginning was begun, and left.
            uploads.forget(upload.id)
            upload = _patient(lambda: uploads.begin(path.name, size, checksum), patience_s)
        for number in upload.missing:
            file.seek(number * upload.part_bytes)
            data = file.read(upload.length(number))
            _patient(lambda: uploads.part(upload.id, number, data, zlib.crc32(data)), patience_s)  # noqa: B023
    return upload


def send_and_import(
    uploads: Uploads, path: Path, dataset: str, choices: Mapping[str, Any], patience_s: float = PATIENCE_S
) -> str:
    """Send a file, wait until it is imported, and return the id of the data set.

    Raises
    ------
    PathoLearnError
        As :func:`send`; and what is wrong with the file, which is deleted on the server then.
    """
    upload = send(uploads, path, patience_s)
    try:
        state = uploads.import_as(upload.id, dataset, **choices)
        while state.state == "importing":
            time.sleep(LOOK_EVERY_S)
            state = _patient(lambda: uploads.get(upload.id), patience_s)
    except (InvalidInputError, TooLargeError):
        _forget(uploads, upload.id)
        raise
    except KeyboardInterrupt:
        uploads.stop(upload.id)  # the file stays, as it does where the name is taken: the next call goes on with it
        raise
    if state.error is not None:
        _forget(uploads, upload.id)
        raise error_from_dict(state.error)
    if state.state != "imported":
        raise InvalidInputError(f"The import of {path.name!r} was stopped.", "Call upload again.")
    return dataset


def _begins_as(upload: Upload, path: Path) -> bool:
    """Return whether what is there of an upload is what the file has there."""
    with path.open("rb") as file:
        for number, checksum in enumerate(upload.checksums):
            if checksum is None:
                continue
            file.seek(number * upload.part_bytes)
            if zlib.crc32(file.read(upload.length(number))) != checksum:
                return False
    return True


def _forget(uploads: Uploads, id: str) -> None:
    try:
        uploads.forget(id)
    except (NotFoundError, UnavailableError):
        return  # gone already, or cleared by the server after some days


def _patient(call: Callable[[], T], patience_s: float) -> T:
    """Call until it is answered; what is refused is refused at once."""
    deadline, pause_s = time.monotonic() + patience_s, 0.2
    while True:
        try:
            return call()
        except UnavailableError:
            if time.monotonic() + pause_s > deadline:
                raise
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, 5.0)
