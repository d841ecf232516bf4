"""A network as a list of torch calls, whatever it was read from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Shape

WEIGHT = "weight"
"""The target of a step that is a parameter or buffer of the network."""


@dataclass(frozen=True)
class Ref:
    """Stands in the arguments of a call for what another step gives."""

    step: str


@dataclass(frozen=True)
class Batch:
    """Stands in the arguments of a call for a multiple of the number of images, known only while it runs."""

    times: int = 1


@dataclass(frozen=True)
class Scope:
    """A module of the network that has others inside.

    Parameters
    ----------
    path
        Where the network has it: ``layer1.0``.
    cls
        The dotted name of its class.
    """

    path: str
    cls: str


@dataclass(frozen=True)
class Step:
    """One call.

    Parameters
    ----------
    name
        What it is called in its program.
    target
        The dotted name of what is called: ``torch.nn.Conv2d``, ``torch.flatten``, ``operator.add``,
        ``torch.Tensor.view``. `WEIGHT` for a tensor that ``forward`` takes from the network itself.
    args, kwargs
        What ``forward`` gives it: plain values, with a `Ref` for what other steps give and a `Batch` for sizes that
        grow with the batch. Numbers that were computed from sizes are plain values.
    settings
        The arguments that decide what it does, by torch's names; of a module those of its constructor.
    usual
        Those of the `settings` that are at torch's own default.
    shape
        Sizes of its tensor without the batch axis; None where it gives no tensor, or one whose first axis is not the
        batch.
    state
        For a module, the key of each of its tensors: ``{"weight": "layer1.0.conv1.weight"}``; for a `WEIGHT`, its key
        under an empty name.
    path
        Where the network has it: ``layer1.0.conv1``; empty for functions.
    node
        The parameters of the node that it is, where it was recognized as one: `target` is the kind, or what the kind
        is called in code. None for plain calls.
    scopes
        The modules whose ``forward`` it belongs to, the outermost first.
    """

    name: str
    target: str
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    usual: frozenset[str] = frozenset()
    shape: Shape | None = None
    state: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    node: Mapping[str, ParamValue] | None = None
    scopes: tuple[Scope, ...] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The steps that feed it, in the order of the arguments."""
        return tuple(ref.step for ref in refs((self.args, self.kwargs)))


@dataclass(frozen=True)
class Program:
    """A network from one image (or sequence, or vector), and maybe a row of a table, to one tensor.

    Parameters
    ----------
    name
        What to call the drawing.
    start, shape
        The name of what comes in, and its sizes without the batch axis.
    steps
        The calls in an order in which they can be computed.
    end
        The step whose tensor comes out.
    tensors
        All weights and buffers by their keys.
    beside
        The name of the table's row that comes in besides, and how many numbers it has; None where there is none.
    notes
        Sentences on what was left out when it was read.
    """

    name: str
    start: str
    shape: Shape
    steps: tuple[Step, ...]
    end: str
    tensors: Mapping[str, Any]
    beside: tuple[str, int] | None = None
    notes: tuple[str, ...] = ()


MOST_AXES = 3
"""Between nodes go images (3), sequences (2) and vectors (1)."""


def between_nodes(program: Program) -> dict[str, Shape]:
    """Return the sizes of what can go from node to node: what is computed from the input, with one to three axes."""
    shapes = {program.start: program.shape}
    if program.beside is not None:
        name, features = program.beside
        shapes[name] = (features,)
    fed = set(shapes)
    for step in program.steps:
        if fed & set(step.inputs):
            fed.add(step.name)
            if step.shape is not None and len(step.shape) <= MOST_AXES:
                shapes[step.name] = step.shape
    return shapes


def refs(value: Any) -> Iterator[Ref]:
    """Yield the references in arguments, nested ones too."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from refs(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from refs(item)
    elif isinstance(value, slice):
        yield from refs((value.start, value.stop, value.step))
