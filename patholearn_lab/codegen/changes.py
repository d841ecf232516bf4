"""The operations that lead from one document to another, as one undo step."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.document import Document, Node
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    MoveNode,
    Operation,
    RemoveEdge,
    RemoveNode,
    SetKind,
    SetNote,
    SetParams,
)


def operations_between(old: Document, new: Document) -> list[Operation]:
    """Return what turns the nodes and edges of `old` into those of `new`, removals first."""
    operations: list[Operation] = []
    kept = {key: edge for key, edge in new.edges.items() if old.edges.get(key) == edge}
    operations += [RemoveEdge(id=key) for key in sorted(old.edges) if key not in new.edges]
    operations += [RemoveNode(id=key) for key in sorted(old.nodes) if key not in new.nodes]
    operations += [AddNode(id=key, node=new.nodes[key]) for key in sorted(new.nodes) if key not in old.nodes]
    for key in sorted(new.nodes):
        if key in old.nodes:
            operations += _of_node(key, old.nodes[key], new.nodes[key])
    return [*operations, *(AddEdge(id=key, edge=edge) for key, edge in sorted(new.edges.items()) if key not in kept)]


def _of_node(key: str, old: Node, new: Node) -> Iterator[Operation]:
    if old.kind != new.kind:
        yield SetKind(id=key, kind=new.kind)
    if old.params != new.params:
        yield SetParams(id=key, params={**dict.fromkeys(old.params), **new.params})
    if (old.x, old.y) != (new.x, new.y):
        yield MoveNode(id=key, x=new.x, y=new.y)
    if old.note != new.note:
        yield SetNote(id=key, note=new.note)
