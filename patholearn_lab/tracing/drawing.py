"""Draws a program: a node for every call that a kind stands for, connected, laid out, and tied to its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.document import MAX_NODES, Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.spec import NodeSpec, Shape
from patholearn_lab.tracing.program import Program, Step
from patholearn_lab.tracing.reading import Kinds, Reading, read_step
from patholearn_lab.tracing.weights import Weights

_SHORT = 30
"""A longer path is not written on a node."""


@dataclass(frozen=True)
class Drawing:
    """A document, the weights of its nodes, and sentences on what was left out."""

    document: Document
    weights: Weights
    notes: tuple[str, ...] = ()


def draw(program: Program, dataset: str = "") -> Drawing:
    """Return the drawing of a program.

    Parameters
    ----------
    program
        What to draw.
    dataset
        The data set that shall feed it; chosen in the editor where it is left out.

    Raises
    ------
    DocumentError
        When a step cannot be drawn, or the drawing would have more nodes than a document may have.
    """
    pencil = _Pencil(program, dataset)
    for step in program.steps:
        pencil.draw(step)
    return pencil.finished()


class _Pencil:
    """The drawing while it grows."""

    def __init__(self, program: Program, dataset: str) -> None:
        self._program = program
        self._kinds = Kinds()
        self._nodes: dict[str, Node] = {}
        self._edges: dict[str, Edge] = {}
        self._keys: dict[str, Mapping[str, str]] = {}
        self._counts: dict[str, int] = {}
        self._shapes: dict[str, Shape] = {program.start: program.shape}
        self._ends: dict[str, tuple[str, str]] = {program.start: ("data", "images")}
        """For every step, the node and port that give what it gives."""
        self._nodes["data"] = Node(kind="dataset", params={"dataset": dataset} if dataset else {})

    def draw(self, step: Step) -> None:
        if step.target in _PASSING:
            (above,) = step.inputs[:1]
            self._ends[step.name], self._shapes[step.name] = self._ends[above], self._shapes[above]
            return
        inputs = [self._shapes[name] for name in step.inputs]
        try:
            reading = read_step(step, inputs, self._kinds)
        except UnreadableCallError as error:
            raise DocumentError(
                f"{step.path or step.name} cannot be drawn: {error}.",
                "Replace it by something that the graph has a node for.",
                step=step.name,
            ) from error
        node = self._add(reading, step)
        ports = [reading.spec.inputs[0]] * len(inputs) if reading.spec.inputs[0].many else reading.spec.inputs
        for above, port in zip(step.inputs, ports, strict=True):
            self._connect(self._ends[above], (node, port.name))
        self._ends[step.name] = (node, reading.spec.outputs[0].name)
        assert step.shape is not None, "a node's shape was compared with the step's"
        self._shapes[step.name] = step.shape

    def finished(self) -> Drawing:
        """Connect the output and arrange everything."""
        if len(self._shapes[self._program.end]) == 1:
            self._nodes["output_1"] = Node(kind="classification_output")
            self._connect(self._ends[self._program.end], ("output_1", "input"))
        if len(self._nodes) > MAX_NODES:
            raise DocumentError(
                f"The network has {len(self._nodes):,} layers; a graph has {MAX_NODES:,} nodes at most.",
                "Draw a part of it: one of its modules.",
            )
        document = Document(nodes=self._nodes, edges=self._edges, meta=Meta(name=self._program.name))
        return Drawing(apply(document, arrange(document)), Weights(self._keys, self._program.tensors))

    def _add(self, reading: Reading, step: Step) -> str:
        node = self._id(reading.spec)
        note = step.path if len(step.path) <= _SHORT else ""
        params: dict[str, ParamValue] = dict(reading.params)
        self._nodes[node] = Node(kind=reading.spec.kind, params=params, note=note)
        if step.state:
            self._keys[node] = step.state
        return node

    def _id(self, spec: NodeSpec) -> str:
        stem = spec.stem or spec.kind
        self._counts[stem] = self._counts.get(stem, 0) + 1
        return f"{stem}_{self._counts[stem]}"

    def _connect(self, source: tuple[str, str], target: tuple[str, str]) -> None:
        self._edges[f"e{len(self._edges) + 1}"] = Edge(
            source=source[0], source_port=source[1], target=target[0], target_port=target[1]
        )


_PASSING = frozenset({"torch.Tensor.contiguous", "torch.nn.Identity"})
"""Steps that give what they get."""
