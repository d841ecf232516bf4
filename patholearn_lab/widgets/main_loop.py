"""The kernel's main loop: the one thread on which traits may change, because changing one sends a message."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class MainLoop:
    """Runs functions on the thread that made it, as soon as that is free.

    In a kernel that is the loop which executes cells: while a cell runs, functions wait. Without a running loop (a
    plain script) they run at once, where they are handed in.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def run(self, function: Callable[[], None]) -> None:
        """Run `function` on the loop: at once when this is its thread, else when the loop comes to it."""
        if self._loop is None or threading.get_ident() == self._thread:
            function()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)
