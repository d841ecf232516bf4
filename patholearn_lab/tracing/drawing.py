"""Draws a program: a node for every call that a kind stands for, and code nodes for what lies between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import Document, ParamValue
from patholearn_lab.graph.draft import Draft, finished
from patholearn_lab.graph.parts import MAX_TEXT
from patholearn_lab.tracing.lines import write_lines
from patholearn_lab.tracing.patterns import with_layers
from patholearn_lab.tracing.program import WEIGHT, Program, Scope, Step, between_nodes
from patholearn_lab.tracing.reading import Kinds, Reading, read_step
from patholearn_lab.tracing.repeats import Origin, fold
from patholearn_lab.tracing.weights import Weights

_SHORT = 30
"""A longer path is not written on a node."""


@dataclass(frozen=True)
class Drawing:
    """A document, the weights of its nodes, and sentences on what was left out."""

    document: Document
    weights: Weights
    notes: tuple[str, ...] = ()


def draw(program: Program, dataset: str = "", *, blocks: bool = True) -> Drawing:
    """Return the drawing of a program.

    Parameters
    ----------
    program
        What to draw.
    dataset
        The data set that shall feed it; a constant input of the program's size where it is left out.
    blocks
        Whether modules that the network repeats become blocks, where that makes the graph smaller.

    Raises
    ------
    DocumentError
        When what comes out cannot go from node to node, a step cannot be written down, or the drawing would have more
        nodes than a document may have.
    """
    pencil = _Pencil(program, dataset)
    if program.end not in pencil.shapes and not pencil.passes(program.end):
        raise DocumentError(
            f"{program.name} gives a tensor that no node could give: its first axis has to be the batch, "
            "with one to three axes besides.",
            "Draw a part of the network that ends in an image, a sequence or a vector.",
        )
    for step in pencil.wanted():
        pencil.draw(step)
    return pencil.finished(blocks)


class _Pencil:
    """The drawing while it grows."""

    def __init__(self, program: Program, dataset: str) -> None:
        self._program = program = with_layers(program)
        self._steps = {step.name: step for step in program.steps}
        self._order = {step.name: number for number, step in enumerate(program.steps)}
        self._draft = Draft()
        self._keys: dict[str, Mapping[str, str]] = {}
        self._origins: dict[str, Origin] = {}
        self._notes = list(program.notes)
        self._passing = {step.name: step.inputs[0] for step in program.steps if _passes(step)}
        self.shapes = between_nodes(program)
        """What can go from node to node."""
        self._readings = self._read()
        size = {"shape": ", ".join(map(str, program.shape))}
        start = self._draft.add("dataset", {"dataset": dataset}) if dataset else self._draft.add("constant_input", size)
        self._ends: dict[str, tuple[str, str]] = {program.start: (start, "images")}
        """For every step that was drawn, the node and port that give what it gives."""
        if program.beside is not None:
            name, features = program.beside
            self._ends[name] = (self._draft.add("table_input", {"features": features}), "features")

    def passes(self, name: str) -> bool:
        return self.through(name) in self.shapes

    def through(self, name: str) -> str:
        """Return the step whose result this is: itself, or what a step that changes nothing was given."""
        while name in self._passing:
            name = self._passing[name]
        return name

    def wanted(self) -> list[Step]:
        """Return the steps that become nodes, in order: those that the end needs, but not what code nodes hide."""
        self._borders = self._find_borders()
        return [step for step in self._program.steps if step.name in self._borders]

    def draw(self, step: Step) -> None:
        reading = self._readings.get(step.name)
        if reading is not None:
            inputs = [self.through(name) for name in step.inputs]
            node = self._draft.add(reading.spec.kind, reading.params, step.path if len(step.path) <= _SHORT else "")
            self._origins[node] = Origin(step.path, step.scopes)
            if step.state:
                self._keys[node] = step.state
        else:
            hidden, inputs = self._slice(step)
            lines = write_lines(hidden, inputs, self._program.tensors, self.through)
            self._ensure_short(lines.params)
            shape = self.shapes[step.name]
            # What it gives is as large as what it gets where nothing else is declared.
            declared = {} if shape == self.shapes[inputs[0]] else {"shape": ", ".join(map(str, shape))}
            node = self._draft.add("code", {**lines.params, **declared})
            self._origins[node] = Origin("", _shared([inner.scopes for inner in hidden if inner.target != WEIGHT]))
            if lines.state:
                self._keys[node] = lines.state
        taking = spec_of(self._draft.nodes[node].kind)
        assert taking is not None
        ports = [taking.inputs[0]] * len(inputs) if taking.inputs[0].many else taking.inputs
        for above, port in zip(inputs, ports, strict=True):
            source, source_port = self._ends[above]
            self._draft.connect(source, node, source_port, port.name)
        self._ends[step.name] = (node, taking.outputs[0].name)

    def _ensure_short(self, params: Mapping[str, ParamValue]) -> None:
        longest = max(len(str(text)) for text in params.values())
        if longest > MAX_TEXT:
            raise DocumentError(
                f"A part of {self._program.name} that no node stands for would be {longest:,} characters of code in a "
                f"node, which holds {MAX_TEXT:,}.",
                "Draw a part of the network: one of its modules.",
                limit=MAX_TEXT,
            )

    def finished(self, blocks: bool) -> Drawing:
        """Connect the output, make blocks of what is repeated, and arrange everything."""
        end = self.through(self._program.end)
        output = _OUTPUTS.get(len(self.shapes[end]))
        if output is not None:
            source, port = self._ends[end]
            self._draft.connect(source, self._draft.add(output), port)
        for step in self._program.steps:
            if step.target in _TRAINING_ONLY:
                self._notes.append(f"{step.target.rpartition('.')[2]} works in training only. It is left out.")
        flat = self._draft.document(self._program.name)
        folded = fold(flat, self._origins if blocks else {})
        keys = {folded.places[node]: state for node, state in self._keys.items()}
        weights = Weights(keys, self._program.tensors)
        return Drawing(finished(folded.document), weights, tuple(dict.fromkeys(self._notes)))

    def _read(self) -> dict[str, Reading]:
        """Return the steps that a kind stands for."""
        kinds = Kinds()
        readings: dict[str, Reading] = {}
        for step in self._program.steps:
            inputs = [self.through(name) for name in step.inputs]
            if (
                step.name in self.shapes
                and step.name not in self._passing
                and all(name in self.shapes for name in inputs)
                # Two nodes are connected once; x + x becomes a code node.
                and len(set(inputs)) == len(inputs)
            ):
                try:
                    readings[step.name] = read_step(step, [self.shapes[name] for name in inputs], kinds)
                except UnreadableCallError:
                    # It becomes a code node.
                    continue
        return readings

    def _find_borders(self) -> set[str]:
        """Return the steps whose results go from node to node.

        Steps that no kind stands for hide together in one code node, as long as what they give goes on to one step
        that no kind stands for either.
        """
        takers: dict[str, set[str]] = {}
        for step in self._program.steps:
            for name in step.inputs if step.name not in self._passing else ():
                takers.setdefault(self.through(name), set()).add(step.name)
        end = self.through(self._program.end)
        needed, stack = set[str](), [end]
        while stack:
            name = stack.pop()
            if name in self._steps and name not in needed:
                needed.add(name)
                stack += [self.through(above) for above in self._steps[name].inputs]
        return {
            name
            for name in needed
            if name in self.shapes
            and (
                name == end
                or name in self._readings
                or len(takers[name] & needed) > 1
                or (takers[name] & needed) <= set(self._readings)
            )
        }

    def _slice(self, step: Step) -> tuple[list[Step], list[str]]:
        """Return the steps that a code node computes its result by, in order, and what they are fed by."""
        hidden, inputs, stack = {step.name}, dict[str, None](), list(step.inputs)
        while stack:
            name = self.through(stack.pop())
            if name in self._borders or name not in self._steps:
                inputs[name] = None
            elif name not in hidden:
                hidden.add(name)
                stack += self._steps[name].inputs
        order = [other for other in self._program.steps if other.name in hidden]
        return order, sorted(inputs, key=lambda name: self._order.get(name, -1))


_OUTPUTS = {1: "classification_output", 3: "segmentation_output"}
"""What a result with so many axes is taken for, until somebody says otherwise."""
_PASSING = frozenset({"torch.Tensor.contiguous", "torch.nn.Identity", "torch.Tensor.detach"})
"""Steps that give what they get."""
_TRAINING_ONLY = frozenset({"torchvision.ops.stochastic_depth.stochastic_depth"})
"""Steps that give what they get in eval mode, in which networks are traced."""


def _shared(scopes: Sequence[tuple[Scope, ...]]) -> tuple[Scope, ...]:
    """Return the modules that all steps are inside of."""
    return tuple(scope for scope in scopes[0] if all(scope in other for other in scopes)) if scopes else ()


def _passes(step: Step) -> bool:
    return step.target in _PASSING | _TRAINING_ONLY
