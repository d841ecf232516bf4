"""A drawing kept in a file: written soon after each change, and changed with the file when somebody else writes it."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from pathlib import Path

from patholearn_lab.codegen.changes import operations_between
from patholearn_lab.errors import ConflictError, PathoLearnError, UnavailableError
from patholearn_lab.graph.document import Document, read_document, write_document
from patholearn_lab.graph.operations import Operation, apply
from patholearn_lab.paths import write_atomically

DELAY_S = 0.3
"""How long changes are gathered, in seconds: a name that is typed is written once, not letter by letter."""

LOOK_S = 1.0
"""How often the file is looked at, in seconds: its drawing may be open as a document too."""

Stamp = tuple[int, int]


class AutoSave:
    """Writes a document into a file, and reads what others wrote into it, in threads of its own.

    Parameters
    ----------
    path
        The file. Its folder has to exist.
    on_end
        Called after each attempt to write, in that thread: with None, or with why the file could not be written.
    on_elsewhere
        Called with what somebody else changed in the file, in that thread.
    kept
        What the file holds; None where it is not there yet.
    delay_s, look_s
        How long to gather changes, and how often to look at the file, in seconds.
    """

    def __init__(
        self,
        path: Path,
        on_end: Callable[[PathoLearnError | None], None],
        on_elsewhere: Callable[[list[Operation]], None],
        kept: Document | None = None,
        *,
        delay_s: float = DELAY_S,
        look_s: float = LOOK_S,
    ) -> None:
        self.path = path.absolute()  # a notebook may change the folder it works in
        self._on_end = on_end
        self._on_elsewhere = on_elsewhere
        self._delay_s = delay_s
        self._waiting: Document | None = None
        self._timer: threading.Timer | None = None
        self._changing = threading.Lock()
        self._writing = threading.Lock()
        self._kept = kept
        self._seen = self._stamp()
        self._closed = threading.Event()
        threading.Thread(target=self._watch, args=(look_s,), name=f"watch {path.name}", daemon=True).start()
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
        self._closed.set()
        self.flush()
        atexit.unregister(self.flush)

    def _watch(self, look_s: float) -> None:
        while not self._closed.wait(look_s):
            with self._writing:
                self._take_in()

    def _take_in(self) -> list[Operation] | None:
        """Read what somebody else wrote, if anybody did; None where that is no later state of this drawing."""
        stamp = self._stamp()
        if stamp == self._seen:
            return []
        try:
            there = read_document(self.path.read_bytes())
        except (OSError, PathoLearnError):
            return None
        if self._kept is None or there.meta.id != self._kept.meta.id:
            return None
        operations = operations_between(self._kept, there)
        self._kept, self._seen = there, stamp
        if operations:
            self._on_elsewhere(operations)
        return operations

    def _write(self, document: Document) -> PathoLearnError | None:
        operations = self._take_in()
        if operations is None:
            return ConflictError(
                f"{self.path.name} was changed by somebody else, so this drawing is not written over it.",
                "Keep it under another name: editor.architecture.save('another_name.arch.json').",
            )
        merged = apply(document, operations)
        if merged == self._kept:
            return None
        try:
            write_atomically(self.path, write_document(merged))
        except OSError as error:
            return UnavailableError(
                f"{self.path.name} cannot be written: {error.strerror or error}.",
                "Make room or choose another folder. The next change tries again.",
            )
        self._kept, self._seen = merged, self._stamp()
        return None

    def _stamp(self) -> Stamp | None:
        """Return what tells one content of the file from another; None where there is no file."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino
