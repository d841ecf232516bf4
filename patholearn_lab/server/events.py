"""``/events``: one websocket a browser tab or kernel, for everything that happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.websocket import WebSocketMixin
from pydantic import BaseModel, Field, ValidationError
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from patholearn_lab.server.base import PathoLearnHandler, status_of
from patholearn_lab.services.events import SUBSCRIBED, Event

WAITING_LIMIT = 10_000
"""Events that may wait for one slow client. Over it the line is cut: the client connects anew and catches up."""
PING_EVERY_S = 30.0
TRY_AGAIN_LATER = 1013
NOT_UNDERSTOOD = 1003


class Subscription(BaseModel):
    """What a client sends: the topics that it wants instead of those before, and the last number that it saw."""

    subscribe: list[str] = Field(max_length=1000)
    after: int | None = None


class EventsHandler(WebSocketMixin, WebSocketHandler, PathoLearnHandler):
    """Sends events in their order; the newest subscription of a client replaces the one before.

    The hub calls from other threads, so an event crosses to the event loop, waits there, and one task writes them out.
    """

    _writer: asyncio.Task[None] | None = None
    _unsubscribe: Callable[[], None] | None = None

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the websocket for somebody who is logged in, when the extension has started."""
        await self.ensure_started()
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """Begin to write out what will wait."""
        self._loop = IOLoop.current()
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def on_message(self, message: str | bytes) -> None:
        """Take a subscription."""
        try:
            wanted = Subscription.model_validate_json(message)
        except ValidationError as error:
            self.close(NOT_UNDERSTOOD, f"Send {{subscribe, after}}: {error.errors()[0]['msg']}"[:120])
            return
        self._end_subscription()
        hub = self.app.services.events
        seq = hub.seq if wanted.after is None else wanted.after
        self._put(Event.made(seq, SUBSCRIBED, {"topics": wanted.subscribe}).text)
        self._unsubscribe = hub.subscribe(self._hand_over, wanted.subscribe, wanted.after)

    @property
    def ping_interval(self) -> float:
        """Seconds between two pings, which keep proxies from cutting a quiet line.

        Tornado pings by itself, in seconds. Jupyter's mixin would ping as well, and has this in milliseconds.
        """
        return PING_EVERY_S

    @property
    def ping_timeout(self) -> float:
        """Seconds without an answer to a ping after which the line is closed."""
        return PING_EVERY_S

    def on_close(self) -> None:
        """Forget the client."""
        self._end_subscription()
        if self._writer is not None:
            self._writer.cancel()
        super().on_close()

    def get_compression_options(self) -> dict[str, Any]:
        """Compress: metrics and logs shrink to a tenth."""
        return {"compression_level": 3, "mem_level": 5}

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ARG002  (tornado's signature)
        """Answer a refused handshake in the one shape of errors."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if hasattr(error, "to_dict"):
            self.set_status(status_of(error))
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps(error.to_dict()))
        else:
            self.finish()

    def _hand_over(self, event: Event) -> None:
        self._loop.add_callback(self._put, event.text)

    def _put(self, text: str) -> None:
        if self._waiting.qsize() >= WAITING_LIMIT:
            self._end_subscription()
            self.close(TRY_AGAIN_LATER, "Too slow: connect again to catch up.")
            return
        self._waiting.put_nowait(text)

    async def _write(self) -> None:
        while True:
            text = await self._waiting.get()
            try:
                await self.write_message(text)
            except WebSocketClosedError:
                return

    def _end_subscription(self) -> None:
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()
