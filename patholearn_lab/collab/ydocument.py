"""The architecture as jupyter-collaboration keeps it: one Y document for all who have an ``*.arch.json`` file open.

`jupyter_ydoc` imports this module by its entry point while it is being imported itself: whoever wants the class gets it
as ``jupyter_ydoc.ydocs["architecture"]``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from jupyter_ydoc.ybasedoc import YBaseDoc
from pycrdt import Awareness, Doc

from patholearn_lab.collab.content import SharedContent


class YArchitecture(YBaseDoc):
    """The shared document of an ``*.arch.json`` file; `labextension/src/features/architecture/lab/shared-model.ts`.

    Parameters
    ----------
    ydoc, awareness
        As in `jupyter_ydoc.YBaseDoc`.
    """

    def __init__(self, ydoc: Doc[Any] | None = None, awareness: Awareness | None = None) -> None:
        super().__init__(ydoc, awareness)
        self.content = SharedContent(self._ydoc)
        for shared in self.content.maps.values():
            self.undo_manager.expand_scope(shared)

    @property
    def version(self) -> str:
        """Of the protocol, not of the file, which has its own.

        The server keeps one version for all kinds of documents: next to a notebook, another number than the notebook's
        would end in an endless "version mismatch".
        """
        return "2.0.0"

    def get(self) -> str:
        """Return the text of the file."""
        return self.content.text

    def set(self, value: str) -> None:
        """Take in the text of the file, changing only what is different."""
        self.content.take_text(value)

    def observe(self, callback: Callable[[str, Any], None]) -> None:
        """Call `callback` with the name of the part and the events after every change."""
        self.unobserve()
        self._subscriptions[self._ystate] = self._ystate.observe(partial(callback, "state"))
        for part, shared in self.content.maps.items():
            self._subscriptions[shared] = shared.observe_deep(partial(callback, part))
