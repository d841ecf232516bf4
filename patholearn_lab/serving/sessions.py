"""Loaded networks, a few at a time: the one that was used longest ago goes when a new one comes."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from patholearn_lab.errors import ModelNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    import onnxruntime

T = TypeVar("T")

MAX_THREADS = 4
"""Small networks gain nothing from more, and a class asks at the same time."""


def open_session(network: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """Open an ONNX file with onnxruntime on the CPU.

    Parameters
    ----------
    network
        The file.
    threads
        Threads within one operation; all cores up to :data:`MAX_THREADS` where None.

    Raises
    ------
    ModelNotFoundError
        When the file is missing or damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(MAX_THREADS, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    # Idle threads that spin would take the cores from a training on the same machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    # onnxruntime raises a class of its own for each of a dozen reasons, without a common one.
    except Exception as error:
        raise ModelNotFoundError(
            f"The network of the model {network.parent.parent.name!r} version {network.parent.name} cannot be opened.",
            "Delete this version, or train it again.",
        ) from error


class Recent(Generic[T]):
    """Keeps the few things that were used last. Safe to use from many threads.

    Parameters
    ----------
    limit
        How many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._things: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the thing of `key`; `make` it where it is not there, once even if many ask at the same time."""
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                return self._things[key]
            turn = self._making.setdefault(key, threading.Lock())
        # Outside the common lock: opening one network must not keep requests for others waiting.
        with turn:
            with self._lock:
                if key in self._things:
                    return self._things[key]
            try:
                thing = make()
                with self._lock:
                    self._things[key] = thing
                    while len(self._things) > self._limit:
                        self._things.popitem(last=False)
                return thing
            finally:
                with self._lock:
                    self._making.pop(key, None)

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._things.clear()

    def __len__(self) -> int:
        with self._lock:
            return len(self._things)
