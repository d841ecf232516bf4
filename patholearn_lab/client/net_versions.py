"""``versions()``: the history of one drawing, as a notebook holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, Self

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.versions import GraphComparison, compare
from patholearn_lab.errors import InvalidInputError, NotFoundError
from patholearn_lab.services.versions import Version
from patholearn_lab.tracing.architecture import Architecture

if TYPE_CHECKING:
    from collections.abc import Iterable

    from patholearn_lab.client.interface import Client
    from patholearn_lab.graph.document import Document
    from patholearn_lab.graph.operations import Operation

Which = Version | str
"""A version, or its name, or its id."""


class Drawing(Protocol):
    """What has a history: an `Architecture`, open in JupyterLab or not."""

    @property
    def document(self) -> Document:
        """The document as it is now."""

    def apply(self, operations: Iterable[Operation]) -> None:
        """Apply operations as one undo step."""


def versions(drawing: Drawing, client: Client | None = None) -> NetVersions:
    """Return the history of a drawing.

    Parameters
    ----------
    drawing
        An `Architecture`, a `LiveArchitecture`, or an `ArchitectureEditor`.
    client
        Who keeps the versions; :func:`~patholearn_lab.client.connect` where it is None.

    Examples
    --------
    >>> history = lab.versions(net)                       # doctest: +SKIP
    >>> history.save("before dropout")                    # doctest: +SKIP
    >>> net.add("dropout", after="relu_3")                # doctest: +SKIP
    >>> history.compare("before dropout")                 # doctest: +SKIP
    >>> history.restore("before dropout")                 # doctest: +SKIP
    """
    held: Drawing = getattr(drawing, "architecture", drawing)
    if not hasattr(held, "document") or not hasattr(held, "apply"):
        raise InvalidInputError(
            f"A {type(drawing).__name__} has no history.",
            "Give an Architecture, a LiveArchitecture or an ArchitectureEditor; of a run, give run.drawing.",
        )
    return NetVersions(held, client or connect())


class NetVersions:
    """The versions of one drawing, the newest first: ``len()``, iteration, and ``[name]`` work as with a list.

    Parameters
    ----------
    drawing
        Whose history it is; :meth:`restore` changes it.
    client
        Who keeps the versions.
    """

    def __init__(self, drawing: Drawing, client: Client) -> None:
        self._drawing = drawing
        self._kept = client.versions

    @property
    def graph(self) -> str:
        """The drawing's id, to which its versions belong."""
        return self._drawing.document.meta.id

    def list(self) -> list[Version]:
        """Return the versions, the newest first: those with a name, and those that trainings kept by themselves."""
        return self._kept.list(self.graph)

    def save(self, name: str, note: str = "") -> Version:
        """Keep the drawing as it is now, under a name. Raises ConflictError where the name is taken."""
        return self._kept.save(self._drawing.document, name, note)

    def open(self, version: Which) -> Architecture:
        """Return the drawing as it was, to look at; changes of it go nowhere."""
        return Architecture(self._kept.open(self.graph, self[version].id))

    def restore(self, version: Which) -> Self:
        """Make the drawing what it was, as one undo step. Its name and its comments stay as they are now."""
        # Codegen parses Python with libcst, which a list of versions does without.
        from patholearn_lab.codegen.changes import operations_between

        now, then = self._drawing.document, self._kept.open(self.graph, self[version].id)
        wanted = then.model_copy(update={"meta": now.meta, "comments": now.comments})
        self._drawing.apply(operations_between(now, wanted))
        return self

    def compare(self, before: Which, after: Which | None = None) -> GraphComparison:
        """Return what leads from a version to another one, or to the drawing as it is now.

        ``print`` says it in words, a notebook shows it as a picture.
        """
        then = self._kept.open(self.graph, self[before].id)
        later = self._drawing.document if after is None else self._kept.open(self.graph, self[after].id)
        return compare(then, later)

    def fork(self, version: Which, name: str) -> Architecture:
        """Return a new drawing that begins as a version was: with an id, a name and a history of its own."""
        return Architecture(self._kept.fork(self.graph, self[version].id, name))

    def edit(self, version: Which, name: str | None = None, note: str | None = None) -> Version:
        """Call a version something else, or say something else about it; what is None stays."""
        return self._kept.edit(self.graph, self[version].id, name, note)

    def delete(self, version: Which) -> None:
        """Delete a version; the drawing itself and its other versions stay."""
        self._kept.delete(self.graph, self[version].id)

    def __getitem__(self, version: Which) -> Version:
        if isinstance(version, Version):
            return version
        known = self.list()
        for one in known:
            if version in (one.name, one.id):
                return one
        names = ", ".join(repr(one.name or one.id) for one in known) or "none yet"
        raise NotFoundError(f"The drawing has no version {version!r}.", f"There are: {names}.")

    def __iter__(self) -> Iterator[Version]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self.list())

    def __repr__(self) -> str:
        head = ("version", "by", "when (UTC)", "layers", "parameters", "runs")
        rows = [
            (
                one.title,
                one.author,
                f"{one.created_at:%Y-%m-%d %H:%M}",
                f"{one.layers:,}",
                f"{one.parameters:,}",
                f"{len(one.runs) or ''}",
            )
            for one in self.list()
        ]
        if not rows:
            return "No versions yet. save(name) keeps the drawing as it is now; a training keeps it by itself."
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in [head, *rows])
