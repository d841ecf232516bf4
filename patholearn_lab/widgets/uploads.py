"""Uploads over a widget's messages, in parts: a Jupyter server closes the connection at a message above 10 MB."""

from __future__ import annotations

import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import ArchiveError

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.datasets.manifest import Manifest


class Uploads:
    """The files that views are sending at the moment.

    Parameters
    ----------
    client
        Gives the client that takes a file once it is whole.
    """

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._files: dict[str, tuple[str, int]] = {}

    def calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return the calls of a view, by name."""
        return {
            "uploads.begin": self.begin,
            "uploads.part": self.part,
            "uploads.finish": self.finish,
            "uploads.forget": self.forget,
        }

    def begin(self, name: str, size: int) -> str:
        """Announce a file of `size` bytes called `name`, and return the id of the upload."""
        upload = uuid.uuid4().hex
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="patholearn-uploads-"))
            # Only the last part of the name: messages about the archive name it as the person knows it.
            self._files[upload] = (Path(name.replace("\\", "/")).name or "upload.zip", size)
        self._file(upload).parent.mkdir()
        self._file(upload).touch()
        return upload

    def part(self, upload: str, data: bytes) -> int:
        """Append bytes to a file and return how many it has now."""
        with self._file(upload).open("ab") as file:
            file.write(data)
            return file.tell()

    def finish(self, upload: str, id: str, name: str | None = None) -> Manifest:
        """Import the file as the data set `id`.

        Raises
        ------
        ArchiveError
            When parts are missing, or the archive cannot be taken.
        """
        file = self._file(upload)
        arrived, size = file.stat().st_size, self._files[upload][1]
        if arrived != size:
            raise ArchiveError(f"Only {arrived:,} of {size:,} bytes of {file.name!r} arrived.", "Upload it once more.")
        return self._client().datasets.upload(file, id, name=name)

    def forget(self, upload: str) -> None:
        """Delete a file; a view says so at the end, whether its upload worked or not."""
        shutil.rmtree(self._file(upload).parent, ignore_errors=True)
        with self._lock:
            self._files.pop(upload, None)

    def close(self) -> None:
        """Delete what is left."""
        with self._lock:
            folder, self._folder = self._folder, None
            self._files.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _file(self, upload: str) -> Path:
        with self._lock:
            if self._folder is None or upload not in self._files:
                raise ArchiveError("This upload was not begun, or has been given up.", "Choose the file once more.")
            return self._folder / upload / self._files[upload][0]
