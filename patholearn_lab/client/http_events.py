"""The server's events over one websocket: a thread that connects anew when the line breaks, and catches up."""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.wire import API

if TYPE_CHECKING:
    from patholearn_lab.services.events import Event

_LOG = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
SILENCE_S = 90.0
"""The server pings every 30 seconds: after three it must be gone, even where the line did not say so."""


class EventStream:
    """Subscribers of this process, and the one websocket that serves them all while there are any.

    Parameters
    ----------
    url
        The Jupyter server's address, ending in a slash.
    token
        Jupyter's token.
    """

    def __init__(self, url: str, token: str) -> None:
        self._address = f"{url.replace('http', 'ws', 1)}{API}/events"
        self._token = token
        self._lock = threading.Lock()
        self._subscribers: list[tuple[frozenset[str], Callable[[Event], None]]] = []
        self._socket: Any = None
        self._thread: threading.Thread | None = None
        self._listening = threading.Event()
        self._closed = threading.Event()
        self._after: int | None = None

    def subscribe(self, callback: Callable[[Event], None], topics: Iterable[str]) -> Callable[[], None]:
        """Call `callback` in the stream's thread with every event of `topics`; return what ends that.

        Returns when the server has taken the subscription, so that nothing that is done afterwards is missed; but
        where the server cannot be reached, after ten seconds: events then begin once it can.
        """
        subscriber = (frozenset(topics), callback)
        with self._lock:
            self._subscribers.append(subscriber)
            self._listening.clear()
            self._send_topics()
            if self._thread is None:
                self._thread = threading.Thread(target=self._listen, name="patholearn-events", daemon=True)
                self._thread.start()
        self._listening.wait(10)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._subscribers.remove(subscriber)

        return unsubscribe

    def close(self) -> None:
        """End the thread and the connection."""
        self._closed.set()
        with self._lock:
            socket, thread = self._socket, self._thread
        if socket is not None:
            socket.abort()  # wakes the thread, which waits for the next event
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)

    def _listen(self) -> None:
        from websocket import WebSocketException

        pause_s = FIRST_PAUSE_S
        while not self._closed.is_set():
            try:
                self._connect()
                pause_s = FIRST_PAUSE_S
                self._receive()
            except (OSError, WebSocketException) as error:
                _LOG.debug("The events of %s stopped: %s", self._address, error)
            finally:
                self._disconnect()
            self._closed.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    def _connect(self) -> None:
        import websocket

        socket = websocket.create_connection(
            self._address, header=[f"Authorization: token {self._token}"], timeout=SILENCE_S, http_no_proxy=["*"]
        )
        with self._lock:
            self._socket = socket
            self._send_topics()

    def _disconnect(self) -> None:
        with self._lock:
            socket, self._socket = self._socket, None
        if socket is not None:
            socket.shutdown()

    def _send_topics(self) -> None:
        """Tell the server what this process wants; under the lock."""
        if self._socket is None:
            return
        topics = sorted({topic for topics, _ in self._subscribers for topic in topics})
        with contextlib.suppress(OSError):  # the listening thread notices too, and says it again on a new line
            self._socket.send(json.dumps({"subscribe": topics, "after": self._after}))

    def _receive(self) -> None:
        from patholearn_lab.services.events import SUBSCRIBED

        while not self._closed.is_set():
            text = self._socket.recv()
            if not text:
                return
            message = json.loads(text)
            if message["topic"] == SUBSCRIBED:
                self._after = message["seq"] if self._after is None else self._after
                self._listening.set()
            else:
                self._deliver(message)

    def _deliver(self, message: dict[str, Any]) -> None:
        from patholearn_lab.services.events import MISSED, Event, wants

        event = Event(message["seq"], message["topic"], message["data"])
        # What is repeated after a change of topics was seen already.
        if self._after is not None and event.seq <= self._after and event.topic != MISSED:
            return
        self._after = event.seq
        with self._lock:
            callbacks = [
                callback
                for topics, callback in self._subscribers
                if event.topic == MISSED or wants(topics, event.topic)
            ]
        for callback in callbacks:
            try:
                callback(event)
            except Exception:
                # One subscriber's mistake must not end the events of the others.
                _LOG.exception("A subscriber failed on the event %d of %r.", event.seq, event.topic)
