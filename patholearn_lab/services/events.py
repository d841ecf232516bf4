"""What happens, told to whoever listens, with a number by which one who was away catches up."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

MISSED = "events.missed"
"""The topic that says that events are gone which the listener has not seen: read again what you show."""

SUBSCRIBED = "events.subscribed"
"""The topic of the server's answer to a subscription; its number is where the subscription begins."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Parameters
    ----------
    seq
        Grows by one with every event.
    topic
        ``jobs``, ``job.<id>.metrics``, ``job.<id>.log``, ``datasets``, ``models``.
    data
        What happened, as JSON has it.
    text
        ``{"seq", "topic", "data"}`` as JSON text, made once for all who send it on.
    """

    seq: int
    topic: str
    data: Any
    text: str = field(default="", repr=False, compare=False)

    @classmethod
    def made(cls, seq: int, topic: str, data: Any) -> Event:
        """Return an event with its text."""
        return cls(seq, topic, data, json.dumps({"seq": seq, "topic": topic, "data": data}, allow_nan=False))


Listener = Callable[[Event], None]


def wants(topics: Collection[str], topic: str) -> bool:
    """Return whether `topic` is one of `topics` or below one: ``job.7`` takes ``job.7.log``, and ``*`` takes all."""
    return "*" in topics or topic in topics or any(topic.startswith(f"{prefix}.") for prefix in topics)


@dataclass(frozen=True, eq=False)
class _Subscription:
    callback: Listener
    topics: frozenset[str]


class EventHub:
    """Takes events from any thread, and gives each to its listeners in one order.

    Parameters
    ----------
    keep_bytes
        How much JSON text is kept for those who were away. The oldest events are dropped first.
    first
        The number before the first event's. None takes the milliseconds since 1970, so that numbers also grow over a
        restart: a listener that comes back with a number of an earlier hub is told that it missed something, instead of
        waiting for numbers that it has seen.
    """

    def __init__(self, keep_bytes: int = 16_000_000, first: int | None = None) -> None:
        self._keep_bytes = keep_bytes
        self._kept: deque[Event] = deque()
        self._kept_bytes = 0
        self._seq = int(time.time() * 1000) if first is None else first
        self._subscriptions: list[_Subscription] = []
        # Held while listeners are called: this is what keeps the order the same for everybody. A listener may publish.
        self._lock = threading.RLock()

    @property
    def seq(self) -> int:
        """The number of the newest event."""
        return self._seq

    def publish(self, topic: str, data: Any) -> int:
        """Tell the listeners of `topic`, and return the event's number. `data` must be what JSON can carry."""
        with self._lock:
            seq = self._seq + 1
            event = Event.made(seq, topic, data)
            self._seq = seq
            self._keep(event)
            for subscription in tuple(self._subscriptions):
                if wants(subscription.topics, topic):
                    _tell(subscription, event)
        return seq

    def subscribe(self, callback: Listener, topics: Iterable[str], after: int | None = None) -> Callable[[], None]:
        """Call `callback` with every event of `topics` from now on, and return what ends that.

        Parameters
        ----------
        callback
            Called in the publisher's thread, one event at a time: it must be quick, and hand on real work.
        topics
            Exact topics, or prefixes up to a dot: ``job.7`` takes ``job.7.log`` and ``job.7.metrics``. ``*`` takes all.
        after
            The number of the last event that was seen: what came since is told first. Where some of it is not kept any
            more, or the number is not of this server's life, an event of the topic ``events.missed`` comes first.
        """
        subscription = _Subscription(callback, frozenset(topics))
        with self._lock:
            if after is not None:
                self._replay(subscription, after)
            self._subscriptions.append(subscription)

        def unsubscribe() -> None:
            with self._lock:
                if subscription in self._subscriptions:
                    self._subscriptions.remove(subscription)

        return unsubscribe

    def _replay(self, subscription: _Subscription, after: int) -> None:
        oldest = self._kept[0].seq if self._kept else self._seq + 1
        if after > self._seq or after < oldest - 1:
            _tell(subscription, Event.made(oldest - 1, MISSED, {"after": after, "oldest": oldest}))
            after = oldest - 1
        for event in tuple(self._kept):
            if event.seq > after and wants(subscription.topics, event.topic):
                _tell(subscription, event)

    def _keep(self, event: Event) -> None:
        self._kept.append(event)
        self._kept_bytes += len(event.text)
        while self._kept_bytes > self._keep_bytes and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.popleft().text)


def _tell(subscription: _Subscription, event: Event) -> None:
    try:
        subscription.callback(event)
    except Exception:
        # One listener's mistake must neither reach the publisher nor keep the event from the others.
        _log.exception("A listener failed on the event %d of %r.", event.seq, event.topic)
