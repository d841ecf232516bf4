"""The operations that lead from one document to another, as one undo step."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.document import Document, Node
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    MoveNode,
    Operation,
    RemoveBlock,
    RemoveComment,
    RemoveEdge,
    RemoveFrame,
    RemoveNode,
    RemoveRemark,
    SetBlock,
    SetComment,
    SetFrame,
    SetKind,
    SetMeta,
    SetNote,
    SetParams,
    SetRemark,
)


def operations_between(old: Document, new: Document) -> list[Operation]:
    """Return what turns `old` into `new`, removals first. `changes.ts` has the same for the browser."""
    operations: list[Operation] = []
    kept = {key: edge for key, edge in new.edges.items() if old.edges.get(key) == edge}
    operations += [RemoveEdge(id=key) for key in sorted(old.edges) if key not in new.edges]
    operations += [RemoveNode(id=key) for key in sorted(old.nodes) if key not in new.nodes]
    operations += [RemoveBlock(id=key) for key in sorted(old.blocks) if key not in new.blocks]
    operations += [
        SetBlock(id=key, block=block) for key, block in sorted(new.blocks.items()) if old.blocks.get(key) != block
    ]
    operations += [AddNode(id=key, node=new.nodes[key]) for key in sorted(new.nodes) if key not in old.nodes]
    for key in sorted(new.nodes):
        if key in old.nodes:
            operations += _of_node(key, old.nodes[key], new.nodes[key])
    operations += [AddEdge(id=key, edge=edge) for key, edge in sorted(new.edges.items()) if key not in kept]
    operations += _beside(old, new)
    return [*operations, *([SetMeta(meta=new.meta)] if old.meta != new.meta else [])]


def _beside(old: Document, new: Document) -> Iterator[Operation]:
    """Yield what changed about frames, remarks and comments, last: a frame names nodes that come."""
    for key in sorted({*old.frames, *new.frames}):
        if key not in new.frames:
            yield RemoveFrame(id=key)
        # A node that went has left its frames already.
        elif key not in old.frames or old.frames[key].within(new.nodes) != new.frames[key]:
            yield SetFrame(id=key, frame=new.frames[key])
    for key in sorted({*old.remarks, *new.remarks}):
        if key not in new.remarks:
            yield RemoveRemark(id=key)
        elif old.remarks.get(key) != new.remarks[key]:
            yield SetRemark(id=key, remark=new.remarks[key])
    for key in sorted({*old.comments, *new.comments}):
        if key not in new.comments:
            yield RemoveComment(id=key)
        elif old.comments.get(key) != new.comments[key]:
            yield SetComment(id=key, comment=new.comments[key])


def _of_node(key: str, old: Node, new: Node) -> Iterator[Operation]:
    if old.kind != new.kind:
        yield SetKind(id=key, kind=new.kind)
    if old.params != new.params:
        names = sorted(name for name in {*old.params, *new.params} if old.params.get(name) != new.params.get(name))
        yield SetParams(id=key, params={name: new.params.get(name) for name in names})
    if (old.x, old.y) != (new.x, new.y):
        yield MoveNode(id=key, x=new.x, y=new.y)
    if old.note != new.note:
        yield SetNote(id=key, note=new.note)
