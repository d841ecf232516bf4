"""The chains of Concatenates that the code of a graph has as one call, found again in what is read from it.

Reading takes the inner nodes out of the graph first, and puts them back afterwards where the call still has what they
took, in a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from patholearn_lab.codegen.concatenates import only_fed
from patholearn_lab.codegen.identity import Emitted
from patholearn_lab.graph.document import Document, Edge
from patholearn_lab.graph.nodes.merging import CONCATENATE
from patholearn_lab.graph.topology import edge_order

_PORT = CONCATENATE.inputs[0].name


@dataclass(frozen=True)
class Chains:
    """The chains of Concatenates of a document.

    Parameters
    ----------
    original
        The document with all of them.
    joined
        The document as its code has it, each chain one node. The connection from an inner node stays as one from
        nowhere, which keeps its id taken.
    inner
        The Concatenates that `joined` lacks, each with the one that it feeds.
    """

    original: Document
    joined: Document
    inner: Mapping[str, str]
    _arriving: Mapping[str, Sequence[tuple[str, Edge]]]

    @classmethod
    def of(cls, document: Document) -> Chains:
        """Find the chains that the code of a document joins."""
        if sum(node.kind == CONCATENATE.kind for node in document.nodes.values()) < 2:
            return cls(document, document, {}, {})
        emitted = Emitted.of(document)
        topology = emitted.topology
        needed = {*emitted.layers, *(emitted.outputs or [emitted.end])}
        wires = [edge for edge in topology.edges.values() if edge.target in needed]
        takers = [(edge.source, document.nodes[edge.target].kind) for edge in wires]
        only = only_fed(takers, (edge.source for edge in wires))
        found = {key for key in emitted.layers if key in only and document.nodes[key].kind == CONCATENATE.kind}
        inner = {edge.source: edge.target for edge in wires if edge.source in found}
        arriving = {
            node: [(key, topology.edges[key]) for key in topology.incoming[node]] for node in {*inner, *inner.values()}
        }
        chains = cls(document, document, inner, arriving)
        return replace(chains, joined=chains._joined()) if inner else chains

    def outermost(self, node: str) -> str:
        """Return the Concatenate whose call does what this one does."""
        while node in self.inner:
            node = self.inner[node]
        return node

    def apart(self, made: Document) -> Document:
        """Return a changed version of `joined` with the inner Concatenates that it still has room for."""
        if not self.inner:
            return made
        nodes, edges = dict(made.nodes), dict(made.edges)
        kept: set[str] = set()
        for outer in sorted({self.outermost(node) for node in self.inner} & nodes.keys()):
            now = [(key, edge) for key, edge in sorted(edges.items(), key=_by_id) if edge.target == outer]
            present = [(key, edge) for key, edge in now if edge.source in nodes]
            row = self._nested(outer, [_end(edge) for _, edge in present])
            chain = {node for node in self.inner if self.outermost(node) == outer}
            still = {node for node in chain if any(source == node for source, _ in row)}
            still |= {node for node in chain if self._is_within(node, still)}
            known = [pair for node in sorted(chain - still) for pair in self._arriving[node]]
            for key, _ in now:
                del edges[key]
            for node in still:
                nodes[node] = self.original.nodes[node]
                edges |= dict(self._arriving[node])
            edges |= _wires(outer, row, [*self._arriving[outer], *known, *present], edges)
            kept |= still
        gone = self.inner.keys() - kept
        edges = {key: edge for key, edge in edges.items() if not {edge.source, edge.target} & gone}
        return made.model_copy(update={"nodes": nodes, "edges": edges})

    def _joined(self) -> Document:
        nodes = {key: node for key, node in self.original.nodes.items() if key not in self.inner}
        edges = dict(self.original.edges)
        for outer in {self.outermost(node) for node in self.inner}:
            leaves = self._leaves(outer)
            ids = sorted((key for key, _ in leaves), key=edge_order)
            for key, (_, edge) in zip(ids, leaves, strict=True):
                edges[key] = edge.model_copy(update={"target": outer, "target_port": _PORT})
        return self.original.model_copy(update={"nodes": nodes, "edges": edges})

    def _leaves(self, node: str) -> list[tuple[str, Edge]]:
        """Return the edges that bring in what a Concatenate and those inside it take, in order."""
        waiting, found = list(reversed(self._arriving[node])), []
        while waiting:
            key, edge = waiting.pop()
            if edge.source in self.inner:
                waiting += reversed(self._arriving[edge.source])
            else:
                found.append((key, edge))
        return found

    def _nested(self, outer: str, row: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return a row of inputs with an inner Concatenate in the place of what it takes, where that is in a row."""
        waiting = [outer]
        while waiting:
            for _, edge in self._arriving[waiting.pop()]:
                if edge.source not in self.inner:
                    continue
                wanted = [_end(leaf) for _, leaf in self._leaves(edge.source)]
                places = range(len(row) - len(wanted) + 1)
                place = next((at for at in places if row[at : at + len(wanted)] == wanted), None)
                if place is None:
                    waiting.append(edge.source)
                else:
                    row = [*row[:place], _end(edge), *row[place + len(wanted) :]]
        return row

    def _is_within(self, node: str, others: set[str]) -> bool:
        while node in self.inner:
            node = self.inner[node]
            if node in others:
                return True
        return False


def _end(edge: Edge) -> tuple[str, str]:
    return (edge.source, edge.source_port)


def _by_id(item: tuple[str, Edge]) -> tuple[int, str]:
    return edge_order(item[0])


def _wires(
    outer: str, row: Sequence[tuple[str, str]], known: Sequence[tuple[str, Edge]], taken: Mapping[str, Edge]
) -> dict[str, Edge]:
    """Return the edges that bring a row of inputs to a Concatenate, under ids that they had where they can."""
    free = {key: _end(edge) for key, edge in reversed(known) if key not in taken}
    named: list[str] = []
    for end in row:
        key = next((key for key in reversed(free) if free[key] == end), None)
        key = key or next((key for key in free), None) or _new_id({*taken, *named})
        free.pop(key, None)
        named.append(key)
    return {
        key: Edge(source=source, source_port=port, target=outer, target_port=_PORT)
        for key, (source, port) in zip(sorted(named, key=edge_order), row, strict=True)
    }


def _new_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"e{number}" in taken:
        number += 1
    return f"e{number}"
