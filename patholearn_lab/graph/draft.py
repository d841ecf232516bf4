"""A document in the making, for what is read from elsewhere: ids as people would give them, rows arranged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import MAX_NODES, Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.operations import apply


class Draft:
    """Nodes and edges that are added one by one.

    Examples
    --------
    >>> draft = Draft()
    >>> draft.connect(draft.add("dataset"), draft.add("flatten"))
    >>> sorted(draft.finished("Row").nodes)
    ['data', 'flatten_1']
    """

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: dict[str, Edge] = {}
        self._counts: Counter[str] = Counter()

    def add(self, kind: str, params: Mapping[str, ParamValue] | None = None, note: str = "") -> str:
        """Add a node, of an unknown kind too, and return its id."""
        spec = spec_of(kind)
        stem = (spec.stem or spec.kind) if spec else "unknown"
        self._counts[stem] += 1
        node = (
            stem
            if spec and (spec.unique or spec.first_plain) and stem not in self.nodes
            else f"{stem}_{self._counts[stem]}"
        )
        given = {name: value for name, value in (params or {}).items() if value is not None}
        self.nodes[node] = Node(kind=kind, params=given, note=note)
        return node

    def connect(self, source: str, target: str, source_port: str = "", target_port: str = "") -> None:
        """Connect two nodes; at their first ports where none are named."""
        giving, taking = spec_of(self.nodes[source].kind), spec_of(self.nodes[target].kind)
        self.edges[f"e{len(self.edges) + 1}"] = Edge(
            source=source,
            source_port=source_port or (giving.outputs[0].name if giving and giving.outputs else "output"),
            target=target,
            target_port=target_port or (taking.inputs[0].name if taking and taking.inputs else "input"),
        )

    def document(self, name: str) -> Document:
        """Return what was drawn as it is: not arranged, and with any number of nodes."""
        return Document.model_construct(
            nodes=self.nodes, edges=self.edges, blocks={}, meta=Meta(name=name[:200] or "Network")
        )

    def finished(self, name: str) -> Document:
        """Return the document, arranged. Raises DocumentError where it would have too many nodes."""
        return finished(self.document(name))


def finished(document: Document) -> Document:
    """Return a document that was made of a draft, arranged. Raises DocumentError where it has too many nodes."""
    if len(document.nodes) > MAX_NODES:
        raise DocumentError(
            f"The network has {len(document.nodes):,} layers; a graph has {MAX_NODES:,} nodes at most.",
            "Draw a part of it: one of its modules.",
            limit=MAX_NODES,
        )
    whole = Document.model_validate(document.model_dump())
    return apply(whole, arrange(whole))
