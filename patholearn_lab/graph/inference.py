"""Shapes and cost of every node, from the input down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from patholearn_lab.graph.cost import FLOAT_BYTES
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.issues import NodeFacts
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Outcome, Port, PortType, Shape, Values, Window
from patholearn_lab.graph.topology import Topology
from patholearn_lab.graph.windows import behind, merged, seen_pixels

RANKS: dict[PortType, int] = {"image": 3, "sequence": 2, "vector": 1, "scores": 1}
_NONE_GIVEN: Mapping[str, Arriving] = {}
_UNKNOWN = NodeFacts()
"""About a node of which nothing is known yet."""


@dataclass(frozen=True)
class Arriving:
    """What comes in somewhere: a shape, and what one value of it sees of the data set's image (None: all of it)."""

    shape: Shape
    window: Window | None


@dataclass(frozen=True)
class Inferred:
    """What follows from what comes in: facts per node, what arrives at its inputs, and where shapes do not fit."""

    facts: Mapping[str, NodeFacts]
    inputs: Mapping[str, tuple[Shape, ...]]
    windows: Mapping[str, tuple[Window | None, ...]]
    problems: Mapping[str, ShapeProblem]
    outputs: Mapping[tuple[str, str], Arriving]
    """What leaves each node at each port."""


def infer(
    document: Document,
    topology: Topology,
    specs: Mapping[str, NodeSpec],
    values: Mapping[str, Values],
    dataset: DatasetShape | None,
    given: Mapping[str, Arriving] = _NONE_GIVEN,
) -> Inferred:
    """Walk through the graph once, and stop at each node where something is missing or does not fit.

    `given` has what comes from nodes that are the border of a block.
    """
    facts = dict.fromkeys(document.nodes, _UNKNOWN)
    inputs: dict[str, tuple[Shape, ...]] = {}
    windows: dict[str, tuple[Window | None, ...]] = {}
    problems: dict[str, ShapeProblem] = {}
    outputs: dict[tuple[str, str], Arriving] = {}
    for node in topology.order:
        spec = specs.get(node)
        if spec is None or node not in values:
            continue
        if node in given or _comes_from_data(spec, dataset):
            source = given.get(node) or (_from_data(spec, dataset) if dataset else None)
            if source is None:
                continue
            outcome: Outcome | None = Outcome((source.shape,), (source.window,), 0, 0, prod(source.shape) * FLOAT_BYTES)
        else:
            arriving = _inputs(topology, node, spec, outputs)
            if arriving is None:
                continue
            inputs[node] = tuple(item.shape for item in arriving)
            windows[node] = tuple(item.window for item in arriving)
            try:
                outcome = _outcome(spec, values[node], inputs[node], windows[node])
            except ShapeProblem as problem:
                problems[node] = problem
                continue
        if outcome is None:
            continue
        for port, shape, window in zip(spec.outputs, outcome.outputs, outcome.windows, strict=False):
            outputs[node, port.name] = Arriving(shape, window)
        facts[node] = _facts(spec, outcome)
    return Inferred(facts, inputs, windows, problems, outputs)


def takes(port: Port, shape: Shape) -> bool:
    """Return whether a shape has as many axes as a port takes; scores have those of what the output learns."""
    return any(name == "scores" or RANKS[name] == len(shape) for name in port.types)


def _comes_from_data(spec: NodeSpec, dataset: DatasetShape | None) -> bool:
    """Return whether the data set alone says what a node gives; without one, a table has a number of its own."""
    return spec.kind == "dataset" or (spec.role == "second_input" and dataset is not None)


def _from_data(spec: NodeSpec, dataset: DatasetShape) -> Arriving | None:
    """Return what a data set gives there: an image, each pixel of which sees itself, or a row of features."""
    if spec.role == "second_input":
        return Arriving((len(dataset.features),), None) if dataset.features else None
    return Arriving(dataset.image, Window())


def _inputs(
    topology: Topology, node: str, spec: NodeSpec, outputs: Mapping[tuple[str, str], Arriving]
) -> tuple[Arriving, ...] | None:
    """Return what comes in, port by port; None where something is missing or of the wrong type."""
    found: list[Arriving] = []
    edges = [topology.edges[key] for key in topology.incoming[node]]
    for port in spec.inputs:
        arriving = [outputs.get((edge.source, edge.source_port)) for edge in edges if edge.target_port == port.name]
        if not arriving:
            return None
        for item in arriving if port.many else arriving[:1]:
            if item is None or not takes(port, item.shape):
                return None
            found.append(item)
    return tuple(found)


def _outcome(
    spec: NodeSpec, values: Values, shapes: tuple[Shape, ...], windows: tuple[Window | None, ...]
) -> Outcome | None:
    if spec.outcome is not None:
        return spec.outcome(values, shapes, windows)
    if spec.shape is None:
        return None
    output = spec.shape(values, shapes)
    window = _window(spec, values, shapes, windows) if len(output) == 3 else None
    return Outcome(
        outputs=(output,) * max(len(spec.outputs), 1),
        windows=(window,) * max(len(spec.outputs), 1),
        parameters=spec.parameters(values, shapes, output),
        multiply_adds=spec.multiply_adds(values, shapes, output),
        memory_bytes=prod(output) * FLOAT_BYTES if spec.outputs else 0,
    )


def _facts(spec: NodeSpec, outcome: Outcome) -> NodeFacts:
    window = next((window for window in outcome.windows if window is not None), None)
    return NodeFacts(
        outputs={port.name: shape for port, shape in zip(spec.outputs, outcome.outputs, strict=False)},
        parameters=outcome.parameters,
        frozen_parameters=outcome.frozen_parameters,
        multiply_adds=outcome.multiply_adds,
        memory_bytes=outcome.memory_bytes,
        receptive_field=seen_pixels(window) if window is not None else None,
    )


def _window(
    spec: NodeSpec, values: Values, shapes: tuple[Shape, ...], windows: tuple[Window | None, ...]
) -> Window | None:
    """Return what an output value sees of the first image, or None where that cannot be said."""
    above = [window for window in windows if window is not None]
    if not above:
        return None
    own = spec.window(values, shapes) if spec.window else Window()
    return own and behind(merged(above), own)
