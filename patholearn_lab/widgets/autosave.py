"""A drawing kept in a file: written soon after each change, so that it outlives the kernel."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from pathlib import Path

from patholearn_lab.errors import ConflictError, PathoLearnError, UnavailableError
from patholearn_lab.graph.document import Document, write_document
from patholearn_lab.paths import write_atomically

DELAY_S = 0.3
"""How long changes are gathered, in seconds: a name that is typed is written once, not letter by letter."""

Stamp = tuple[int, int]


class AutoSave:
    """Writes a document into a file, in a thread of its own.

    Parameters
    ----------
    path
        The file. Its folder has to exist.
    on_end
        Called after each attempt, in that thread: with None, or with why the file could not be written.
    delay_s
        How long to gather changes, in seconds.
    """

    def __init__(
        self, path: Path, on_end: Callable[[PathoLearnError | None], None], *, delay_s: float = DELAY_S
    ) -> None:
        self.path = path.absolute()  # a notebook may change the folder it works in
        self._on_end = on_end
        self._delay_s = delay_s
        self._waiting: Document | None = None
        self._timer: threading.Timer | None = None
        self._changing = threading.Lock()
        self._writing = threading.Lock()
        self._seen = self._stamp()
        atexit.register(self.flush)

    def save(self, document: Document) -> None:
        """Write `document` soon; the newest one counts."""
        with self._changing:
            self._waiting = document
            if self._timer is None:
                self._timer = threading.Timer(self._delay_s, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what waits to be written, now."""
        with self._writing:
            with self._changing:
                document, self._waiting = self._waiting, None
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
            if document is not None:
                self._on_end(self._write(document))

    def close(self) -> None:
        """Write what waits, and nothing more."""
        self.flush()
        atexit.unregister(self.flush)

    def _write(self, document: Document) -> PathoLearnError | None:
        if self._stamp() != self._seen:
            return ConflictError(
                f"{self.path.name} was changed by somebody else, so this drawing is not written over it.",
                "Keep it under another name: editor.architecture.save('another_name.arch.json').",
            )
        try:
            write_atomically(self.path, write_document(document))
        except OSError as error:
            return UnavailableError(
                f"{self.path.name} cannot be written: {error.strerror or error}.",
                "Make room or choose another folder. The next change tries again.",
            )
        self._seen = self._stamp()
        return None

    def _stamp(self) -> Stamp | None:
        """Return what tells one content of the file from another; None where there is no file."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino
