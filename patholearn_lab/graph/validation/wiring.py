"""Edges: do they have both ends, do the types fit, does data run in a circle, does every input get something."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.connections import output_types, refuse_types
from patholearn_lab.graph.document import Edge
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.mends import new_edge_id, remove_edge, remove_node
from patholearn_lab.graph.operations import AddEdge
from patholearn_lab.graph.spec import Port
from patholearn_lab.graph.validation.examined import Examined

_TYPES = {3: "image", 2: "sequence", 1: "vector"}


def dangling_edges(examined: Examined) -> Iterator[Issue]:
    """Edges whose ends do not exist, or have no such port."""
    for key, edge in sorted(examined.document.edges.items()):
        missing = [end for end in (edge.source, edge.target) if end not in examined.document.nodes]
        if missing:
            yield Issue(
                code="dangling_edge",
                severity="warning",
                edge=key,
                message=f"The connection {key} leads to {missing[0]}, which does not exist. It is left out.",
                mend=remove_edge(key),
            )
            continue
        port = _missing_port(examined, edge)
        if port:
            yield Issue(
                code="unknown_port",
                severity="error",
                node=edge.target,
                edge=key,
                message=f"The connection from {examined.name(edge.source)} to {examined.name(edge.target)} uses "
                f"{port}, which does not exist.",
                mend=remove_edge(key),
            )


def _missing_port(examined: Examined, edge: Edge) -> str | None:
    source, target = examined.specs.get(edge.source), examined.specs.get(edge.target)
    if source and source.output(edge.source_port) is None:
        return f"the output {edge.source_port!r} of {examined.name(edge.source)}"
    if target and target.input(edge.target_port) is None:
        return f"the input {edge.target_port!r} of {examined.name(edge.target)}"
    return None


def cycle(examined: Examined) -> Iterator[Issue]:
    """Data that runs in a circle."""
    edges = _opened(examined, examined.topology.cycle())
    if edges:
        nodes = [examined.name(examined.topology.edges[key].source) for key in edges]
        last = edges[-1]
        yield Issue(
            code="cycle",
            severity="error",
            node=examined.topology.edges[last].source,
            edge=last,
            message=f"Data runs in a circle: {_path(nodes)}. Remove one of these connections.",
            mend=remove_edge(last, f"Remove the connection back to {nodes[0]}"),
        )


def _opened(examined: Examined, edges: tuple[str, ...]) -> tuple[str, ...]:
    """Return the edges of a cycle with that at the end which is best removed.

    Best its target gets something from outside of the cycle as well, and its source gives something there: then data
    still goes through.
    """
    topology, inside = examined.topology, set(edges)

    def worth(place: int) -> tuple[bool, bool, int]:
        edge = topology.edges[edges[place]]
        fed, feeds = set(topology.incoming[edge.target]) - inside, set(topology.outgoing[edge.source]) - inside
        return (bool(fed), bool(feeds), place)

    best = max(range(len(edges)), key=worth, default=-1)
    return edges[best + 1 :] + edges[: best + 1]


def _path(nodes: list[str]) -> str:
    shown = nodes if len(nodes) <= 8 else [*nodes[:4], "…", *nodes[-3:]]
    return " → ".join([*shown, nodes[0]])


def occupied_ports(examined: Examined) -> Iterator[Issue]:
    """The same connection twice, and several connections into an input that takes one."""
    several = {node: keys for node, keys in examined.topology.incoming.items() if len(keys) > 1}
    for node, keys in sorted(several.items()):
        spec = examined.specs.get(node)
        taken: set[str] = set()
        seen: set[tuple[str, str, str]] = set()
        for key in keys:
            edge = examined.topology.edges[key]
            port = spec.input(edge.target_port) if spec else None
            if port is None:
                continue
            ends = (edge.source, edge.source_port, edge.target_port)
            if ends in seen:
                yield Issue(
                    code="duplicate_edge",
                    severity="error",
                    node=node,
                    edge=key,
                    message=f"{examined.name(edge.source)} and {examined.name(node)} are connected twice.",
                    mend=remove_edge(key),
                )
            elif port.name in taken and not port.many:
                yield Issue(
                    code="port_taken",
                    severity="error",
                    node=node,
                    edge=key,
                    message=f"{examined.name(node)} takes one connection at “{port.label}”, "
                    f"but {examined.name(edge.source)} is connected there as well.",
                    mend=remove_edge(key, f"Remove the connection from {examined.name(edge.source)}"),
                )
            seen.add(ends)
            taken.add(port.name)


def types(examined: Examined) -> Iterator[Issue]:
    """An image where a vector is needed, and the like."""
    edges = examined.topology.edges
    wires = [(key, edges[key]) for node in examined.topology.order for key in examined.topology.outgoing[node]]
    doubtful = [(key, edge) for key, edge in wires if not _shape_fits(examined, edge)]
    known = _given(examined) if doubtful else {}
    for key, edge in doubtful:
        refusal = refuse_types(examined.document, examined.topology, edge, key, known)
        if refusal is not None and refusal.code in ("needs_flatten", "wrong_type"):
            yield Issue(
                code=refusal.code,
                severity="error",
                node=edge.target,
                edge=key,
                message=refusal.message,
                mend=refusal.mend or remove_edge(key),
            )


def _given(examined: Examined) -> dict[tuple[str, str], set[str]]:
    """Return the types of the shapes that are known: a Reshape or a code node could give several."""
    known: dict[tuple[str, str], set[str]] = {}
    for (node, port), arriving in examined.inferred.outputs.items():
        output = examined.specs[node].output(port)
        if output is not None and "scores" not in output.types:
            known[node, port] = {_TYPES[len(arriving.shape)]}
    return known


def _shape_fits(examined: Examined, edge: Edge) -> bool:
    """Return whether a shape went through the edge, so that its types need no look. (Scores are told by type alone.)"""
    if edge.target not in examined.inferred.inputs:
        return False
    source, target = examined.specs.get(edge.source), examined.specs.get(edge.target)
    giving = source.output(edge.source_port) if source else None
    taking = target.input(edge.target_port) if target else None
    return not (giving is None or taking is None or "scores" in giving.types or "scores" in taking.types)


def unconnected(examined: Examined) -> Iterator[Issue]:
    """Inputs that get nothing, of nodes that the output needs."""
    loose = [
        key
        for key, spec in sorted(examined.specs.items())
        if spec.outputs and spec.role in ("layer", "input") and not examined.topology.outgoing[key]
    ]
    for node in sorted(examined.used):
        spec = examined.specs.get(node)
        connected = {examined.topology.edges[key].target_port for key in examined.topology.incoming[node]}
        for port in spec.inputs if spec else ():
            if port.name not in connected:
                yield Issue(
                    code="unconnected",
                    severity="error",
                    node=node,
                    message=f"{examined.name(node)} gets nothing at its input “{port.label}”. "
                    "Draw a connection to it from the node before.",
                    mend=_connect(examined, loose, node, port),
                )


def _connect(examined: Examined, loose: list[str], node: str, port: Port) -> Mend | None:
    """Connect a port with the one node that leads nowhere and gives what it takes, if it is just one."""
    below = examined.topology.reached_from({node}) | {node}
    gives = {key: examined.specs[key].outputs[0].name for key in loose if key not in below}
    fitting = [
        key
        for key, name in gives.items()
        if output_types(examined.document, examined.topology, key, name) <= set(port.types)
    ]
    if len(fitting) != 1:
        return None
    source = fitting[0]
    wire = Edge(source=source, source_port=gives[source], target=node, target_port=port.name)
    return Mend(
        label=f"Connect it with {examined.name(source)}",
        operations=(AddEdge(id=new_edge_id(examined.document), edge=wire),),
    )


def loose_ends(examined: Examined) -> Iterator[Issue]:
    """Nodes that the output does not need, inputs apart. They are left out of the network."""
    for node in sorted(set(examined.document.nodes) - examined.used):
        spec = examined.specs.get(node)
        if spec is None or spec.role == "input":
            continue
        if spec.kind == "metric":
            output = examined.outputs[0]
            wire = Edge(source=output, source_port="scores", target=node, target_port="scores")
            yield Issue(
                code="leads_nowhere",
                severity="warning",
                node=node,
                message=f"{examined.name(node)} measures nothing: it is not connected with the output's scores.",
                mend=Mend(
                    label="Connect it with the output",
                    operations=(AddEdge(id=new_edge_id(examined.document), edge=wire),),
                ),
            )
        else:
            yield Issue(
                code="leads_nowhere",
                severity="warning",
                node=node,
                message=f"{examined.name(node)} does not lead to the output, so it is left out of the network.",
                mend=remove_node(node, f"Remove {examined.name(node)}"),
            )


RULES = (dangling_edges, cycle, occupied_ports, types, unconnected, loose_ends)
