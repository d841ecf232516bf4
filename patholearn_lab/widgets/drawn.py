"""What a widget may be given in the place of an architecture: an editor, an architecture, a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.document import Document, read_document


def document_of(drawn: Any) -> Document:
    """Return the document behind `drawn` as it is now: a document, its dictionary, or anything with a ``.document``.

    Raises
    ------
    InvalidInputError
        When it is nothing of the kind.
    """
    value = drawn if isinstance(drawn, (Document, Mapping)) else getattr(drawn, "document", None)
    if isinstance(value, Document):
        return value
    if isinstance(value, Mapping):
        return read_document(dict(value))
    raise InvalidInputError(
        f"A {type(drawn).__name__} is no drawn network.",
        "Give the editor (editor = lab.ArchitectureEditor(...)) or an architecture.",
    )
