"""The graph that a cell describes, before its nodes have found their ids: what was drawn, and in which order."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from patholearn_lab.codegen.matching import Match
from patholearn_lab.codegen.symbols import Built, ExhaustedError, Signal
from patholearn_lab.graph.calls import UnreadableCallError, read_call, read_pad
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import MAX_NODES, ParamValue
from patholearn_lab.graph.inference import RANKS
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Port, Shape

START, TABLE = "data", "table"
"""What the sketch calls the nodes that its inputs come from."""


@dataclass(frozen=True)
class Wire:
    """A connection that ends at a port of the node that holds it."""

    source: str
    source_port: str
    target_port: str


@dataclass(frozen=True)
class Drawn:
    """A node as the cell describes it.

    Parameters
    ----------
    key
        What the sketch calls it.
    name
        What the network calls its layer, or the variable that holds its output; empty where neither has a name.
    named_layer
        Whether that name is a layer's own, and not just its place in a row of layers.
    wires
        What feeds it, in order.
    derived
        What the call says of things that follow from the shapes.
    made, used
        Where the cell makes the layer, and where `forward` uses it.
    shapes
        What comes in, where that is known.
    unread
        The places among its inputs of those that its code does not name.
    remarks
        Lines about it that the graph would write otherwise, each with what it would write.
    """

    key: str
    spec: NodeSpec
    params: dict[str, ParamValue]
    name: str
    named_layer: bool
    wires: tuple[Wire, ...]
    derived: dict[str, Any]
    made: ast.AST | None
    used: ast.AST
    shapes: tuple[Shape, ...] | None
    unread: tuple[int, ...] = ()
    remarks: tuple[tuple[int, str], ...] = ()

    @property
    def lines(self) -> tuple[int, int]:
        """The lines that the node is responsible for: where its layer is made, else where it is used."""
        place: Any = self.made or self.used
        return (place.lineno, place.end_lineno or place.lineno)


@dataclass
class Sketch:
    """Nodes by their keys, in the order in which the cell computes them."""

    nodes: dict[str, Drawn] = field(default_factory=dict)
    starts: Sequence[Signal] = ()
    """What goes into the network, in the order of the arguments of ``forward``."""
    statement: ast.AST = field(default_factory=ast.Pass)
    """The statement of `forward` that is being read."""

    def add(self, found: Match, inputs: Sequence[Signal], layer: Built | None = None, name: str = "") -> Signal:
        """Draw a node, and return what comes out of it first."""
        return self.add_all(found, inputs, layer, name)[0]

    def add_all(
        self, found: Match, inputs: Sequence[Signal], layer: Built | None = None, name: str = ""
    ) -> list[Signal]:
        """Draw a node, and return all that comes out of it. Raises UnreadableCallError where the inputs do not fit."""
        if len(self.nodes) >= MAX_NODES:
            line = getattr(self.statement, "lineno", 1)
            raise ExhaustedError(f"The network has more than {MAX_NODES:,} layers; a graph holds no more.", line)
        spec = found.spec
        if any(signal.pad for signal in inputs):
            found, inputs = self._with_padding(found, inputs)
        shapes = tuple(signal.shape for signal in inputs if signal.shape is not None)
        key = f"n{len(self.nodes)}"
        drawn = Drawn(
            key=key,
            spec=spec,
            params=found.params,
            name=layer.name if layer else name,
            named_layer=bool(name) or _has_own_name(layer, spec),
            wires=tuple(
                Wire(signal.node, signal.port, port.name)
                for signal, port in zip(inputs, _ports(spec, len(inputs)), strict=True)
            ),
            derived=found.derived,
            remarks=found.remarks,
            made=layer.made if layer else None,
            used=self.statement,
            shapes=shapes if len(shapes) == len(inputs) else None,
        )
        self.nodes[key] = drawn
        shapes_out = _shapes(drawn)
        return [Signal(key, port.name, shape) for port, shape in zip(spec.outputs, shapes_out, strict=True)]

    def leave_unread(self, key: str, places: tuple[int, ...]) -> None:
        """Note which inputs a node has that the cell does not name."""
        self.nodes[key] = replace(self.nodes[key], unread=places)

    def settle(self, signal: Signal) -> Signal:
        """Return a tensor as it is after its padding, which becomes a node of its own."""
        if signal.pad is None:
            return signal
        spec = next((spec for spec in catalog.values() if spec.target == "torch.nn.ZeroPad2d"), None)
        if spec is None or signal.pad.value:
            raise UnreadableCallError("there is no node for this padding")
        params = read_call(spec, (), {"padding": signal.pad.amounts})
        return self.add(Match(spec, params), [replace(signal, pad=None)])

    def _with_padding(self, found: Match, inputs: Sequence[Signal]) -> tuple[Match, list[Signal]]:
        """Return a layer that pads by itself where that is what was written, else the padding as nodes before it."""
        if len(inputs) == 1 and inputs[0].pad and inputs[0].shape:
            params = read_pad(found.spec, found.params, inputs[0].pad, (inputs[0].shape,))
            if params is not None:
                return replace(found, params=params), [replace(inputs[0], pad=None)]
        return found, [self.settle(signal) for signal in inputs]

    def call_variable(self, key: str, name: str) -> None:
        """Note which variable holds a node's output, where its layer has no name."""
        drawn = self.nodes.get(key)
        if drawn is not None and drawn.made is None and not drawn.named_layer:
            self.nodes[key] = replace(drawn, name=name)


def _has_own_name(layer: Built | None, spec: NodeSpec) -> bool:
    """Return whether the cell will call a layer by this name again: its first use does, a function has none."""
    if layer is None or layer.numbered or layer.used:
        return False
    return bool(layer.name) and spec.style == "module"


def _ports(spec: NodeSpec, count: int) -> list[Port]:
    if not spec.inputs:
        raise UnreadableCallError(f"{spec.label} takes no input")
    if len(spec.inputs) == 1 and spec.inputs[0].many:
        return [spec.inputs[0]] * count
    if count != len(spec.inputs):
        raise UnreadableCallError(f"{spec.label} takes {len(spec.inputs)} tensors, but gets {count}")
    return list(spec.inputs)


def _shapes(drawn: Drawn) -> list[Shape | None]:
    """Return the shape of every output, None where it is not known."""
    spec, unknown = drawn.spec, [None] * len(drawn.spec.outputs)
    values, problems = values_of(spec, drawn.params)
    if problems or drawn.shapes is None:
        return [*unknown]
    allowed = [{RANKS[name] for name in port.types} for port in _ports(spec, len(drawn.shapes))]
    if any(len(shape) not in fitting for shape, fitting in zip(drawn.shapes, allowed, strict=True)):
        return [*unknown]
    try:
        if spec.outcome is not None:
            outcome = spec.outcome(values, drawn.shapes, (None,) * len(drawn.shapes))
            return [*outcome.outputs] if outcome else [*unknown]
        return [spec.shape(values, drawn.shapes)] * len(unknown) if spec.shape else [*unknown]
    except ShapeProblem:
        return [*unknown]
