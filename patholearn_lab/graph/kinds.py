"""The kinds that the nodes of a document may have: those of the catalogue, and the document's own blocks.

What is inside a block is worked out once for each set of parameters and input shapes, however often it is used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from patholearn_lab.graph.block import PREFIX, Block, block_of_kind
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.expressions import ExpressionError, evaluate, is_expression
from patholearn_lab.graph.inference import Arriving, Inferred, infer
from patholearn_lab.graph.interior import BORDER, Interior, interior_of
from patholearn_lab.graph.quantities import NAMED
from patholearn_lab.graph.settings import SettingProblem, values_of
from patholearn_lab.graph.spec import NodeSpec, Outcome, Param, Port, PortType, Shape, Values, Window
from patholearn_lab.graph.topology import Topology

MAX_DEPTH = 12
"""How many blocks may be inside one another."""
MAX_EXPANDED = 10_000
"""How many nodes a document may have, those inside all uses of its blocks counted."""
_MAX_INSIDES = 2_000
_TYPES: Mapping[int, PortType] = {3: "image", 2: "sequence", 1: "vector"}


@dataclass(frozen=True)
class BlockProblem:
    """Why a block cannot be used."""

    code: str
    message: str


@dataclass(frozen=True)
class Inside:
    """The inside of one use of a block, as far as it follows from the parameters and what comes in."""

    document: Interior
    topology: Topology
    specs: Mapping[str, NodeSpec]
    values: Mapping[str, Values]
    setting_problems: Mapping[str, list[SettingProblem]]
    inferred: Inferred

    @cached_property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that the outputs need, in the order in which they are computed, without those at the border."""
        needed = self.topology.leading_to(self.document.exits.values())
        return tuple(key for key in self.topology.order if key in needed and self.specs[key].kind not in BORDER)

    @cached_property
    def outcome(self) -> Outcome | None:
        """What comes of it all; None where an output cannot be known."""
        leaving = [self.inferred.inputs.get(key, ()) for key in self.document.exits.values()]
        if not all(leaving) or any(key not in self.specs for key in self.document.nodes):
            return None
        facts = [self.inferred.facts[key] for key in self.nodes]
        return Outcome(
            outputs=tuple(shapes[0] for shapes in leaving),
            windows=tuple(self.inferred.windows[key][0] for key in self.document.exits.values()),
            parameters=sum(fact.parameters for fact in facts),
            multiply_adds=sum(fact.multiply_adds for fact in facts),
            memory_bytes=sum(fact.memory_bytes for fact in facts),
            frozen_parameters=sum(fact.frozen_parameters for fact in facts),
        )


class Kinds:
    """Looks up kinds, with the blocks of one document among them.

    Parameters
    ----------
    blocks
        The document's blocks.
    border
        Further kinds; those at the border of a block for the document that is its inside.
    """

    def __init__(self, blocks: dict[str, Block], border: Mapping[str, NodeSpec] | None = None) -> None:
        self.blocks = blocks
        self._border = border or {}
        self._specs: dict[str, NodeSpec] = {}
        self._interiors: dict[tuple[str, tuple[PortType, ...] | None], tuple[Interior, Topology]] = {}
        self._insides: dict[object, Inside] = {}

    def get(self, kind: str) -> NodeSpec | None:
        """Return the declaration of a kind; None where there is none, or it is a block that cannot be used."""
        block = block_of_kind(kind)
        if block is None:
            return self._border.get(kind) or spec_of(kind)
        if block not in self.blocks or block in self.problems:
            return None
        if kind not in self._specs:
            self._specs[kind] = self._spec(block)
        return self._specs[kind]

    def block(self, kind: str) -> Block | None:
        """Return the definition of the block that nodes of a kind stand for; None for other kinds."""
        return self.blocks.get(block_of_kind(kind) or "")

    @cached_property
    def within(self) -> Kinds:
        """The kinds of nodes inside a block: those at its border are among them."""
        return Kinds(self.blocks, BORDER) if not self._border else self

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        """How many nodes each block has with all blocks inside it; those in a circle of blocks are missing."""
        return {block: sum(counts) for block, counts in self._counts.items()}

    @cached_property
    def problems(self) -> Mapping[str, BlockProblem]:
        """The blocks that cannot be used, and why."""
        found: dict[str, BlockProblem] = {}
        for block in self.blocks:
            label = self.blocks[block].label or block
            if block not in self._counts:
                message = f"The block “{label}” contains itself, directly or through another block."
                found[block] = BlockProblem("block_cycle", f"{message} Take it out of one of them.")
            elif len(self._counts[block]) > MAX_DEPTH:
                depth = len(self._counts[block])
                message = f"The block “{label}” has {depth} blocks inside one another; at most {MAX_DEPTH} are allowed."
                found[block] = BlockProblem("block_too_deep", f"{message} Dissolve some of them.")
            elif self.sizes[block] > MAX_EXPANDED:
                message = f"The block “{label}” has {self.sizes[block]:,} nodes with all blocks inside it"
                found[block] = BlockProblem("block_too_large", f"{message}; at most {MAX_EXPANDED:,} are allowed.")
        return found

    def expanded(self, nodes: Mapping[str, Node]) -> int:
        """Return how many nodes these are with all that is inside them."""
        return sum(self.sizes.get(block_of_kind(node.kind) or "", 1) for node in nodes.values())

    def inside(
        self,
        block: str,
        values: Values,
        shapes: tuple[Shape, ...] | None = None,
        windows: tuple[Window | None, ...] | None = None,
    ) -> Inside:
        """Return the inside of a use of a block with these parameters and input shapes (None: not known yet)."""
        if any(isinstance(value, NAMED) for value in (*values.values(), *(size for s in shapes or () for size in s))):
            # They equal plain values, so that what is known of these would take their place.
            return self.examine(block, values, shapes, windows)
        key = (block, tuple(values.items()), shapes, windows)
        known = self._insides.get(key)
        if known is None:
            if len(self._insides) > _MAX_INSIDES:
                self._insides.clear()
            known = self._insides[key] = self.examine(block, values, shapes, windows)
        return known

    def examine(
        self,
        block: str,
        values: Values,
        shapes: tuple[Shape, ...] | None,
        windows: tuple[Window | None, ...] | None = None,
    ) -> Inside:
        """Work out the inside of a use of a block, whether or not that was done before."""
        document, topology = self._interior(block, None if shapes is None else tuple(_TYPES[len(s)] for s in shapes))
        specs, inner, problems = settings_inside(document.nodes, self.within, values)
        arriving = [
            Arriving(shape, window)
            for shape, window in zip(shapes or (), windows or (None,) * len(shapes or ()), strict=True)
        ]
        given = dict(zip(document.entries.values(), arriving, strict=False))
        return Inside(document, topology, specs, inner, problems, infer(document, topology, specs, inner, None, given))

    def _interior(self, block: str, types: tuple[PortType, ...] | None) -> tuple[Interior, Topology]:
        key = (block, types)
        if key not in self._interiors:
            interior = interior_of(self.blocks[block], self.blocks, types)
            self._interiors[key] = (interior, Topology.of(interior))
        return self._interiors[key]

    @cached_property
    def _counts(self) -> Mapping[str, tuple[int, ...]]:
        """For each block that is in no circle, how many nodes it has at each depth: its own, those of its blocks, …"""
        uses = {
            name: [used for node in block.nodes.values() if (used := block_of_kind(node.kind) or "") in self.blocks]
            for name, block in self.blocks.items()
        }
        counts: dict[str, tuple[int, ...]] = {}
        waiting = dict(uses)
        while True:
            ready = [name for name, used in waiting.items() if all(other in counts for other in used)]
            if not ready:
                return counts
            for name in ready:
                del waiting[name]
                own = len(self.blocks[name].nodes) - len(uses[name])
                depth = max((len(counts[used]) for used in uses[name]), default=0)
                below = [
                    sum(counts[used][level] for used in uses[name] if level < len(counts[used]))
                    for level in range(depth)
                ]
                counts[name] = (own, *below)

    def _spec(self, name: str) -> NodeSpec:
        block = self.blocks[name]
        labels = {entry.name: entry.label for entry in reversed(block.inputs)}
        inputs = tuple(
            Port(name=port, label=labels[port] or port, types=self._taken(block, port)) for port in block.input_names
        )
        outputs = tuple(
            Port(name=output.name, label=output.label or output.name, types=types, same_as=same_as)
            for output in block.outputs
            for types, same_as in [self._given(block, output.node, output.port)]
        )

        def outcome(values: Values, shapes: tuple[Shape, ...], windows: tuple[Window | None, ...]) -> Outcome | None:
            return self.inside(name, values, shapes, windows).outcome

        return NodeSpec(
            kind=f"{PREFIX}{name}",
            label=block.label or name,
            category="Blocks",
            summary=f"A block of {len(block.nodes)} nodes.",
            stem=name[:50].lower().replace("-", "_"),
            inputs=inputs,
            outputs=outputs,
            params=tuple(Param(**{**param.model_dump(), "label": param.label or param.name}) for param in block.params),
            outcome=outcome,
        )

    def _taken(self, block: Block, name: str) -> tuple[PortType, ...]:
        """Return the types that all ports take which an input of the block feeds."""
        taken = [self._port(block, entry.node, entry.port, "inputs") for entry in block.inputs if entry.name == name]
        return tuple(kind for kind in _TYPES.values() if all(port is not None and kind in port.types for port in taken))

    def _given(self, block: Block, node: str, port: str) -> tuple[tuple[PortType, ...], str | None]:
        """Return the types that an output inside gives, or the input of the block whose type it keeps."""
        for _ in block.nodes:
            giving = self._port(block, node, port, "outputs")
            if giving is None:
                return (), None
            if giving.same_as is None:
                return giving.types, None
            above = min(
                (*self._above(block, node, giving.same_as),), key=lambda item: (len(item[0]), item[0]), default=None
            )
            if above is None:
                taking = self._port(block, node, giving.same_as, "inputs")
                return (taking.types if taking else ()), None
            if isinstance(above[1], str):
                return (), above[1]
            node, port = above[1].source, above[1].source_port
        return (), None

    def _above(self, block: Block, node: str, port: str) -> Iterator[tuple[str, Edge | str]]:
        """Yield what comes in at a port inside: edges, and names of the block's inputs, each with its place."""
        for key, edge in block.edges.items():
            if (edge.target, edge.target_port) == (node, port) and edge.source in block.nodes:
                yield key, edge
        for entry in block.inputs:
            if (entry.node, entry.port) == (node, port):
                yield entry.edge, entry.name

    def _port(self, block: Block, node: str, port: str, side: str) -> Port | None:
        spec = self.get(block.nodes[node].kind) if node in block.nodes else None
        if spec is None:
            return None
        return spec.input(port) if side == "inputs" else spec.output(port)


def settings_inside(
    nodes: Mapping[str, Node], kinds: Kinds, names: Values
) -> tuple[dict[str, NodeSpec], dict[str, Values], dict[str, list[SettingProblem]]]:
    """Return the kinds and values of nodes, and what is wrong with the others. `names` are the block's parameters."""
    specs: dict[str, NodeSpec] = {}
    values: dict[str, Values] = {}
    problems: dict[str, list[SettingProblem]] = {}
    for key, node in nodes.items():
        spec = kinds.get(node.kind)
        if spec is None:
            continue
        specs[key] = spec
        params, wrong = evaluated(node.params, names)
        found, more = values_of(spec, params)
        if wrong or more:
            problems[key] = [*wrong, *more]
        else:
            values[key] = found
    return specs, values, problems


def evaluated(params: Mapping[str, ParamValue], names: Values) -> tuple[dict[str, ParamValue], list[SettingProblem]]:
    """Return parameters with the values of their expressions, and what is wrong with those that have none."""
    result: dict[str, ParamValue] = {}
    problems: list[SettingProblem] = []
    for name, value in params.items():
        if not is_expression(value):
            result[name] = value
            continue
        try:
            found = evaluate(str(value), names)
        except ExpressionError as error:
            problems.append(SettingProblem("expression", name, f"“{value}” {error}.", None))
            continue
        result[name] = found
    return result, problems


class _Known:
    """The kinds of the document that was looked at last."""

    plain = Kinds({})
    recent = plain


def kinds_of(document: Document) -> Kinds:
    """Return the kinds that the nodes of a document may have.

    What was worked out for the blocks is kept as long as nothing but nodes and edges changes: operations leave the
    mapping of blocks itself in place.
    """
    kinds = _Known.recent if document.blocks else _Known.plain
    if document.blocks and kinds.blocks is not document.blocks:
        kinds = _Known.recent = Kinds(document.blocks)
    return kinds.within if isinstance(document, Interior) else kinds
