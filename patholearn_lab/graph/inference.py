"""Shapes and cost of every node, from the data set down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from patholearn_lab.graph.cost import FLOAT_BYTES
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.issues import NodeFacts
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, PortType, Shape, Values, Window
from patholearn_lab.graph.topology import Topology
from patholearn_lab.graph.windows import behind, merged, seen_pixels

RANKS: dict[PortType, int] = {"image": 3, "sequence": 2, "vector": 1, "scores": 1}


@dataclass(frozen=True)
class Inferred:
    """What follows from the data set: facts and input shapes per node, and where shapes do not fit."""

    facts: Mapping[str, NodeFacts]
    inputs: Mapping[str, tuple[Shape, ...]]
    problems: Mapping[str, ShapeProblem]


def infer(
    document: Document,
    topology: Topology,
    specs: Mapping[str, NodeSpec],
    values: Mapping[str, Values],
    dataset: DatasetShape | None,
) -> Inferred:
    """Walk through the graph once, and stop at each node where something is missing or does not fit."""
    facts = {node: NodeFacts() for node in document.nodes}
    inputs: dict[str, tuple[Shape, ...]] = {}
    problems: dict[str, ShapeProblem] = {}
    seen_by: dict[str, Window] = {}
    for node in topology.order:
        spec = specs.get(node)
        if spec is None or node not in values:
            continue
        if spec.kind == "dataset":
            if dataset is not None:
                facts[node] = _facts(spec, dataset.image, receptive_field=1)
                seen_by[node] = Window()
            continue
        shapes = _inputs(topology, node, spec, facts)
        if shapes is None:
            continue
        inputs[node] = shapes
        if spec.shape is None:
            continue
        try:
            output = spec.shape(values[node], shapes)
        except ShapeProblem as problem:
            problems[node] = problem
            continue
        window = _window(spec, values[node], shapes, [seen_by[key] for key in topology.sources(node) if key in seen_by])
        if window is not None and len(output) == 3:
            seen_by[node] = window
        facts[node] = _facts(
            spec,
            output,
            parameters=spec.parameters(values[node], shapes, output),
            multiply_adds=spec.multiply_adds(values[node], shapes, output),
            receptive_field=seen_pixels(window) if window is not None and len(output) == 3 else None,
        )
    return Inferred(facts, inputs, problems)


def _inputs(topology: Topology, node: str, spec: NodeSpec, facts: Mapping[str, NodeFacts]) -> tuple[Shape, ...] | None:
    """Return the shapes that come in, port by port; None where one is missing or of the wrong type."""
    shapes: list[Shape] = []
    for port in spec.inputs:
        edges = [topology.edges[key] for key in topology.incoming[node]]
        arriving = [facts[edge.source].outputs.get(edge.source_port) for edge in edges if edge.target_port == port.name]
        ranks = {RANKS[name] for name in port.types}
        if not arriving:
            return None
        for shape in arriving if port.many else arriving[:1]:
            if shape is None or len(shape) not in ranks:
                return None
            shapes.append(shape)
    return tuple(shapes)


def _facts(
    spec: NodeSpec, output: Shape, *, parameters: int = 0, multiply_adds: int = 0, receptive_field: int | None
) -> NodeFacts:
    return NodeFacts(
        outputs={port.name: output for port in spec.outputs},
        parameters=parameters,
        multiply_adds=multiply_adds,
        memory_bytes=prod(output) * FLOAT_BYTES if spec.outputs else 0,
        receptive_field=receptive_field,
    )


def _window(spec: NodeSpec, values: Values, inputs: tuple[Shape, ...], above: list[Window]) -> Window | None:
    """Return what an output value sees of the first image, or None where that cannot be said."""
    if not above:
        return None
    own = spec.window(values, inputs) if spec.window else Window()
    return own and behind(merged(above), own)
