"""The ways out of an issue, as operations."""

from __future__ import annotations

from collections.abc import Container, Mapping

from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.flow import flow_of
from patholearn_lab.graph.issues import Mend
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    MoveNode,
    Operation,
    RemoveEdge,
    RemoveNode,
    SetKind,
    SetParams,
)
from patholearn_lab.graph.topology import Topology

_SMALL = 100


def free_id(taken: Container[str], stem: str, number: int = 1) -> str:
    """Return the first of ``stem_1``, ``stem_2``, … that is not taken, from `number` on."""
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def new_node_id(document: Document, kind: str) -> str:
    """Return an id for a new node of that kind: ``conv_3``; ``data`` or ``output`` for the first one of some kinds.

    A name that a comment waits for is taken: what was said about a node that is gone is not about the new one.
    """
    spec = kinds_of(document).get(kind)
    taken = {*document.nodes, *(comment.node for comment in document.comments.values())}
    if spec is None:
        return free_id(taken, "node")
    if (spec.unique or spec.first_plain) and spec.stem not in document.nodes:
        return spec.stem
    return free_id(taken, spec.stem or spec.kind, 2 if spec.first_plain else 1)


def new_edge_id(document: Document, also_taken: Container[str] = ()) -> str:
    """Return the first of ``e1``, ``e2``, … that is not taken."""
    number = len(document.edges) + 1
    while f"e{number}" in document.edges or f"e{number}" in also_taken:
        number += 1
    return f"e{number}"


def set_params(node: str, params: Mapping[str, ParamValue], label: str) -> Mend:
    """Change parameters of a node."""
    return Mend(label=label, operations=(SetParams(id=node, params=dict(params)),))


def become_dataset(document: Document, node: str, dataset: str = "") -> tuple[Operation, ...]:
    """Let an input be a data set, chosen or not. Its edges stay; the settings of what it was go."""
    operations: list[Operation] = []
    if document.nodes[node].kind != "dataset":
        operations.append(SetKind(id=node, kind="dataset"))
    params = dict.fromkeys(document.nodes[node].params) | ({"dataset": dataset} if dataset else {})
    if params:
        operations.append(SetParams(id=node, params=params))
    return tuple(operations)


def remove_node(node: str, label: str) -> Mend:
    """Take a node out with its edges."""
    return Mend(label=label, operations=(RemoveNode(id=node),))


def remove_edge(edge: str, label: str = "Remove the connection") -> Mend:
    """Take an edge out."""
    return Mend(label=label, operations=(RemoveEdge(id=edge),))


def bypass(topology: Topology, node: str, label: str) -> Mend:
    """Take a node out and connect what fed it with what it fed."""
    operations: list[Operation] = [RemoveNode(id=node)]
    for feeding in topology.incoming[node][:1]:
        above = topology.edges[feeding]
        operations += [
            AddEdge(
                id=key,
                edge=topology.edges[key].model_copy(update={"source": above.source, "source_port": above.source_port}),
            )
            for key in topology.outgoing[node]
        ]
    return Mend(label=label, operations=tuple(operations))


def insert(
    document: Document, edge: Edge, edge_id: str | None, kind: str, params: Mapping[str, ParamValue], label: str
) -> Mend:
    """Put a new node onto a connection; `edge_id` is None where the connection does not exist yet.

    The nodes behind it make room: each that stands where the target does, or farther on, moves on by one step. In a
    large graph they stay, and the new node comes to stand halfway: a mend should not grow with the graph.
    """
    spec = kinds_of(document).get(kind)
    if spec is None:
        raise KeyError(kind)
    node = new_node_id(document, kind)
    target = document.nodes[edge.target]
    before = edge.model_copy(update={"target": node, "target_port": spec.inputs[0].name})
    after = edge.model_copy(update={"source": node, "source_port": spec.outputs[0].name})
    before_id = edge_id or new_edge_id(document)
    operations: list[Operation] = []
    place = (target.x, target.y)
    if len(document.nodes) <= _SMALL:
        flow = flow_of(document)
        onwards = flow.at(flow.step, 0.0)
        operations += [
            MoveNode(id=key, x=other.x + onwards.x, y=other.y + onwards.y)
            for key, other in sorted(document.nodes.items())
            if flow.along(other) >= flow.along(target) and key != edge.source
        ]
    else:
        source = document.nodes[edge.source]
        place = ((source.x + target.x) / 2, (source.y + target.y) / 2)
    operations += [
        AddNode(id=node, node=Node(kind=kind, params=dict(params), x=place[0], y=place[1])),
        AddEdge(id=before_id, edge=before),
        AddEdge(id=new_edge_id(document, (before_id,)), edge=after),
    ]
    return Mend(label=label, operations=tuple(operations))
