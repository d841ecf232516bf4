"""A drawing of one's own that begins as another one was."""

from __future__ import annotations

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.parts import MAX_NAME, MAX_ORIGIN, Meta


def fork(document: Document, name: str, origin: str) -> Document:
    """Return a copy of a drawing with an id, a name and a history of its own; comments stay with the old one.

    Parameters
    ----------
    document
        The drawing to begin with.
    name
        What the new one is called.
    origin
        Where it comes from, in words; kept as ``meta.origin``.

    Raises
    ------
    InvalidInputError
        When the name is empty or too long.
    """
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= MAX_NAME:
        raise InvalidInputError(
            f"A drawing's name has 1 to {MAX_NAME} characters, and {plain[:40]!r} has {len(plain)}.",
            "Give the new drawing a short name of its own.",
        )
    return document.model_copy(update={"comments": {}, "meta": Meta(name=plain, origin=origin[:MAX_ORIGIN])})
