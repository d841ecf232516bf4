"""How a node is added and connected: what is refused, and the operations for what is not."""

from __future__ import annotations

from collections.abc import Mapping

from patholearn_lab.errors import DocumentError, NotFoundError
from patholearn_lab.graph.block import PREFIX
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.connections import can_connect
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.flow import flow_of
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.mends import insert, new_edge_id, new_node_id
from patholearn_lab.graph.operations import AddEdge, AddNode, Operation, RemoveEdge, apply
from patholearn_lab.graph.settings import unknown_params, values_of
from patholearn_lab.graph.spec import NodeSpec


def addition(
    document: Document, kind: str, after: str | None, note: str, params: dict[str, ParamValue]
) -> tuple[str, list[Operation]]:
    """Return the id of a new node and the operations that add it; see `Architecture.add` for what it means.

    Raises
    ------
    DocumentError
        When there is no such kind, a setting is wrong, or the connection is refused.
    NotFoundError
        When there is no node `after`.
    """
    spec = spec_in(document, kind)
    ensure_params(spec, params)
    node = new_node_id(document, kind)
    flow = flow_of(document)
    if after is None:
        last = max((flow.along(other) for other in document.nodes.values()), default=-flow.step)
        x, y = flow.at(last + flow.step, 0.0)
        return node, [AddNode(id=node, node=Node(kind=kind, params=params, x=x, y=y, note=note))]
    feeding = node_in(document, after)
    between = _insertion(document, after, spec, params, note)
    if between is not None:
        return node, between
    x, y = flow.at(flow.along(feeding) + flow.step, flow.across(feeding))
    added = AddNode(id=node, node=Node(kind=kind, params=params, x=x, y=y, note=note))
    grown = apply(document, [added])
    edge = edge_between(grown, after, node, None, None)
    ensure_allowed(grown, edge)
    return node, [added, AddEdge(id=new_edge_id(document), edge=edge)]


def node_in(document: Document, node: str) -> Node:
    """Return a node by its id. Raises NotFoundError."""
    if node not in document.nodes:
        raise NotFoundError(
            f"There is no node {node!r} in {document.meta.name!r}.", f"There are: {', '.join(sorted(document.nodes))}."
        )
    return document.nodes[node]


def spec_in(document: Document, kind: str) -> NodeSpec:
    """Return the declaration of a kind, or of a block of the document. Raises DocumentError."""
    spec = kinds_of(document).get(kind)
    if spec is None:
        known = [*catalog, *(f"{PREFIX}{block}" for block in document.blocks)]
        raise DocumentError(f"There is no kind of node called {kind!r}.", f"Choose one of: {', '.join(known)}.")
    return spec


def ensure_params(spec: NodeSpec, params: Mapping[str, ParamValue]) -> None:
    """Raise DocumentError where a kind has no such parameter, or not with this value."""
    unknown = unknown_params(spec, params)
    if unknown:
        raise DocumentError(
            f"{spec.label} has no parameter {unknown[0]!r}.",
            f"It has: {', '.join(param.name for param in spec.params) or 'none'}.",
        )
    _, problems = values_of(spec, params)
    if problems:
        raise DocumentError(f"{spec.label}: {problems[0].message}", f"Change {problems[0].param!r}.")


def edge_between(
    document: Document, source: str, target: str, source_port: str | None, target_port: str | None
) -> Edge:
    """Return an edge between two nodes; the ports are the first ones where they are left out."""
    giving, taking = (spec_in(document, document.nodes[end].kind) for end in (source, target))
    return Edge(
        source=source,
        source_port=source_port or (giving.outputs[0].name if giving.outputs else "output"),
        target=target,
        target_port=target_port or (taking.inputs[0].name if taking.inputs else "input"),
    )


def ensure_allowed(document: Document, edge: Edge) -> None:
    """Raise DocumentError where an edge may not be added."""
    refusal = can_connect(document, edge.source, edge.source_port, edge.target, edge.target_port)
    if refusal is not None:
        way_out = f"{refusal.mend.label}." if refusal.mend else "Choose another node or port."
        raise DocumentError(refusal.message, way_out, reason=refusal.code)


def _insertion(
    document: Document, after: str, spec: NodeSpec, params: dict[str, ParamValue], note: str
) -> list[Operation] | None:
    """Return how to put a node onto the one connection below `after`; None where that is not what would fit."""
    below = [key for key, edge in document.edges.items() if edge.source == after]
    if len(below) != 1 or not spec.inputs or not spec.outputs:
        return None
    mend = insert(document, document.edges[below[0]], below[0], spec.kind, params, "")
    operations = [
        operation.model_copy(update={"node": operation.node.model_copy(update={"note": note})})
        if isinstance(operation, AddNode)
        else operation
        for operation in mend.operations
    ]
    trial = apply(document, [RemoveEdge(id=below[0])])
    for operation in operations:
        if isinstance(operation, AddEdge):
            proposed = operation.edge
            if can_connect(trial, proposed.source, proposed.source_port, proposed.target, proposed.target_port):
                return None
        trial = apply(trial, [operation])
    return operations
