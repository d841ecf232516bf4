"""A chain of Concatenates as one: ``torch.cat([a, b, c])`` instead of ``torch.cat([torch.cat([a, b]), c])``."""

from __future__ import annotations

from patholearn_lab.graph.document import Document, Edge
from patholearn_lab.graph.topology import Topology


def with_merged_concatenates(document: Document) -> Document:
    """Return the document without Concatenates that only feed another one; what they took goes there, in its order."""
    topology = Topology.of(document)
    inner = {
        node
        for node in topology.order
        if document.nodes[node].kind == "concatenate"
        and len(topology.targets(node)) == 1
        and document.nodes[topology.targets(node)[0]].kind == "concatenate"
    }
    if not inner:
        return document
    taken: dict[str, list[Edge]] = {}
    for node in topology.order:
        for key in topology.incoming[node]:
            edge = topology.edges[key]
            passed = taken.pop(edge.source) if edge.source in inner else [edge]
            taken.setdefault(node, []).extend(passed)
    wires = [
        edge.model_copy(update={"target": node, "target_port": "input"}) if edge.target in inner else edge
        for node in sorted(taken)
        for edge in taken[node]
    ]
    nodes = {key: node for key, node in document.nodes.items() if key not in inner}
    return document.model_copy(update={"nodes": nodes, "edges": {f"e{n}": edge for n, edge in enumerate(wires, 1)}})
