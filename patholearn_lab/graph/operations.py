"""How a document changes: small operations, the same in Python and TypeScript.

A list of operations is one undo step. An operation on something that is not there does nothing: in a shared session the
other person may have removed it a moment before. The one exception is an id that is taken, where the newcomer replaces
what was there. ``tests/golden/operations.json`` holds the cases that both languages must agree on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.document import (
    Block,
    Comment,
    Coordinate,
    Document,
    DocumentModel,
    Edge,
    Frame,
    Id,
    Kind,
    Meta,
    Node,
    Note,
    ParamValue,
    Remark,
)


class AddNode(DocumentModel):
    """Put a node into the graph, or replace the one with that id."""

    op: Literal["addNode"] = "addNode"
    id: Id
    node: Node


class RemoveNode(DocumentModel):
    """Take a node out, together with its edges. What was commented on it stays, in case the node comes back."""

    op: Literal["removeNode"] = "removeNode"
    id: Id


class SetParams(DocumentModel):
    """Set some parameters and leave the others; null resets one to its default."""

    op: Literal["setParams"] = "setParams"
    id: Id
    params: dict[Id, ParamValue]


class SetKind(DocumentModel):
    """Turn a node into one of another kind. Its edges, place, note and parameters stay."""

    op: Literal["setKind"] = "setKind"
    id: Id
    kind: Kind


class MoveNode(DocumentModel):
    """Move a node's center."""

    op: Literal["moveNode"] = "moveNode"
    id: Id
    x: Coordinate
    y: Coordinate


class SetNote(DocumentModel):
    """Change what a node is called."""

    op: Literal["setNote"] = "setNote"
    id: Id
    note: Note


class AddEdge(DocumentModel):
    """Connect two ports, or replace the edge with that id."""

    op: Literal["addEdge"] = "addEdge"
    id: Id
    edge: Edge


class RemoveEdge(DocumentModel):
    """Take an edge out."""

    op: Literal["removeEdge"] = "removeEdge"
    id: Id


class SetMeta(DocumentModel):
    """Replace the graph's id and name."""

    op: Literal["setMeta"] = "setMeta"
    meta: Meta


class SetBlock(DocumentModel):
    """Define a block, or replace the definition with that id: all its uses follow."""

    op: Literal["setBlock"] = "setBlock"
    id: Id
    block: Block


class RemoveBlock(DocumentModel):
    """Take the definition of a block out. Nodes that stand for it stay, and are of an unknown kind then."""

    op: Literal["removeBlock"] = "removeBlock"
    id: Id


class SetFrame(DocumentModel):
    """Put a frame around nodes, or replace the one with that id."""

    op: Literal["setFrame"] = "setFrame"
    id: Id
    frame: Frame


class RemoveFrame(DocumentModel):
    """Take a frame away. Its nodes stay."""

    op: Literal["removeFrame"] = "removeFrame"
    id: Id


class SetRemark(DocumentModel):
    """Put a remark onto the canvas, or replace the one with that id."""

    op: Literal["setRemark"] = "setRemark"
    id: Id
    remark: Remark


class RemoveRemark(DocumentModel):
    """Take a remark away."""

    op: Literal["removeRemark"] = "removeRemark"
    id: Id


class SetComment(DocumentModel):
    """Pin a comment to a node, or replace the one with that id."""

    op: Literal["setComment"] = "setComment"
    id: Id
    comment: Comment


class RemoveComment(DocumentModel):
    """Take a comment away, together with the answers to it."""

    op: Literal["removeComment"] = "removeComment"
    id: Id


Operation = Annotated[
    AddNode
    | RemoveNode
    | SetParams
    | SetKind
    | MoveNode
    | SetNote
    | AddEdge
    | RemoveEdge
    | SetMeta
    | SetBlock
    | RemoveBlock
    | SetFrame
    | RemoveFrame
    | SetRemark
    | RemoveRemark
    | SetComment
    | RemoveComment,
    Field(discriminator="op"),
]
AnyDocument = TypeVar("AnyDocument", bound=Document)

OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])
"""Reads and writes lists of operations: ``OPERATIONS.validate_python(raw)``, ``OPERATIONS.dump_python(operations)``."""


def read_operations(raw: Any) -> list[Operation]:
    """Return operations from the list of dictionaries in which they travel. Raises DocumentError."""
    try:
        return OPERATIONS.validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the list"
        raise DocumentError(
            f"The change cannot be made: {place}: {first['msg'].removeprefix('Value error, ')}.",
            "See the list of operations in patholearn_lab.graph.operations.",
        ) from error


def apply(document: AnyDocument, operations: Iterable[Operation]) -> AnyDocument:
    """Return the document after the operations, in their order. The given document stays as it is."""
    nodes, edges = dict(document.nodes), dict(document.edges)
    meta, blocks, frames, remarks = document.meta, document.blocks, document.frames, document.remarks
    comments = document.comments
    for operation in operations:
        match operation:
            case AddNode(id=key, node=node):
                nodes[key] = node
            case RemoveNode(id=key) if key in nodes:
                del nodes[key]
                edges = {name: edge for name, edge in edges.items() if key not in (edge.source, edge.target)}
                frames = {name: frame.within(nodes) for name, frame in frames.items()}
            case SetParams(id=key, params=params) if key in nodes:
                merged = {name: value for name, value in {**nodes[key].params, **params}.items() if value is not None}
                nodes[key] = nodes[key].model_copy(update={"params": merged})
            case SetKind(id=key, kind=kind) if key in nodes:
                nodes[key] = nodes[key].model_copy(update={"kind": kind})
            case MoveNode(id=key, x=x, y=y) if key in nodes:
                nodes[key] = nodes[key].model_copy(update={"x": x, "y": y})
            case SetNote(id=key, note=note) if key in nodes:
                nodes[key] = nodes[key].model_copy(update={"note": note})
            case AddEdge(id=key, edge=edge) if edge.source in nodes and edge.target in nodes:
                edges[key] = edge
            case RemoveEdge(id=key):
                edges.pop(key, None)
            case SetMeta(meta=new_meta):
                meta = new_meta
            case SetBlock(id=key, block=block):
                blocks = {**blocks, key: block}
            case RemoveBlock(id=key) if key in blocks:
                blocks = {name: block for name, block in blocks.items() if name != key}
            case SetFrame(id=key, frame=frame):
                frames = {**frames, key: frame}
            case RemoveFrame(id=key) if key in frames:
                frames = {name: frame for name, frame in frames.items() if name != key}
            case SetRemark(id=key, remark=remark):
                remarks = {**remarks, key: remark}
            case RemoveRemark(id=key) if key in remarks:
                remarks = {name: remark for name, remark in remarks.items() if name != key}
            case SetComment(id=key, comment=comment):
                comments = {**comments, key: comment}
            case RemoveComment(id=key) if key in comments:
                comments = {name: other for name, other in comments.items() if key not in (name, other.answer_to)}
            case _:  # The thing is gone already; see the module docstring.
                continue
    changes: dict[str, Any] = {"nodes": nodes, "edges": edges, "blocks": blocks, "frames": frames, "remarks": remarks}
    changes |= {"comments": comments, "meta": meta}
    return document.model_copy(update=changes)
