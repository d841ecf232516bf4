"""What a widget may be given in the place of an architecture, and where a drawing may be kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
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


def arch_file(name: str | Path) -> Path:
    """Return the path of a file that a drawing can be kept in.

    Raises
    ------
    InvalidInputError
        When it does not end in ``.arch.json``, or its folder does not exist.
    """
    path = Path(name)
    if not path.name.endswith(".arch.json") or path.name == ".arch.json":
        raise InvalidInputError(
            f"The drawing cannot be kept in {str(name)!r}.", "Choose a name that ends in .arch.json: 'mine.arch.json'."
        )
    if not path.absolute().parent.is_dir():
        raise InvalidInputError(
            f"There is no folder {str(path.parent)!r} to keep the drawing in.", "Make the folder, or choose another."
        )
    return path
