"""Making things in a thread of its own before they are asked for: while one image is packed the next is decoded."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.05
_END = object()


def read_ahead(items: Iterator[T], most: int) -> Iterator[T]:
    """Yield what `items` gives, up to `most` of it made in advance.

    What `items` raises is raised here, in its place. Whoever stops asking ends the thread as well.
    """
    made: queue.Queue[Any] = queue.Queue(most)
    stopped = threading.Event()
    failure: list[BaseException] = []

    def give(item: Any) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                made.put(item, timeout=_LOOK_EVERY_S)
                return

    def make() -> None:
        try:
            for item in items:
                give(item)
                if stopped.is_set():
                    break
        # Whatever it is, it belongs to whoever asked.
        except BaseException as error:
            failure.append(error)
        finally:
            close = getattr(items, "close", None)  # a generator lets go of its files in the thread that used them
            if close is not None:
                close()
            give(_END)

    thread = threading.Thread(target=make, name="patholearn-ahead", daemon=True)
    thread.start()
    try:
        while (item := made.get()) is not _END:
            yield item
        if failure:
            raise failure[0]
    finally:
        stopped.set()
        thread.join()
