"""Which node of the graph is which node of the cell: by the layer's name, else by what stands around it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from patholearn_lab.codegen.arguments import FEATURES, Input, inputs_of, reserved
from patholearn_lab.codegen.heads import head_names
from patholearn_lab.codegen.names import names_of
from patholearn_lab.codegen.sketch import Drawn, Sketch
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.topology import Topology

END = "end"
"""What the sketch calls the output."""


@dataclass(frozen=True)
class Emitted:
    """What of a document stands in its cell.

    Parameters
    ----------
    start, end
        The input and the first output; None where there is none.
    inputs
        What goes into the network.
    outputs
        What the cell calls each output, where there are several.
    layers
        The layers that the output needs, in the order in which the cell computes them.
    names
        What the cell calls them.
    """

    topology: Topology
    start: str | None
    end: str | None
    inputs: tuple[Input, ...]
    outputs: Mapping[str, str]
    layers: tuple[str, ...]
    names: Mapping[str, str]

    @classmethod
    def of(cls, document: Document) -> Emitted:
        """Return what would be emitted; an unfinished graph has at least its layers."""
        topology = Topology.of(document)
        roles = {key: spec.role for key, node in document.nodes.items() if (spec := spec_of(node.kind))}
        start = min((key for key, role in roles.items() if role == "input"), default=None)
        outputs = sorted(key for key, role in roles.items() if role == "output")
        needed = topology.leading_to(outputs) if outputs else set(document.nodes)
        layers = tuple(key for key in topology.order if key in needed and roles.get(key, "layer") == "layer")
        inputs = inputs_of(document, topology, outputs)
        called = head_names(document.nodes, outputs) if len(outputs) > 1 else {}
        first = outputs[0] if outputs else None
        names = names_of(document.nodes, layers, reserved(inputs))
        return cls(topology, start, first, inputs, called, layers, names)

    @property
    def table(self) -> str | None:
        """The table, where the network takes one."""
        return next((each.node for each in self.inputs if each.part == FEATURES), None)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of a batch that go into the network."""
        return tuple(each.part for each in self.inputs)

    @property
    def arguments(self) -> tuple[str, ...]:
        """What ``forward`` calls them."""
        return tuple(each.argument for each in self.inputs)


def find_nodes(
    sketch: Sketch, leaving: Mapping[str, str], document: Document, emitted: Emitted, ends: Mapping[str, str]
) -> dict[str, str]:
    """Return the document's node of every node of the sketch that it had before.

    Layers of the same name come first, then nodes of the same kind between the same neighbors, then those in the same
    order, then those that went elsewhere. A node of either side is found once at most.

    Parameters
    ----------
    sketch, leaving
        The network, and which of its nodes feeds each of its ends.
    document, emitted
        The graph as it was, and what of it stood in the cell.
    ends
        What is known beforehand: the inputs and outputs.
    """
    search = _Search(sketch, leaving, document, emitted, ends)
    search.by_name()
    search.by_neighbors()
    search.in_order(with_params=True)
    search.in_order(with_params=False)
    search.by_kind()
    return {key: node for key, node in search.found.items() if key in sketch.nodes}


class _Search:
    def __init__(
        self,
        sketch: Sketch,
        leaving: Mapping[str, str],
        document: Document,
        emitted: Emitted,
        ends: Mapping[str, str],
    ) -> None:
        self.found = dict(ends)
        self._drawn = sketch.nodes
        self._document = document
        self._emitted = emitted
        self._free = dict.fromkeys(emitted.layers)
        self._above = {key: [wire.source for wire in drawn.wires] for key, drawn in self._drawn.items()}
        self._below: dict[str, list[str]] = defaultdict(list)
        for key, sources in self._above.items():
            for source in sources:
                self._below[source].append(key)
        for end, source in leaving.items():
            self._below[source].append(end)

    def by_name(self) -> None:
        nodes = {name: node for node, name in self._emitted.names.items()}
        for key, drawn in self._drawn.items():
            node = nodes.get(drawn.name) if drawn.named_layer else None
            if node is not None and node in self._free:
                self._take(key, node)

    def by_neighbors(self) -> None:
        """Pair nodes of one kind that stand between the same neighbors: those above first, then those below."""
        topology = self._emitted.topology
        ways = ((self._drawn, self._above, topology.sources), (reversed(self._drawn), self._below, topology.targets))
        for keys, neighbors, others in ways:
            places: dict[tuple[str, ...], list[str]] = {}
            for node in self._free:
                places.setdefault((self._document.nodes[node].kind, *sorted(others(node))), []).append(node)
            for key in keys:
                self._between(key, neighbors[key], places)

    def in_order(self, *, with_params: bool) -> None:
        """Pair what is left as a comparison of two texts would; nodes that were found are fixed points."""
        places = {node: key for key, node in self.found.items()}
        old = [("found", places[node]) if node in places else self._old(node, with_params) for node in self._ordered()]
        new = [("found", key) if key in self.found else _new(drawn, with_params) for key, drawn in self._drawn.items()]
        ordered, keys = self._ordered(), list(self._drawn)
        for old_start, new_start, count in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
            for offset in range(count):
                key, node = keys[new_start + offset], ordered[old_start + offset]
                if key not in self.found and node in self._free:
                    self._take(key, node)

    def by_kind(self) -> None:
        """Pair what went elsewhere with what came from elsewhere, where it is the same thing."""
        left: dict[tuple[object, ...], list[str]] = {}
        for node in self._free:
            left.setdefault(self._old(node, True), []).append(node)
        for key, drawn in self._drawn.items():
            alike = left.get(_new(drawn, True))
            if key not in self.found and alike:
                self._take(key, alike.pop(0))

    def _ordered(self) -> Sequence[str]:
        return self._emitted.layers

    def _old(self, node: str, with_params: bool) -> tuple[object, ...]:
        kept = self._document.nodes[node]
        return (kept.kind, frozenset(kept.params.items()) if with_params else None)

    def _between(self, key: str, neighbors: list[str], places: Mapping[tuple[str, ...], list[str]]) -> None:
        if key in self.found or not neighbors or any(other not in self.found for other in neighbors):
            return
        drawn = self._drawn[key]
        place = (drawn.spec.kind, *sorted(self.found[other] for other in neighbors))
        fitting = [node for node in places.get(place, ()) if node in self._free]
        if fitting:
            self._take(key, next((node for node in fitting if self._alike(node, drawn)), fitting[0]))

    def _alike(self, node: str, drawn: Drawn) -> bool:
        return values_of(drawn.spec, self._document.nodes[node].params) == values_of(drawn.spec, drawn.params)

    def _take(self, key: str, node: str) -> None:
        self.found[key] = node
        del self._free[node]


def _new(drawn: Drawn, with_params: bool) -> tuple[object, ...]:
    return (drawn.spec.kind, frozenset(drawn.params.items()) if with_params else None)


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """Return `wanted`, with a number where that is taken."""
    names, number, name = set(taken), 2, wanted
    while name in names:
        name, number = f"{wanted}_{number}", number + 1
    return name
