"""The events of this process."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable

from patholearn_lab.services import Services
from patholearn_lab.services.events import Event


class LocalEvents:
    """The events of this process, handed to subscribers in a thread of their own.

    The hub tells its listeners under its lock; a subscriber may work, wait and call the client.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ends: list[Callable[[], None]] = []

    def subscribe(self, callback: Callable[[Event], None], topics: Iterable[str]) -> Callable[[], None]:
        """Call `callback` with every event of `topics` from now on, and return what ends that."""
        waiting: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        unsubscribe = self._services.events.subscribe(waiting.put, topics)

        def deliver() -> None:
            while (event := waiting.get()) is not None:
                callback(event)

        threading.Thread(target=deliver, name="patholearn-events", daemon=True).start()

        def end() -> None:
            unsubscribe()
            waiting.put(None)

        self._ends.append(end)
        return end

    def close(self) -> None:
        """End all subscriptions."""
        while self._ends:
            self._ends.pop()()
