"""Turning a node into one of another kind; the same rules as `swapKind` in `labextension/src/graph/fitting.ts`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.addition import node_in, spec_in
from patholearn_lab.graph.connections import name_of, refuse_types
from patholearn_lab.graph.document import Document, ParamValue
from patholearn_lab.graph.mends import new_node_id
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    Operation,
    RemoveNode,
    SetFrame,
    SetKind,
    SetParams,
    apply,
)
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import NodeSpec, Port
from patholearn_lab.graph.topology import Topology


def swap(document: Document, node: str, kind: str) -> tuple[str, list[Operation]]:
    """Return the id that a node has as one of another kind, and the operations that make it one.

    It keeps its connections, its place, its note, and what both kinds have of its settings. A node whose id says what
    it was, such as ``relu_1``, gets another: it is the layer's name in the code.

    Raises
    ------
    DocumentError
        When there is no such kind, or a connection would not fit any more, there or farther on.
    NotFoundError
        When there is no such node.
    """
    before = node_in(document, node)
    old, new = spec_in(document, before.kind), spec_in(document, kind)
    if new.unique and old.kind != kind and any(other.kind == kind for other in document.nodes.values()):
        raise DocumentError(f"The network has a {new.label} already, and can have one only.", "Choose another kind.")
    operations: list[Operation] = [SetKind(id=node, kind=kind)]
    lost = [name for name, value in before.params.items() if not _is_kept(old, new, name, value)]
    if lost:
        operations.insert(0, SetParams(id=node, params=dict.fromkeys(lost)))
    for key, edge in document.edges.items():
        ports = {}
        if edge.source == node:
            ports["source_port"] = _counterpart(document, node, new, old.outputs, new.outputs, edge.source_port)
        if edge.target == node:
            ports["target_port"] = _counterpart(document, node, new, old.inputs, new.inputs, edge.target_port)
        moved = edge.model_copy(update=ports)
        if moved != edge:
            operations.append(AddEdge(id=key, edge=moved))
    after = apply(document, operations)
    _ensure_fits(after, node, new)
    if old.stem == new.stem or not re.fullmatch(rf"{re.escape(old.stem)}(_\d+)?", node):
        return node, operations
    return _renamed(after, node, new_node_id(document, kind))


def _is_kept(old: NodeSpec, new: NodeSpec, name: str, value: ParamValue) -> bool:
    """Say whether the new kind has a setting of the same name and type that may have this value."""
    before, after = ({param.name: param for param in spec.params}.get(name) for spec in (old, new))
    return (
        before is not None and after is not None and before.type == after.type and not values_of(new, {name: value})[1]
    )


def _counterpart(
    document: Document, node: str, new: NodeSpec, before: Sequence[Port], after: Sequence[Port], name: str
) -> str:
    """Return the port that takes the place of one: that of the same name, else of the same number."""
    names = [port.name for port in after]
    place = [port.name for port in before].index(name) if name in [port.name for port in before] else len(names)
    if name not in names and place >= len(names):
        raise DocumentError(
            f"{name_of(document, node)} cannot become a {new.label}: that has no place for its connection at {name!r}.",
            "Remove the connection first, or choose another kind.",
        )
    return name if name in names else names[place]


def _ensure_fits(after: Document, node: str, new: NodeSpec) -> None:
    """Raise DocumentError where a connection at the node or behind it does not take what comes."""
    topology = Topology.of(after)
    reached = topology.reached_from([node])
    for key, edge in topology.edges.items():
        if edge.target != node and edge.source not in reached:
            continue
        refusal = refuse_types(after, topology, edge, key, {})
        if refusal is not None:
            raise DocumentError(
                f"{name_of(after, node)} cannot become a {new.label}: {refusal.message}", "Choose another kind."
            )
    ports = [topology.edges[key].target_port for key in topology.incoming[node]]
    taken = next((port for port in ports if ports.count(port) > 1 and not _takes_many(new, port)), None)
    if taken is not None:
        raise DocumentError(
            f"{name_of(after, node)} cannot become a {new.label}: that takes one connection at {taken!r}, "
            f"and there are {ports.count(taken)}.",
            "Remove the others first, or choose another kind.",
        )


def _takes_many(spec: NodeSpec, name: str) -> bool:
    port = spec.input(name)
    return port is not None and port.many


def _renamed(after: Document, node: str, now: str) -> tuple[str, list[Operation]]:
    """Give a node that changed its kind the id that a new one of that kind would get."""

    def name(other: str) -> str:
        return now if other == node else other

    edges = {key: edge for key, edge in after.edges.items() if node in (edge.source, edge.target)}
    return now, [
        AddNode(id=now, node=after.nodes[node]),
        RemoveNode(id=node),
        *(
            AddEdge(id=key, edge=edge.model_copy(update={"source": name(edge.source), "target": name(edge.target)}))
            for key, edge in edges.items()
        ),
        *(
            SetFrame(id=key, frame=frame.model_copy(update={"nodes": tuple(map(name, frame.nodes))}))
            for key, frame in after.frames.items()
            if node in frame.nodes
        ),
    ]
