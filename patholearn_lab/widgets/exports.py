"""Exports over a widget's messages, in parts: a Jupyter server closes the connection at a message above 10 MB."""

from __future__ import annotations

import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import NotFoundError

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client

PART_BYTES = 2 * 2**20


class Exports:
    """The files that views are fetching at the moment.

    Parameters
    ----------
    client
        Gives the client that writes the files.
    """

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._files: set[str] = set()

    def calls(self) -> Mapping[str, Callable[..., Any]]:
        """Return the calls of a view, by name."""
        return {"exports.begin": self.begin, "exports.part": self.part, "exports.forget": self.forget}

    def begin(self, id: str, format: str) -> dict[str, Any]:
        """Export a data set, and return ``{file, size}``: what to ask its parts by, and how many bytes there are."""
        file = uuid.uuid4().hex
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="patholearn-exports-"))
            self._files.add(file)
        path = self._path(file)
        self._client().datasets.export(id, path, format)
        return {"file": file, "size": path.stat().st_size}

    def part(self, file: str, start: int) -> bytes:
        """Return the next bytes of a file from `start` on, :data:`PART_BYTES` at most."""
        with self._path(file).open("rb") as stream:
            stream.seek(max(0, int(start)))
            return stream.read(PART_BYTES)

    def forget(self, file: str) -> None:
        """Delete a file; a view says so at the end."""
        self._path(file).unlink(missing_ok=True)
        with self._lock:
            self._files.discard(file)

    def close(self) -> None:
        """Delete what is left."""
        with self._lock:
            folder, self._folder = self._folder, None
            self._files.clear()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, file: str) -> Path:
        with self._lock:
            if self._folder is None or file not in self._files:
                raise NotFoundError("This export was not begun, or has been fetched.", "Export the data set once more.")
            return self._folder / file
