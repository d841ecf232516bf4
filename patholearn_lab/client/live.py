"""A shared drawing in the notebook: it sees what others draw, and they see what is changed here."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from patholearn_lab.client.connection import find_connections
from patholearn_lab.client.wire import API
from patholearn_lab.errors import NotFoundError, PathoLearnError, UnavailableError, error_from_dict
from patholearn_lab.graph.operations import Operation, apply, read_operations
from patholearn_lab.lazy import optional_import
from patholearn_lab.tracing.architecture import Architecture

_LOG = logging.getLogger(__name__)
WAIT_S = 10.0
PAUSE_S = 0.5
SILENCE_S = 60.0


class LiveArchitecture(Architecture):
    """A drawing that is open in JupyterLab, for several people and this kernel at once.

    What others change arrives by itself, and is told to those who `observe`; what is changed here is seen by the
    others at once. `undo` takes back what was changed here only. While the server is away changes go on, and are merged
    when it is back.

    Parameters
    ----------
    path
        An ``*.arch.json`` file in the folder that JupyterLab shows.
    url, token
        The server; the youngest of this user where they are left out.

    Raises
    ------
    UnavailableError
        When there is no server.
    NotFoundError
        When there is no such file in the folder that JupyterLab shows, or the server does not share documents.

    Examples
    --------
    >>> net = LiveArchitecture("ours.arch.json")              # doctest: +SKIP
    >>> net.set("conv_1", out_channels=32)                    # doctest: +SKIP
    """

    def __init__(self, path: str | Path, url: str | None = None, token: str | None = None) -> None:
        pycrdt = optional_import("pycrdt", "collaboration")
        from patholearn_lab.collab.content import SharedContent

        if not Path(path).is_file():
            raise NotFoundError(f"There is no file {str(path)!r}.", "Check the name and the folder.")
        if url is None:
            found = next(iter(find_connections()), None)
            if found is None:
                raise UnavailableError(
                    "There is no server to share with.",
                    "Start JupyterLab, or use Architecture.open, which reads the file.",
                )
            url, token = found.url, found.token
        query = urlencode({"path": str(Path(path).absolute())})
        self._address = f"{url.rstrip('/')}/".replace("http", "ws", 1) + f"{API}/architectures/live?{query}"
        self._token = token or ""
        self._ydoc = pycrdt.Doc(allow_multithreading=True)
        self._content = SharedContent(self._ydoc)
        super().__init__(self._content.document)
        self.path = Path(path)
        self._steps = pycrdt.UndoManager(scopes=list(self._content.maps.values()), capture_timeout_millis=0)
        self._steps.include_origin(_HERE)
        self._changing = threading.RLock()
        self._in_step = threading.Event()
        self._closed = threading.Event()
        self._refusal: PathoLearnError | None = None
        self._socket: Any = None
        self._sent = self._ydoc.observe(self._tell)
        self._thread = threading.Thread(target=self._listen, name="patholearn-live", daemon=True)
        self._thread.start()
        if not self._in_step.wait(WAIT_S):
            self._refusal = UnavailableError(f"The server at {url} does not answer.", "Look whether it runs.")
        if self._refusal is not None:
            self.close()
            raise self._refusal

    def apply(self, operations: Iterable[Operation | Mapping[str, Any]]) -> None:
        """Apply operations as one undo step; the others see them at once."""
        wanted = read_operations(list(operations))
        with self._changing:
            changed = apply(self._document, wanted)
            if changed != self._document:
                self._content.change(changed, _HERE)
                self._look()

    def undo(self) -> bool:
        """Take back the last change that was made here; return whether there was one."""
        with self._changing:
            done = bool(self._steps.can_undo() and self._steps.undo())
            self._look()
        return done

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        with self._changing:
            done = bool(self._steps.can_redo() and self._steps.redo())
            self._look()
        return done

    def close(self) -> None:
        """Leave the drawing; it stays as it is then."""
        self._closed.set()
        socket = self._socket
        if socket is not None:
            socket.abort()  # wakes the thread, which waits for the next message
        if self._thread is not threading.current_thread():
            self._thread.join(5)

    def _look(self) -> None:
        """Take in what the Y document says now."""
        with self._changing:
            document = self._content.document
            if document != self._document:
                self._become(document)

    def _tell(self, event: Any) -> None:
        from pycrdt import create_update_message

        if self._socket is not None and not self._is_receiving():
            # The line broke: what was not sent goes over when it is there again.
            with contextlib.suppress(OSError):
                self._socket.send_binary(create_update_message(event.update))

    def _is_receiving(self) -> bool:
        """Whether this change came from the server just now: what it sent need not go back."""
        return threading.current_thread() is self._thread

    def _listen(self) -> None:
        from websocket import WebSocketBadStatusException, WebSocketException

        while not self._closed.is_set():
            try:
                self._receive()
            except WebSocketBadStatusException as error:
                self._refusal = _refusal_of(error)
                self._in_step.set()
            except (OSError, WebSocketException) as error:
                _LOG.debug("The shared drawing at %s is away: %s", self._address, error)
            finally:
                self._socket = None
            self._closed.wait(PAUSE_S)

    def _receive(self) -> None:
        import websocket
        from pycrdt import YMessageType, YSyncMessageType, create_sync_message, handle_sync_message

        socket: Any = websocket.create_connection(
            self._address, header=[f"Authorization: token {self._token}"], timeout=SILENCE_S, http_no_proxy=["*"]
        )
        try:
            socket.send_binary(create_sync_message(self._ydoc))
            self._socket = socket
            while not self._closed.is_set():
                message = socket.recv()
                if not message:
                    return
                if message[0] != YMessageType.SYNC:
                    continue  # who is there, and where their pointers are
                with self._changing:
                    reply = handle_sync_message(message[1:], self._ydoc)
                    self._look()
                if reply is not None:
                    socket.send_binary(reply)
                if message[1] == YSyncMessageType.SYNC_STEP2:
                    self._in_step.set()
        finally:
            socket.shutdown()


def _refusal_of(answer: Any) -> PathoLearnError:
    """Return the server's reason for not opening the line."""
    try:
        return error_from_dict(json.loads(answer.resp_body))
    except (ValueError, TypeError, KeyError, AttributeError):
        return UnavailableError(f"The server refused with the status {answer.status_code}.", "Its log tells more.")


_HERE = "patholearn-lab kernel"
"""The origin of what is changed in this kernel."""
