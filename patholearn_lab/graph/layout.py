"""Automatic arrangement: nodes in rows from top to bottom, each row ordered so that edges cross little.

The classic layered drawing (Sugiyama, Tagawa and Toda 1981) in its simplest form: a row is the longest way from the
start; within a row nodes are ordered by the mean place of their neighbors, a few sweeps down and up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import MoveNode, Operation
from patholearn_lab.graph.topology import Topology

ROW = 120.0
"""Distance between rows, in CSS px at zoom 1."""
COLUMN = 240.0
"""Distance between nodes of a row, in CSS px at zoom 1."""
_SWEEPS = 4


def arrange(document: Document) -> list[Operation]:
    """Return the moves that arrange the whole graph, as one undo step. Nodes that stand right are not moved.

    The first row is at y = 0 and rows are centered on x = 0.
    """
    places = _places(document)
    return [
        MoveNode(id=key, x=x, y=y)
        for key, (x, y) in sorted(places.items())
        if (document.nodes[key].x, document.nodes[key].y) != (x, y)
    ]


def _places(document: Document) -> dict[str, tuple[float, float]]:
    topology = Topology.of(document)
    rows = _ordered_rows(_rows(document, topology), topology)
    return {
        node: ((column - (len(row) - 1) / 2) * COLUMN, index * ROW)
        for index, row in enumerate(rows)
        for column, node in enumerate(row)
    }


def _rows(document: Document, topology: Topology) -> list[list[str]]:
    depth: dict[str, int] = {}
    for node in topology.order:
        depth[node] = 1 + max((depth[source] for source in topology.sources(node)), default=-1)
    # Nodes on or behind a cycle have no depth; they stand below everything else until the cycle is mended.
    below = 1 + max(depth.values(), default=-1)
    for node in sorted(set(document.nodes) - set(depth)):
        depth[node] = below
    rows: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for node, row in depth.items():
        rows[row].append(node)
    return rows


def _ordered_rows(rows: list[list[str]], topology: Topology) -> list[list[str]]:
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        neighbors = topology.sources if down else topology.targets
        place: dict[str, float] = {node: column - (len(row) - 1) / 2 for row in rows for column, node in enumerate(row)}
        for row in rows if down else reversed(rows):
            row.sort(key=_barycenter(place, neighbors))
            place.update({node: column - (len(row) - 1) / 2 for column, node in enumerate(row)})
    return rows


def _barycenter(place: Mapping[str, float], neighbors: Callable[[str], Iterable[str]]) -> Callable[[str], float]:
    def mean(node: str) -> float:
        around = [place[other] for other in neighbors(node)]
        return sum(around) / len(around) if around else place[node]

    return mean
