"""The one conversation between a widget's view and the client: calls, answers and events over widget messages.

The view sends ``{"id": 7, "call": "jobs.get", "args": {"id": "…"}}`` and gets ``{"id": 7, "result": …}`` or
``{"id": 7, "error": {error, message, hint, details}}``. Bytes travel as binary buffers, whose place in the JSON is
``{"buffer": n}``, both ways. What may be called is what the client's interface declares; nothing else of the kernel can
be reached. Three calls differ from the client's methods of that name, because a view has no files and no functions:

- a data set is uploaded in parts, by ``uploads.begin``, ``uploads.part`` and so on,
- ``events.subscribe {topics, view}`` makes the view get ``{"event": {topic, data}}`` from now on,
- ``events.unsubscribe {topics, view}`` ends that; a view says so when it is removed.
"""

from __future__ import annotations

import dataclasses
import inspect
import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock
from typing import Any, Protocol, get_type_hints

from pydantic import BaseModel

from patholearn_lab.errors import InvalidInputError, PathoLearnError
from patholearn_lab.graph.document import read_document

_LOG = logging.getLogger(__name__)

INLINE = "architectures."
"""Calls that begin so are pure and take milliseconds: they are answered at once and in order, on the main thread."""

REPLACED = frozenset({"datasets.upload", "datasets.export", "events.subscribe", "jobs.experiment"})
"""Calls that would let a view read or write files of the kernel, or call back."""


class MessageWidget(Protocol):
    """What the RPC needs of a widget; every ipywidgets and anywidget class has it."""

    def on_msg(self, callback: Callable[[Any, Any, Any], None]) -> None:
        """Call back with (widget, content, buffers) for each message of a view."""

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message to all views."""


@cache
def allowed_calls() -> frozenset[str]:
    """Return the names a view may call: the public methods that the client's interface declares."""
    from patholearn_lab.client.interface import Client

    return frozenset(
        f"{group}.{name}"
        for group, interface in _groups(Client).items()
        for name, member in inspect.getmembers(interface, inspect.isfunction)
        if not name.startswith("_")
    )


def _groups(client: type) -> dict[str, type]:
    """Return the client's parts (``datasets``, ``jobs``, …), declared as attributes or as properties."""
    properties = {
        name: get_type_hints(member.fget).get("return")
        for name, member in inspect.getmembers(client, lambda member: isinstance(member, property))
    }
    declared = {**get_type_hints(client), **properties}
    return {name: kind for name, kind in declared.items() if inspect.isclass(kind) and not name.startswith("_")}


class Rpc:
    """Answers the calls of a widget's views.

    Parameters
    ----------
    widget
        The widget whose messages are answered. Messages without an ``id`` and a ``call`` are left to others.
    client_provider
        Gives the client; asked at the first call, so that making a widget starts nothing.
    own_calls
        Calls that only this widget has, by name (``"training.start"``); they run on a thread of the pool.
    parts
        Who answers for a part of the client in its place (``"architectures"``); asked at every call.
    """

    def __init__(
        self,
        widget: MessageWidget,
        client_provider: Callable[[], Any],
        own_calls: Mapping[str, Callable[..., Any]] | None = None,
        parts: Mapping[str, Callable[[], Any]] | None = None,
    ) -> None:
        self._parts = dict(parts or {})
        self._widget = widget
        self._client_provider = client_provider
        self._own_calls = dict(own_calls or {})
        self._client: Any = None
        self._client_lock = Lock()
        self._lock = Lock()
        self._events_lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._subscribers: dict[str, set[str]] = {}
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._closed = False
        widget.on_msg(self._on_message)

    def call(self, name: str, args: Mapping[str, Any] | None = None) -> Any:
        """Do one call as a view would, and return what the client returns.

        Raises
        ------
        InvalidInputError
            When there is no such call, or the arguments do not fit it.
        PathoLearnError
            Whatever the client raises.
        """
        arguments = dict(args or {})
        if name == "events.subscribe":
            return self._subscribe(**arguments)
        if name == "events.unsubscribe":
            return self._drop(**arguments)
        if name in self._own_calls:
            return self._own_calls[name](**arguments)
        if name not in allowed_calls() - REPLACED:
            raise InvalidInputError(f"There is no call {name!r}.", "Update PathoLearn Lab and reload the page.")
        group, method_name = name.split(".")
        part = self._parts[group]() if group in self._parts else getattr(self.client(), group)
        method = getattr(part, method_name)
        for argument in ("document", "changed"):
            if argument in arguments:
                arguments[argument] = read_document(arguments[argument])
        try:
            bound = inspect.signature(method).bind(**arguments)
        except TypeError as error:
            raise InvalidInputError(
                f"The call {name} does not take these arguments: {error}.", "Update PathoLearn Lab and reload the page."
            ) from error
        return method(*bound.args, **bound.kwargs)

    def client(self) -> Any:
        """Return the client, which is asked for once."""
        with self._client_lock:
            if self._client is None:
                self._client = self._client_provider()
            return self._client

    def close(self) -> None:
        """End the subscriptions and wait for nothing: calls under way finish without being answered."""
        self._closed = True
        with self._lock:
            pool, self._pool = self._pool, None
        with self._events_lock:
            for end in self._unsubscribe.values():
                end()
            self._unsubscribe.clear()
            self._subscribers.clear()
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _on_message(self, _widget: Any, content: Any, buffers: Sequence[Any] | None) -> None:
        if not isinstance(content, Mapping) or not {"id", "call"} <= content.keys():
            return
        name = str(content["call"])
        arguments = _with_buffers(content.get("args") or {}, buffers or [])
        if name.startswith(INLINE):
            self._answer(content["id"], name, arguments)
        else:
            self._threads().submit(self._answer, content["id"], name, arguments)

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="patholearn-rpc")
            return self._pool

    def _answer(self, message_id: Any, name: str, arguments: Mapping[str, Any]) -> None:
        """Do the call and send its result. Any error becomes an answer: a view must never wait in vain."""
        found: list[bytes] = []
        try:
            answer = {"id": message_id, "result": to_message(self.call(name, arguments), found)}
        except PathoLearnError as error:
            answer = {"id": message_id, "error": error.to_dict()}
        except Exception as error:
            _LOG.exception("The call %s of a widget failed", name)
            answer = {"id": message_id, "error": _unexpected(name, error)}
        if not self._closed:
            self._widget.send(answer, found or None)

    def _subscribe(self, topics: Sequence[str], view: str = "") -> None:
        """Subscribe once per topic, however many views ask: a browser tab that vanished cannot say goodbye."""
        events = self.client().events
        with self._events_lock:
            for topic in map(str, topics):
                if topic not in self._unsubscribe:
                    self._unsubscribe[topic] = events.subscribe(self._forward, [topic])
                self._subscribers.setdefault(topic, set()).add(view)

    def _drop(self, topics: Sequence[str], view: str = "") -> None:
        with self._events_lock:
            for topic in topics:
                views = self._subscribers.get(topic, set())
                views.discard(view)
                if not views and topic in self._unsubscribe:
                    del self._subscribers[topic]
                    self._unsubscribe.pop(topic)()

    def _forward(self, event: Any) -> None:
        if not self._closed:
            raw = to_message(event, [])
            self._widget.send({"event": {"topic": raw["topic"], "data": raw["data"]}})


def to_message(value: Any, buffers: list[bytes]) -> Any:
    """Return `value` as JSON-serializable data; bytes are appended to `buffers` and named by their place there."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, (bytes, bytearray, memoryview)):
        buffers.append(bytes(value))
        return {"buffer": len(buffers) - 1}
    if isinstance(value, Mapping):
        return {str(key): to_message(item, buffers) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_message(item, buffers) for item in value]
    return value


def _with_buffers(args: Mapping[str, Any], buffers: Sequence[Any]) -> dict[str, Any]:
    return {
        name: bytes(buffers[value["buffer"]])
        if isinstance(value, Mapping) and value.keys() == {"buffer"} and value["buffer"] in range(len(buffers))
        else value
        for name, value in args.items()
    }


def _unexpected(name: str, error: Exception) -> dict[str, Any]:
    return {
        "error": "internal",
        "message": f"The call {name} failed: {type(error).__name__}: {error}",
        "hint": "This is a fault in PathoLearn Lab. The kernel's log has the whole traceback; please report it.",
        "details": {"traceback_tail": traceback.format_exception(error)[-1:]},
    }
