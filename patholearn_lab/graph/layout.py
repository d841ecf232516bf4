"""Automatic arrangement: nodes in rows across the flow, each row ordered so that edges cross little.

The classic layered drawing (Sugiyama, Tagawa and Toda 1981) in its simplest form: a row is the longest way from the
start; within a row nodes are ordered by the mean place of their neighbors, a few sweeps down and up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.flow import DOWN, Flow, flow_of
from patholearn_lab.graph.operations import MoveNode, Operation
from patholearn_lab.graph.topology import Topology

ROW, COLUMN = DOWN.step, DOWN.lane
"""Distance between rows, and between nodes of a row, from top to bottom, in CSS px at zoom 1."""
_SWEEPS = 4
_MOST_WAYPOINTS = 5_000
"""Beyond this an arrangement would take seconds; long edges then run where they run."""


def arrange(document: Document, only: Iterable[str] | None = None, flow: Flow | None = None) -> list[Operation]:
    """Return the moves that arrange the graph, as one undo step. Nodes that stand right are not moved.

    Parameters
    ----------
    document
        The graph.
    only
        The nodes to place; all others stay where the person put them. Each comes to stand behind what feeds it (or
        before what it feeds), at the nearest place that is free. The whole graph where None: then the first row is at
        0 and rows are centered on 0.
    flow
        The direction; that of the drawing as it is where None.
    """
    flow = flow or flow_of(document)
    places = _places(document, flow) if only is None else _near(document, set(only) & document.nodes.keys(), flow)
    moved = {key: flow.at(*place) for key, place in sorted(places.items())}
    return [
        MoveNode(id=key, x=place.x, y=place.y)
        for key, place in moved.items()
        if (document.nodes[key].x, document.nodes[key].y) != place
    ]


def _places(document: Document, flow: Flow) -> dict[str, tuple[float, float]]:
    """Return how far along and across each node comes to stand."""
    topology = Topology.of(document)
    layers = _Layers(_depths(document, topology), topology)
    layers.untangle()
    return {
        vertex: (index * flow.step, _column(row, place) * flow.lane)
        for index, row in enumerate(layers.rows)
        for place, vertex in enumerate(row)
        if vertex in document.nodes
    }


def _near(document: Document, wanted: set[str], flow: Flow) -> dict[str, tuple[float, float]]:
    """Place some nodes among the others, in the order of the network, so that each finds those before it placed."""
    topology = Topology.of(document)
    taken = {key: (flow.along(node), flow.across(node)) for key, node in document.nodes.items() if key not in wanted}
    places: dict[str, tuple[float, float]] = {}
    for node in [*topology.order, *sorted(wanted - set(topology.order))]:
        if node not in wanted:
            continue
        feeding = [taken[key] for key in topology.sources(node) if key in taken]
        fed = [taken[key] for key in topology.targets(node) if key in taken]
        if feeding:
            along, across = max(place for place, _ in feeding) + flow.step, fmean(side for _, side in feeding)
        elif fed:
            along, across = min(place for place, _ in fed) - flow.step, fmean(side for _, side in fed)
        else:
            along, across = max((place for place, _ in taken.values()), default=-flow.step) + flow.step, 0.0
        places[node] = taken[node] = (along, _free(along, across, taken.values(), flow))
    return places


def _free(along: float, across: float, taken: Iterable[tuple[float, float]], flow: Flow) -> float:
    """Return the free place nearest to `across` in a row: half a lane aside at a time, onwards before back."""
    row = [side for other, side in taken if abs(other - along) < flow.step * 0.8]
    for step in range(len(row) * 4 + 1):
        place = across + (step + 1) // 2 * (flow.lane / 2) * (1 if step % 2 else -1)
        if all(abs(place - side) >= flow.lane * 0.9 for side in row):
            return place
    return max(row) + flow.lane


def _depths(document: Document, topology: Topology) -> dict[str, int]:
    depth: dict[str, int] = {}
    for node in topology.order:
        depth[node] = 1 + max((depth[source] for source in topology.sources(node)), default=-1)
    # Nodes on or behind a cycle have no depth; they stand below everything else until the cycle is mended.
    below = 1 + max(depth.values(), default=-1)
    return depth | dict.fromkeys(sorted(set(document.nodes) - set(depth)), below)


class _Layers:
    """Rows of nodes and of waypoints: an edge over several rows gets one in each, which keeps its way free."""

    def __init__(self, depth: Mapping[str, int], topology: Topology) -> None:
        self.rows: list[list[str]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
        self._above: dict[str, list[str]] = {node: [] for node in depth}
        self._below: dict[str, list[str]] = {node: [] for node in depth}
        for node, row in depth.items():
            self.rows[row].append(node)
        spans = {key: depth[edge.target] - depth[edge.source] for key, edge in topology.edges.items()}
        ways = sum(max(span - 1, 0) for span in spans.values()) <= _MOST_WAYPOINTS
        for key, edge in topology.edges.items():
            above = edge.source
            for row in range(depth[edge.source] + 1, depth[edge.target]) if ways else ():
                # A colon is in no node's id.
                waypoint = f"{key}:{row}"
                self.rows[row].append(waypoint)
                self._above[waypoint], self._below[waypoint] = [], []
                self._link(above, waypoint)
                above = waypoint
            self._link(above, edge.target)

    def untangle(self) -> None:
        """Order each row by the mean place of the neighbors above, then below, and so on."""
        place = {vertex: _column(row, index) for row in self.rows for index, vertex in enumerate(row)}
        for sweep in range(_SWEEPS):
            down = sweep % 2 == 0
            neighbors = self._above if down else self._below
            for row in self.rows if down else reversed(self.rows):
                means = {
                    vertex: fmean(place[other] for other in neighbors[vertex]) if neighbors[vertex] else place[vertex]
                    for vertex in row
                }
                row.sort(key=means.__getitem__)
                place.update({vertex: _column(row, index) for index, vertex in enumerate(row)})

    def _link(self, above: str, below: str) -> None:
        self._below[above].append(below)
        self._above[below].append(above)


def _column(row: Sequence[str], index: int) -> float:
    """Return the place in a row that is centered on 0."""
    return index - (len(row) - 1) / 2
