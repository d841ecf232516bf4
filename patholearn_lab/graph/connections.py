"""Which ports may be connected. The editor has the same rules in TypeScript (``src/graph/connections.ts``).

``tests/golden/connections.json`` holds the cases that both must agree on. The rules, in this order:

1. ``unknown_node``: an end does not exist, or its kind is unknown.
2. ``unknown_port``: the source has no such output, or the target no such input.
3. ``cycle``: the target already leads to the source (or is the source).
4. ``duplicate_edge``: just this connection is there already.
5. ``port_taken``: the input takes one connection and has one.
6. ``needs_flatten``: an image or a sequence would go where only a vector fits.
7. ``wrong_type``: the types of the ports have nothing else in common.

The types of an output with ``same_as`` are those that its node's input gets from the first edge there that is not part
of a cycle, and can take; where none is connected or none of them fits, all that the input takes.
"""

from __future__ import annotations

from typing import TypeAlias

from patholearn_lab.graph.document import Document, Edge
from patholearn_lab.graph.issues import Mend, Refusal
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.mends import insert, new_edge_id
from patholearn_lab.graph.operations import AddEdge, RemoveEdge
from patholearn_lab.graph.spec import NodeSpec, Port
from patholearn_lab.graph.topology import Topology

_Known: TypeAlias = dict[tuple[str, str], set[str]]
"""What outputs give, by node and port."""
_WORDS = {
    "image": "an image (channels × height × width)",
    "sequence": "a sequence (steps × features)",
    "vector": "a vector (a row of values)",
    "scores": "scores",
}


def can_connect(document: Document, source: str, source_port: str, target: str, target_port: str) -> Refusal | None:
    """Return why an edge may not be added, or None where it may."""
    edge = Edge(source=source, source_port=source_port, target=target, target_port=target_port)
    ends = _ends(document, edge)
    if isinstance(ends, Refusal):
        return ends
    _, taking = ends
    topology = Topology.of(document)
    if source in topology.reached_from([target]):
        return Refusal(
            code="cycle",
            message=f"{name_of(document, target)} already leads to {name_of(document, source)}: "
            "data would run in a circle.",
        )
    there = [key for key in topology.incoming[target] if topology.edges[key].target_port == target_port]
    if any(topology.edges[key] == edge for key in there):
        return Refusal(code="duplicate_edge", message="These two are connected already.")
    if there and not taking.many:
        return Refusal(
            code="port_taken",
            message=f"{name_of(document, target)} takes one connection here, "
            f"and {name_of(document, topology.edges[there[0]].source)} is connected already.",
            mend=Mend(
                label="Replace the connection",
                operations=(*(RemoveEdge(id=key) for key in there), AddEdge(id=new_edge_id(document), edge=edge)),
            ),
        )
    return refuse_types(document, topology, edge, None, {})


def refuse_types(
    document: Document, topology: Topology, edge: Edge, edge_id: str | None, known: _Known
) -> Refusal | None:
    """Return why the types of the two ports of an edge do not fit, or that an end or a port is missing.

    `edge_id` is None for an edge that is only proposed. `known` remembers what outputs give from one call to the next.
    """
    ends = _ends(document, edge)
    if isinstance(ends, Refusal):
        return ends
    _, taking = ends
    given = output_types(document, topology, edge.source, edge.source_port, known)
    if given & set(taking.types):
        return None
    source, target = name_of(document, edge.source), name_of(document, edge.target)
    message = f"{source} gives {_either(given)}, but {target} takes {_either(set(taking.types))}."
    if given and given <= {"image", "sequence"} and "vector" in taking.types:
        return Refusal(
            code="needs_flatten",
            message=f"{message} A Flatten between them puts all values into one row.",
            mend=insert(document, edge, edge_id, "flatten", {}, "Insert Flatten"),
        )
    return Refusal(code="wrong_type", message=message)


def output_types(document: Document, topology: Topology, node: str, port: str, known: _Known | None = None) -> set[str]:
    """Return the types that an output port can give, as far as the connections above it decide that."""
    known = {} if known is None else known
    if (node, port) not in known:
        known[node, port] = _output_types(document, topology, node, port, known)
    return known[node, port]


def _output_types(document: Document, topology: Topology, node: str, port: str, known: _Known) -> set[str]:
    seen: set[str] = set()
    passed: list[set[str]] = []
    given: set[str] = set()
    while (node, port) not in known:
        spec = kinds_of(document).get(document.nodes[node].kind)
        output = spec.output(port) if spec else None
        if spec is None or output is None:
            break
        if output.same_as is None:
            given = set(output.types)
            break
        seen.add(node)
        taking = spec.input(output.same_as)
        passed.append(set(taking.types) if taking else set())
        above = next(
            (
                topology.edges[key]
                for key in topology.incoming[node]
                if topology.edges[key].target_port == output.same_as and topology.edges[key].source not in seen
            ),
            None,
        )
        if above is None or not _is_known(document, above):
            break
        node, port = above.source, above.source_port
    else:
        given = known[node, port]
    for types in reversed(passed):
        given = given & types or types
    return given


def name_of(document: Document, node: str) -> str:
    """Return what people call a node: its note where that is short, else its id."""
    known = document.nodes.get(node)
    note = known.note.strip() if known else ""
    return f"“{note}”" if note and len(note) <= 40 and "\n" not in note else node


def _is_known(document: Document, edge: Edge) -> bool:
    spec = kinds_of(document).get(document.nodes[edge.source].kind)
    return spec is not None and spec.output(edge.source_port) is not None


def _ends(document: Document, edge: Edge) -> tuple[Port, Port] | Refusal:
    specs: list[NodeSpec] = []
    for node in (edge.source, edge.target):
        spec = kinds_of(document).get(document.nodes[node].kind) if node in document.nodes else None
        if spec is None:
            return Refusal(code="unknown_node", message=f"{node} is no node that can be connected.")
        specs.append(spec)
    giving, taking = specs[0].output(edge.source_port), specs[1].input(edge.target_port)
    if giving is None:
        return Refusal(
            code="unknown_port", message=f"{name_of(document, edge.source)} has no output called {edge.source_port!r}."
        )
    if taking is None:
        return Refusal(
            code="unknown_port", message=f"{name_of(document, edge.target)} has no input called {edge.target_port!r}."
        )
    return giving, taking


def _either(types: set[str]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in sorted(types)) or "nothing known"
