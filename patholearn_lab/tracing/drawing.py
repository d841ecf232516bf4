"""Draws a program: a node for every call that a kind stands for, connected, laid out, and tied to its weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.draft import Draft
from patholearn_lab.graph.spec import Shape
from patholearn_lab.tracing.program import Program, Step
from patholearn_lab.tracing.reading import Kinds, read_step
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
        self._draft = Draft()
        self._keys: dict[str, Mapping[str, str]] = {}
        start = self._draft.add("dataset", {"dataset": dataset} if dataset else {})
        self._shapes: dict[str, Shape] = {program.start: program.shape}
        self._ends: dict[str, tuple[str, str]] = {program.start: (start, "images")}
        """For every step, the node and port that give what it gives."""

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
        node = self._draft.add(reading.spec.kind, reading.params, step.path if len(step.path) <= _SHORT else "")
        if step.state:
            self._keys[node] = step.state
        ports = [reading.spec.inputs[0]] * len(inputs) if reading.spec.inputs[0].many else reading.spec.inputs
        for above, port in zip(step.inputs, ports, strict=True):
            source, source_port = self._ends[above]
            self._draft.connect(source, node, source_port, port.name)
        self._ends[step.name] = (node, reading.spec.outputs[0].name)
        assert step.shape is not None, "a node's shape was compared with the step's"
        self._shapes[step.name] = step.shape

    def finished(self) -> Drawing:
        """Connect the output and arrange everything."""
        if len(self._shapes[self._program.end]) == 1:
            source, port = self._ends[self._program.end]
            self._draft.connect(source, self._draft.add("classification_output"), port)
        return Drawing(self._draft.finished(self._program.name), Weights(self._keys, self._program.tensors))


_PASSING = frozenset({"torch.Tensor.contiguous", "torch.nn.Identity"})
"""Steps that give what they get."""
