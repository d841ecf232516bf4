"""Who is connected with whom: neighbors, an order in which every node comes after its inputs, cycles, reachability.

Everything is computed once per document, in time linear in its size, without recursion: a chain of 2,000 nodes is fine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from patholearn_lab.graph.document import Document, Edge


def edge_order(edge_id: str) -> tuple[int, str]:
    """Order edge ids as people count: e2 before e10. A port that takes many edges takes them in this order."""
    return (len(edge_id), edge_id)


@dataclass(frozen=True)
class Topology:
    """The connections of a document. Edges whose ends do not exist are left out.

    Parameters
    ----------
    edges
        The edges that have both ends, by id.
    incoming, outgoing
        For every node, the ids of its edges, ordered by :func:`edge_order`.
    order
        The nodes, each after all that feed it, branch by branch; nodes on or behind a cycle are missing.
    """

    edges: Mapping[str, Edge]
    incoming: Mapping[str, tuple[str, ...]]
    outgoing: Mapping[str, tuple[str, ...]]
    order: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> Topology:
        """Compute the topology of a document."""
        edges = {
            key: edge
            for key, edge in sorted(document.edges.items(), key=lambda item: edge_order(item[0]))
            if edge.source in document.nodes and edge.target in document.nodes
        }
        incoming: dict[str, list[str]] = {node: [] for node in document.nodes}
        outgoing: dict[str, list[str]] = {node: [] for node in document.nodes}
        for key, edge in edges.items():
            incoming[edge.target].append(key)
            outgoing[edge.source].append(key)
        return cls(
            edges,
            {node: tuple(keys) for node, keys in incoming.items()},
            {node: tuple(keys) for node, keys in outgoing.items()},
            _order(edges, incoming, outgoing),
        )

    def sources(self, node: str, port: str | None = None) -> list[str]:
        """Return the nodes that feed `node` (at `port`), one entry per edge."""
        edges = [self.edges[key] for key in self.incoming[node]]
        return [edge.source for edge in edges if port is None or edge.target_port == port]

    def targets(self, node: str) -> list[str]:
        """Return the nodes that `node` feeds, one entry per edge."""
        return [self.edges[key].target for key in self.outgoing[node]]

    def reached_from(self, starts: Iterable[str]) -> set[str]:
        """Return the starts and every node that follows from them."""
        return _walk(starts, self.targets)

    def leading_to(self, ends: Iterable[str]) -> set[str]:
        """Return the ends and every node that feeds them, directly or not."""
        return _walk(ends, self.sources)

    def cycle(self) -> tuple[str, ...]:
        """Return the edges of one cycle, in order of travel; empty where there is none."""
        stuck = set(self.incoming) - set(self.order)
        if not stuck:
            return ()
        # Every stuck node has a stuck source, so walking backwards from one must come round to a node seen before.
        node, seen, path = min(stuck), dict[str, int](), list[str]()
        while node not in seen:
            seen[node] = len(path)
            edge = next(key for key in self.incoming[node] if self.edges[key].source in stuck)
            path.append(edge)
            node = self.edges[edge].source
        return tuple(reversed(path[seen[node] :]))


def _order(
    edges: Mapping[str, Edge], incoming: Mapping[str, list[str]], outgoing: Mapping[str, list[str]]
) -> tuple[str, ...]:
    """Kahn's algorithm with a stack, so that a branch is finished before the next one begins."""
    waiting = {node: len(keys) for node, keys in incoming.items()}
    ready = sorted((node for node, count in waiting.items() if not count), reverse=True)
    order: list[str] = []
    while ready:
        node = ready.pop()
        order.append(node)
        for key in reversed(outgoing[node]):
            target = edges[key].target
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return tuple(order)


def _walk(starts: Iterable[str], step: Callable[[str], list[str]]) -> set[str]:
    reached: set[str] = set()
    stack = list(starts)
    while stack:
        node = stack.pop()
        if node not in reached:
            reached.add(node)
            stack.extend(step(node))
    return reached
