"""Making things in threads of their own before they are asked for: while one image is packed others are decoded."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

S = TypeVar("S")
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


def map_ahead(function: Callable[[S], T], items: Iterable[S], most: int) -> Iterator[T]:
    """Yield ``function(item)`` in the order of `items`, made by a thread for each processor, up to `most` in advance.

    `items` are asked for in the thread that asks for the results. A failure is raised in its place, or a little before:
    the results of its own bundle are lost. Whoever stops asking ends the threads as well.
    """
    bundle_size = max(most // _HANDS, 1)
    coming = iter(items)

    def make(bundle: list[S]) -> list[T]:
        return [function(item) for item in bundle]

    with ThreadPoolExecutor(min(_HANDS, os.cpu_count() or 1), "patholearn-map") as threads:
        waiting: deque[Future[list[T]]] = deque()
        try:
            while bundle := list(islice(coming, bundle_size)):
                waiting.append(threads.submit(make, bundle))
                if len(waiting) * bundle_size >= most:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
