"""``/architectures/live``: a kernel joins the room of a shared drawing.

The kernels' token opens our endpoints only, not those of jupyter-collaboration: this is the door between the two.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from pydantic import BaseModel, Field
from tornado.websocket import WebSocketHandler

from patholearn_lab.errors import NotFoundError
from patholearn_lab.server.base import PathoLearnHandler
from patholearn_lab.server.events import EventsHandler
from patholearn_lab.server.sharing import EXTENSION

CONTENT_TYPE = "architecture"
MAX_MESSAGE_BYTES = 10_000_000


class LiveQuery(BaseModel):
    """Which file."""

    path: str = Field(max_length=4000)
    """As the kernel names it: absolute, or below the server's folder."""


class LiveHandler(WebSocketMixin, WebSocketHandler, PathoLearnHandler):
    """Speaks Y's protocol of synchronization with one kernel, as a member of the room."""

    path = "a kernel"
    """What the room's log calls this member."""
    _arrived: asyncio.Queue[bytes]
    max_message_size = MAX_MESSAGE_BYTES
    write_error = EventsHandler.write_error

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the websocket for somebody who is logged in, where the drawing can be shared."""
        await self.ensure_started()
        self._room = await self._enter(self.get_query_argument("path")[:4000])
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """Join the room."""
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._member = asyncio.create_task(self._room.serve(self))

    def on_message(self, message: str | bytes) -> None:
        """Hand a message to the room; texts are not part of the protocol."""
        if isinstance(message, bytes) and message:
            self._arrived.put_nowait(message)

    def on_close(self) -> None:
        """Leave the room."""
        self._arrived.put_nowait(b"")
        super().on_close()

    def __aiter__(self) -> LiveHandler:
        """Give the messages to the room, which reads them from its members."""
        return self

    async def __anext__(self) -> bytes:
        """Wait for the next message."""
        message = await self._arrived.get()
        if not message:
            raise StopAsyncIteration
        return message

    async def send(self, message: bytes) -> None:
        """Take a message of the room to the kernel."""
        if self.ws_connection is not None and not self.ws_connection.is_closing():
            await self.write_message(message, binary=True)

    async def _enter(self, path: str) -> Any:
        """Return the room of a file, made where nobody has it open."""
        serverapp: Any = self.app.serverapp
        sharing: Any = next(iter(serverapp.extension_manager.extension_apps.get(EXTENSION, ())), None)
        if sharing is None or sharing.disable_rtc:
            raise NotFoundError(
                "This server does not share documents.",
                "Install jupyter-collaboration (pip install patholearn-lab[collaboration]) and start the server anew, "
                "or read the file with Architecture.open.",
            )
        root = Path(serverapp.root_dir).resolve()
        file = (root / path).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            raise NotFoundError(
                f"There is no file {path!r} in the server's folder.",
                "Drawings that are shared lie in the folder that JupyterLab shows.",
            )
        file_id = self.settings["file_id_manager"].index(str(file.relative_to(root)))
        room_id = f"text:{CONTENT_TYPE}:{file_id}"
        await sharing.get_document(room_id=room_id, copy=False, create=True)
        return await sharing.ywebsocket_server.get_room(room_id)
