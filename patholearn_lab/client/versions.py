"""The history of drawings, near and far; and the drawing that a run was started with."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

from patholearn_lab.client.wire import from_json
from patholearn_lab.errors import ConflictError
from patholearn_lab.graph.diff import Line
from patholearn_lab.graph.document import Document, document_to_dict, read_document
from patholearn_lab.services.versions import Version

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.services import Services


class GraphComparison(BaseModel):
    """What leads from one drawing to another.

    Parameters
    ----------
    same
        Whether both are the same network; where nodes stand and notes beside it may differ nevertheless.
    lines
        Each difference in words.
    picture
        Both in one picture, as SVG.
    """

    model_config = ConfigDict(frozen=True)

    same: bool
    lines: tuple[Line, ...]
    picture: str

    def __str__(self) -> str:
        return "\n".join(f"{line.sign} {line.text}" for line in self.lines) or "The two are the same."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        """Show the picture in a notebook, and the words where there are no pictures."""
        return {"text/plain": str(self), "image/svg+xml": self.picture}


def compare(before: Document, after: Document) -> GraphComparison:
    """Return what leads from one drawing to another, in words and as a picture."""
    from patholearn_lab.graph.diff import diff
    from patholearn_lab.graph.difference_picture import difference_svg

    difference = diff(before, after)
    return GraphComparison(same=not difference, lines=difference.lines, picture=difference_svg(before, after))


class Versions(Protocol):
    """The versions of drawings, by the drawing's ``meta.id`` and their own id."""

    def list(self, graph: str) -> builtins.list[Version]:
        """Return the versions of a drawing, the newest first: those with a name, and those of trainings."""

    def save(self, document: Document | Mapping[str, Any], name: str, note: str = "") -> Version:
        """Keep a drawing as it is now, under a name.

        Raises
        ------
        InvalidInputError, ConflictError
            When the name cannot be used, or another version of the drawing has it.
        TooLargeError
            When the drawing has too many versions already, or they take too much room.
        """

    def get(self, graph: str, id: str) -> Version:
        """Return what is known about a version. Raises NotFoundError where there is none (any more)."""

    def open(self, graph: str, id: str) -> Document:
        """Return the drawing as it was.

        Raises
        ------
        NotFoundError, ConflictError
            When there is no such version, or it was damaged on the disk.
        """

    def edit(self, graph: str, id: str, name: str | None = None, note: str | None = None) -> Version:
        """Call a version something else, or say something else about it; what is None stays.

        Raises
        ------
        NotFoundError, InvalidInputError, ConflictError
            When there is no such version, or the name cannot be used or is taken.
        """

    def delete(self, graph: str, id: str) -> None:
        """Delete a version; the drawing itself and its other versions stay."""

    def fork(self, graph: str, id: str, name: str) -> Document:
        """Return a new drawing that begins as a version was: with an id, a name and a history of its own."""


class RunDrawings(Protocol):
    """The drawings that runs were started with. A part of ``client.jobs``."""

    def drawing(self, id: str) -> Document:
        """Return the drawing that a run was started with.

        Raises
        ------
        ConflictError
            When it was started from code that nobody drew.
        """

    def fork(self, id: str, name: str) -> Document:
        """Return a new drawing that begins as the one of a run: with an id, a name and a history of its own.

        Raises
        ------
        ConflictError
            When the run was started from code that nobody drew.
        """


class LocalVersions:
    """The versions in this process' data folder."""

    def __init__(self, services: Services, owner: str) -> None:
        self._store = services.versions
        self._owner = owner

    def list(self, graph: str) -> builtins.list[Version]:
        """Return the versions of a drawing, the newest first."""
        return self._store.list(graph)

    def save(self, document: Document | Mapping[str, Any], name: str, note: str = "") -> Version:
        """Keep a drawing as it is now, under a name."""
        return self._store.save(read_document(document), name, note, self._owner)  # type: ignore[arg-type]

    def get(self, graph: str, id: str) -> Version:
        """Return what is known about a version."""
        return self._store.find(graph, id)

    def open(self, graph: str, id: str) -> Document:
        """Return the drawing as it was."""
        return self._store.open(graph, id)

    def edit(self, graph: str, id: str, name: str | None = None, note: str | None = None) -> Version:
        """Call a version something else, or say something else about it."""
        return self._store.edit(graph, id, name, note, self._owner)

    def delete(self, graph: str, id: str) -> None:
        """Delete a version."""
        self._store.delete(graph, id, self._owner)

    def fork(self, graph: str, id: str, name: str) -> Document:
        """Return a new drawing that begins as a version was."""
        from patholearn_lab.graph.forking import fork

        version, document = self.get(graph, id), self.open(graph, id)
        return fork(document, name, f"{document.meta.name}, version “{version.title}” ({graph}/{id})")


class LocalRunDrawings:
    """The drawings of the runs of this process' services."""

    _services: Services

    def drawing(self, id: str) -> Document:
        """Return the drawing that a run was started with."""
        document = self._services.jobs.payload(id).get("document")
        if document is None:
            raise ConflictError(
                f"The run {id} was started from code that nobody drew, so it has no drawing.",
                "lab.Architecture.from_module draws a network from its module.",
                run=id,
            )
        return read_document(document)

    def fork(self, id: str, name: str) -> Document:
        """Return a new drawing that begins as the one of a run."""
        from patholearn_lab.graph.forking import fork

        document = self.drawing(id)
        return fork(document, name, f"{document.meta.name}, as the run {id} trained it")


class HttpVersions:
    """The versions that the server keeps."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def list(self, graph: str) -> builtins.list[Version]:
        """Return the versions of a drawing, the newest first."""
        return from_json(builtins.list[Version], self._wire.get(_at(graph))["items"])

    def save(self, document: Document | Mapping[str, Any], name: str, note: str = "") -> Version:
        """Keep a drawing as it is now, under a name."""
        drawing = read_document(document)  # type: ignore[arg-type]
        body = {"document": document_to_dict(drawing), "name": name, "note": note}
        return from_json(Version, self._wire.post(_at(drawing.meta.id), body))

    def get(self, graph: str, id: str) -> Version:
        """Return what is known about a version."""
        return from_json(Version, self._wire.get(_at(graph, id)))

    def open(self, graph: str, id: str) -> Document:
        """Return the drawing as it was."""
        return read_document(self._wire.get(_at(graph, id, "document")))

    def edit(self, graph: str, id: str, name: str | None = None, note: str | None = None) -> Version:
        """Call a version something else, or say something else about it."""
        return from_json(Version, self._wire.post(_at(graph, id), {"name": name, "note": note}))

    def delete(self, graph: str, id: str) -> None:
        """Delete a version."""
        self._wire.delete(_at(graph, id))

    def fork(self, graph: str, id: str, name: str) -> Document:
        """Return a new drawing that begins as a version was."""
        return read_document(self._wire.post(_at(graph, id, "forks"), {"name": name}))


class HttpRunDrawings:
    """The drawings of the server's runs."""

    _wire: Wire

    def drawing(self, id: str) -> Document:
        """Return the drawing that a run was started with."""
        from patholearn_lab.client.http_wire import at

        return read_document(self._wire.get(at("jobs", id, "drawing")))

    def fork(self, id: str, name: str) -> Document:
        """Return a new drawing that begins as the one of a run."""
        from patholearn_lab.client.http_wire import at

        return read_document(self._wire.post(at("jobs", id, "forks"), {"name": name}))


def _at(*parts: str) -> str:
    from patholearn_lab.client.http_wire import at

    return at("versions", *parts)
