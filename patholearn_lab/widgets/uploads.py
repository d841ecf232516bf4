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
        self._sizes: dict[str, int] = {}

    def calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return the calls of a view, by name."""
        return {
            "uploads.begin": self.begin,
            "uploads.part": self.part,
            "uploads.finish": self.finish,
            "uploads.forget": self.forget,
        }

    def begin(self, size: int) -> str:
        """Announce a file of `size` bytes and return the name of the upload."""
        upload = uuid.uuid4().hex
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="patholearn-uploads-"))
            self._sizes[upload] = size
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
        arrived = file.stat().st_size
        if arrived != self._sizes[upload]:
            raise ArchiveError(
                f"Only {arrived:,} of {self._sizes[upload]:,} bytes of the file arrived.", "Upload it once more."
            )
        return self._client().datasets.upload(file, id, name=name)

    def forget(self, upload: str) -> None:
        """Delete a file; a view says so at the end, whether its upload worked or not."""
        self._file(upload).unlink(missing_ok=True)
        with self._lock:
            self._sizes.pop(upload, None)

    def close(self) -> None:
        """Delete what is left."""
        with self._lock:
            folder, self._folder = self._folder, None
            self._sizes.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _file(self, upload: str) -> Path:
        with self._lock:
            if self._folder is None or upload not in self._sizes:
                raise ArchiveError("This upload was not begun, or has been given up.", "Choose the file once more.")
            return self._folder / f"{upload}.zip"
