"""The architecture as a user's object: it changes in place, can undo, and tells others when it changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from patholearn_lab.errors import DocumentError, NotFoundError
from patholearn_lab.graph.addition import addition, edge_between, ensure_allowed, ensure_params, node_in, spec_in
from patholearn_lab.graph.block_methods import BlockMethods
from patholearn_lab.graph.check import check
from patholearn_lab.graph.comment_methods import CommentMethods
from patholearn_lab.graph.diff import Difference, diff
from patholearn_lab.graph.document import (
    Document,
    Meta,
    Node,
    ParamValue,
    document_to_dict,
    write_document,
)
from patholearn_lab.graph.flow import FLOWS, Direction
from patholearn_lab.graph.formats import read_any
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape, no_datasets
from patholearn_lab.graph.issues import CheckResult, Issue
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.mends import free_id, new_edge_id
from patholearn_lab.graph.operations import (
    AddEdge,
    Operation,
    RemoveEdge,
    RemoveNode,
    SetMeta,
    SetNote,
    SetParams,
    apply,
    read_operations,
)
from patholearn_lab.graph.parts import Color
from patholearn_lab.graph.picture import svg
from patholearn_lab.graph.summary import Summary, summarize
from patholearn_lab.graph.swapping import swap
from patholearn_lab.graph.templates import template
from patholearn_lab.paths import write_atomically

ARCHITECTURE_MIME = "application/vnd.patholearn.architecture+json"
"""The MIME type of ``{"document": …}`` in an output: the labextension shows it, also where the kernel is gone."""
MAX_UNDO = 500


class Architecture(BlockMethods, CommentMethods):
    """A network drawn as a graph.

    Parameters
    ----------
    document
        What to begin with; an empty graph where it is left out.
    lookup
        Finds data sets, so that summary and picture have shapes.
    notes
        Sentences on what could not be taken over, where it was read from elsewhere.

    Examples
    --------
    >>> net = Architecture.from_template("empty", dataset="he_tissue")
    >>> conv = net.add("conv2d", after="data", out_channels=8)
    >>> flat = net.add("flatten", after=conv)
    >>> net.add("linear", after=flat, out_features=2)
    'linear_1'
    >>> net.connect("linear_1", "output")
    'e4'
    >>> net.undo()
    True
    """

    def __init__(
        self,
        document: Document | None = None,
        lookup: DatasetLookup | None = None,
        *,
        notes: tuple[str, ...] = (),
    ) -> None:
        self._document = document or Document()
        self.lookup: DatasetLookup = lookup or self.known_datasets
        self.notes = notes
        self.path: Path | None = None
        """The file that it was read from or saved in last."""
        self._undo: list[Document] = []
        self._redo: list[Document] = []
        self._observers: list[Callable[[Document], None]] = []

    @staticmethod
    def known_datasets(dataset: str) -> DatasetShape | None:
        """Return the shape of a data set where no `lookup` was given: none here, the built-in ones in a subclass."""
        return no_datasets(dataset)

    @classmethod
    def from_template(cls, name: str, dataset: str | None = None, lookup: DatasetLookup | None = None) -> Self:
        """Begin with a ready architecture; see :func:`patholearn_lab.graph.templates.templates`."""
        return cls(template(name, dataset, lookup or cls.known_datasets), lookup)

    @classmethod
    def from_dict(cls, source: str | bytes | Mapping[str, Any]) -> Self:
        """Begin with a document as JSON text or dictionary. Raises DocumentError where it cannot be read.

        PathoLearn's saved graphs and layer lists of WebML and Keras are recognized too; `notes` says what they had
        that has no counterpart here.
        """
        imported = read_any(source)
        return cls(imported.document, notes=imported.notes)

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Read an ``*.arch.json`` file, or what `from_dict` reads besides. Raises DocumentError, NotFoundError."""
        try:
            opened = cls.from_dict(Path(path).read_bytes())
        except FileNotFoundError as error:
            raise NotFoundError(f"There is no file {str(path)!r}.", "Check the name and the folder.") from error
        opened.path = Path(path)
        return opened

    def save(self, path: str | Path) -> Path:
        """Write an ``*.arch.json`` file, all of it or nothing, and return its path."""
        target = Path(path)
        write_atomically(target, write_document(self._document))
        self.path = target
        return target

    @property
    def document(self) -> Document:
        """The graph as it is now. It never changes; a change makes a new one."""
        return self._document

    def to_dict(self) -> dict[str, Any]:
        """Return the document as JSON-serializable data."""
        return document_to_dict(self._document)

    @property
    def id(self) -> str:
        """What ties the graph to its cell, runs and models."""
        return self._document.meta.id

    @property
    def name(self) -> str:
        """What people call the graph."""
        return self._document.meta.name

    @name.setter
    def name(self, name: str) -> None:
        self.apply([SetMeta(meta=Meta(id=self.id, name=name, origin=self._document.meta.origin))])

    def add(self, kind: str, after: str | None = None, note: str = "", **params: ParamValue) -> str:
        """Add a node and return its id.

        Parameters
        ----------
        kind
            One of the catalogue: ``conv2d``, ``relu``, …
        after
            The node that feeds it. If that node feeds one other node already, the new one comes between them where it
            fits; otherwise it begins a new branch. Without `after` the new node is not connected.
        note
            What to call it.
        **params
            Its settings; see the node's help.

        Raises
        ------
        DocumentError
            When there is no such kind, a setting is wrong, or the connection is refused.
        """
        node, operations = addition(self._document, kind, after, note, params)
        self.apply(operations)
        return node

    def connect(self, source: str, target: str, source_port: str | None = None, target_port: str | None = None) -> str:
        """Connect two nodes and return the edge's id; the ports are the first ones where they are left out.

        Raises
        ------
        DocumentError
            When the two do not fit; the message says why, the hint what would help.
        """
        self._node(source)
        self._node(target)
        edge = edge_between(self._document, source, target, source_port, target_port)
        ensure_allowed(self._document, edge)
        key = new_edge_id(self._document)
        self.apply([AddEdge(id=key, edge=edge)])
        return key

    def disconnect(self, source: str, target: str) -> None:
        """Remove all connections from one node to another."""
        keys = [key for key, edge in self._document.edges.items() if (edge.source, edge.target) == (source, target)]
        if not keys:
            raise NotFoundError(
                f"There is no connection from {source!r} to {target!r}.",
                "Look at .document.edges for those that there are.",
            )
        self.apply([RemoveEdge(id=key) for key in keys])

    def remove(self, node: str) -> None:
        """Remove a node and its connections."""
        self._node(node)
        self.apply([RemoveNode(id=node)])

    def set(self, node: str, **params: ParamValue) -> None:
        """Change settings of a node; None resets one to its default. Raises DocumentError for a wrong one."""
        ensure_params(spec_in(self._document, self._node(node).kind), params)
        self.apply([SetParams(id=node, params=params)])

    def swap(self, node: str, kind: str) -> str:
        """Turn a node into one of another kind with the same connections, and return its id.

        It keeps its place, its note and what both kinds have of its settings; a node such as ``relu_1`` is called
        ``gelu_1`` then. Raises DocumentError where a connection would not fit any more, there or farther on.
        """
        swapped, operations = swap(self._document, node, kind)
        self.apply(operations)
        return swapped

    def rename(self, node: str, note: str) -> None:
        """Change what a node is called."""
        self._node(node)
        self.apply([SetNote(id=node, note=note)])

    def frame(self, nodes: Iterable[str], label: str = "", color: Color = "blue") -> str:
        """Put a colored frame around nodes, and return its id. Raises NotFoundError for a node that is not there."""
        members = tuple(nodes)
        for node in members:
            self._node(node)
        key = free_id(self._document.frames, "frame")
        self.apply([{"op": "setFrame", "id": key, "frame": {"label": label, "color": color, "nodes": members}}])
        return key

    def remark(self, text: str, x: float = 0.0, y: float = 0.0, color: Color = "yellow") -> str:
        """Put a note onto the canvas, its center at (x, y) in CSS px at zoom 1, and return its id."""
        key = free_id(self._document.remarks, "remark")
        self.apply([{"op": "setRemark", "id": key, "remark": {"text": text, "color": color, "x": x, "y": y}}])
        return key

    def arrange(self, only: Iterable[str] | None = None) -> None:
        """Tidy up in the direction that the drawing has; or place only some nodes, and leave the others."""
        self.apply(arrange(self._document, only))

    def layout(self, direction: Direction = "down") -> None:
        """Lay all nodes out from top to bottom (``"down"``) or from left to right (``"right"``), as one undo step."""
        if direction not in FLOWS:
            raise DocumentError(
                f"A drawing cannot be laid out in the direction {direction!r}.", f"Choose one of: {', '.join(FLOWS)}."
            )
        self.apply(arrange(self._document, flow=FLOWS[direction]))

    def apply(self, operations: Iterable[Operation | Mapping[str, Any]]) -> None:
        """Apply operations as one undo step; also as the dictionaries in which they travel."""
        wanted = read_operations(list(operations))
        changed = apply(self._document, wanted)
        if changed == self._document:
            return
        self._undo = [*self._undo, self._document][-MAX_UNDO:]
        self._redo = []
        self._become(changed)

    def mend(self, issue: Issue, choice: int = 0) -> None:
        """Apply the mend of an issue, or another one of its mends. Raises DocumentError where it has no such one."""
        ways = [mend for mend in (issue.mend, *issue.other_mends) if mend is not None]
        if not 0 <= choice < len(ways):
            raise DocumentError(f"There is no ready mend {choice} for: {issue.message}", "Change the graph by hand.")
        self.apply(ways[choice].operations)

    def undo(self) -> bool:
        """Take back the last change; return whether there was one."""
        if not self._undo:
            return False
        self._redo.append(self._document)
        self._become(self._undo.pop())
        return True

    def redo(self) -> bool:
        """Make the change again that was taken back last; return whether there was one."""
        if not self._redo:
            return False
        self._undo.append(self._document)
        self._become(self._redo.pop())
        return True

    def check(self, lookup: DatasetLookup | None = None) -> CheckResult:
        """Return shapes, cost and issues; see :func:`patholearn_lab.graph.check.check`."""
        return check(self._document, lookup or self.lookup)

    def diff(self, other: Architecture | Document) -> Difference:
        """Return what leads from this graph to another; print it to read it."""
        return diff(self._document, other._document if isinstance(other, Architecture) else other)

    def summary(self, lookup: DatasetLookup | None = None) -> Summary:
        """Return the table of layers with shapes and costs; print it to read it."""
        return summarize(self._document, lookup or self.lookup)

    def to_svg(self, lookup: DatasetLookup | None = None) -> str:
        """Return the graph as an SVG picture."""
        return svg(self._document, lookup or self.lookup)

    def observe(self, callback: Callable[[Document], None]) -> Callable[[], None]:
        """Call `callback` with the new document after every change; return what ends that."""
        self._observers.append(callback)

        def stop() -> None:
            with contextlib.suppress(ValueError):
                self._observers.remove(callback)

        return stop

    def to_ipycytoscape(self) -> Any:
        """Return a read-only `ipycytoscape.CytoscapeWidget` for one's own notebooks."""
        # The widget comes with ipywidgets and the kernel's machinery, which servers and jobs do without.
        from patholearn_lab.graph.cytoscape import cytoscape_widget

        return cytoscape_widget(self._document)

    def __repr__(self) -> str:
        return f"<Architecture {self.name!r}: {len(self._document.nodes)} nodes, {len(self._document.edges)} edges>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:  # noqa: ARG002
        """Show the graph in a notebook: with a way to open it, as a picture, or as the table where there are none."""
        return {
            "text/plain": str(self.summary()),
            "image/svg+xml": self.to_svg(),
            ARCHITECTURE_MIME: {"document": document_to_dict(self._document), "path": self._path_from_here()},
        }

    def _path_from_here(self) -> str | None:
        """Return the file from the notebook's folder on; None where it has none, or one that is not below it."""
        here = Path.cwd()
        path = None if self.path is None else (here / self.path).resolve()
        return path.relative_to(here.resolve()).as_posix() if path and path.is_relative_to(here.resolve()) else None

    def _become(self, document: Document) -> None:
        self._document = document
        for callback in tuple(self._observers):
            callback(document)

    def _node(self, node: str) -> Node:
        return node_in(self._document, node)
