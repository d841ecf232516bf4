"""Making things in a thread of its own before they are asked for: while one image is packed the next is decoded."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

_LOOK_EVERY_S = 0.05
_HANDS = 4
"""What is made is handed over in so many bundles: each hand-over costs as much as a tenth of decoding a tile."""


def read_ahead(items: Iterator[T], most: int) -> Iterator[T]:
    """Yield what `items` gives, up to `most` of it made in advance (and a bundle more, which waits to be taken).

    What `items` raises is raised here, in its place. Whoever stops asking ends the thread as well.
    """
    bundle_size = max(most // _HANDS, 1)
    made: queue.Queue[list[T]] = queue.Queue(max(most // bundle_size, 1))
    stopped = threading.Event()
    failure: list[BaseException] = []

    def give(bundle: list[T]) -> None:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                made.put(bundle, timeout=_LOOK_EVERY_S)
                return

    def make() -> None:
        bundle: list[T] = []
        try:
            for item in items:
                bundle.append(item)
                if len(bundle) == bundle_size:
                    give(bundle)
                    bundle = []
                if stopped.is_set():
                    break
        # Whatever it is, it belongs to whoever asked.
        except BaseException as error:
            failure.append(error)
        finally:
            close = getattr(items, "close", None)  # a generator lets go of its files in the thread that used them
            if close is not None:
                close()
            if bundle:
                give(bundle)
            give([])

    thread = threading.Thread(target=make, name="patholearn-ahead", daemon=True)
    thread.start()
    try:
        while bundle := made.get():
            yield from bundle
        if failure:
            raise failure[0]
    finally:
        stopped.set()
        thread.join()
