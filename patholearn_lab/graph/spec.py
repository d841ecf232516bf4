"""What a kind of node is: declared once, and everything else is derived from it.

Palette, inspector, checks, shapes, cost and the emitted call all come from one :class:`NodeSpec`. A new kind is one
declaration in ``nodes/<family>.py`` (or in another package, through the entry point group ``patholearn_lab.nodes``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.document import ParamType, ParamValue
from patholearn_lab.graph.inputs import Task

Shape: TypeAlias = tuple[int, ...]
"""Sizes without the batch axis: (channels, height, width) of an image, (steps, features) of a sequence, (features,) of
a vector."""

PortType = Literal["image", "sequence", "vector", "scores"]
Category = Literal[
    "Data",
    "Layers",
    "Pooling",
    "Normalization",
    "Activations",
    "Shape",
    "Merging",
    "Sequences",
    "Blocks",
    "Networks",
    "Own",
    "Output",
]
Role = Literal["input", "second_input", "layer", "output", "metric"]


class Port(BaseModel):
    """Where an edge begins or ends.

    An output port with `same_as` gives whatever comes in at that input port; its `types` are empty then.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    types: tuple[PortType, ...] = ()
    same_as: str | None = None
    many: bool = False


class Param(BaseModel):
    """One setting of a kind. A `default` of null means that it may be left empty; `help` says what that does.

    `suggestions` is the library whose networks are names that a text may have; there are too many to be `choices`.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    type: ParamType
    default: ParamValue
    label: str
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""
    basic: bool = True
    suggestions: str = ""


Values: TypeAlias = Mapping[str, Any]
"""The values of all parameters of a node, defaults filled in, of the declared types."""


@dataclass(frozen=True)
class Pad:
    """Rows and columns that ``F.pad`` puts around an image before a call.

    `amounts` are left, right, top, bottom, as ``F.pad`` takes them; `value` is what stands in them.
    """

    amounts: tuple[int, int, int, int]
    value: float = 0.0


@dataclass(frozen=True)
class Call:
    """The arguments of a call: what stands in the parentheses of ``nn.Conv2d(1, 6, kernel_size=5)``.

    `target` replaces the kind's own where the function depends on what comes in. `pad` is written as a line of its own
    before the call: ``x = F.pad(x, (0, 1, 0, 1))``.
    """

    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    pad: Pad | None = None


class _Batch:
    """The number of images in the batch, which only the running network knows."""

    def __repr__(self) -> str:
        return "IN.shape[0]"


BATCH: Any = _Batch()
"""Stands in an argument for the size of the batch axis: ``x.shape[0]`` in the code, whatever ``x`` is called there."""


REQUIRED: Any = object()
"""The `default` of an argument that is always written."""


@dataclass(frozen=True)
class Argument:
    """One argument of the torch call, declared once: the call is written from it, and read back by it (`calls.py`).

    Parameters
    ----------
    name
        Torch's keyword.
    param
        The parameter that it is; of the same name where left out.
    default
        What torch takes where the argument is missing: not written then. `REQUIRED`: always written.
    positional
        Whether it is written without its keyword.
    derived
        For what follows from the parameters and the input shapes: ``in_channels``. It is passed over when it is read,
        unless there is a `read` too (the ``padding`` that keeps the size at a stride).
    fixed
        For what is always the same: ``dim=1``. A call with another value is not of this kind.
    write, read
        Where the argument is not just the parameter: its value from all parameters, and parameters from its value.
    """

    name: str
    param: str = ""
    default: Any = REQUIRED
    positional: bool = False
    derived: Callable[[Values, tuple[Shape, ...]], Any] | None = None
    fixed: Any = None
    write: Callable[[Values], Any] | None = None
    read: Callable[[Any], Mapping[str, ParamValue]] | None = None


Number: TypeAlias = int | Fraction


@dataclass(frozen=True)
class Window:
    """What one output value sees of the node's input, and how far apart neighbors look, along height and width.

    Fractions are for what makes images larger: after an upsampling by 2, neighbors look half a pixel apart, and the
    whole part of the size is what is really seen. `coarser` are the windows of the pixels that these are made of, down
    to those of the data set's image (`windows.py` explains it).
    """

    size: tuple[Number, Number] = (1, 1)
    stride: tuple[Number, Number] = (1, 1)
    coarser: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Variant:
    """How ``forward`` uses a node whose parameters have these values: ``OUT = IN[:, 0]`` for ``{"how": "first"}``."""

    params: Mapping[str, ParamValue]
    statement: str


@dataclass(frozen=True)
class Outcome:
    """What comes of a node that is more than one call: a block, or a network with several outputs.

    Parameters
    ----------
    outputs, windows
        The shape at each output port, and what a value there sees of the data set's image; None where that is all.
    parameters, multiply_adds, memory_bytes
        Its cost for one image.
    frozen_parameters
        How many of the parameters do not change while training.
    """

    outputs: tuple[Shape, ...]
    windows: tuple[Window | None, ...]
    parameters: int
    multiply_adds: int
    memory_bytes: int
    frozen_parameters: int = 0


class Code(str):
    """A piece of Python that is written as it is: a path such as ``classifier[6]``, not the text of that name."""


@dataclass(frozen=True)
class Setup:
    """A statement of ``__init__`` behind the one that makes a module: ``NAME.requires_grad_(False)`` (`setups.py`).

    Parameters
    ----------
    statement
        A Python statement. ``NAME`` stands for the module; other words in capitals are its holes.
    write
        From the parameters and the input shapes: what stands in the holes, numbers and texts as they are and paths as
        `Code`. None where the statement is not written.
    read
        From what stands in the holes: the parameters that it tells.
    imports
        Import statements that it needs.
    """

    statement: str
    write: Callable[[Values, tuple[Shape, ...]], Mapping[str, Any] | None]
    read: Callable[[Mapping[str, Any]], Mapping[str, ParamValue]]
    imports: tuple[str, ...] = ()


ShapeRule: TypeAlias = Callable[[Values, tuple[Shape, ...]], Shape]
CountRule: TypeAlias = Callable[[Values, tuple[Shape, ...], Shape], int]
OutcomeRule: TypeAlias = Callable[[Values, tuple[Shape, ...], tuple[Window | None, ...]], Outcome | None]
TargetRule: TypeAlias = Callable[[Values, tuple[Shape, ...]], str]
WindowRule: TypeAlias = Callable[[Values, tuple[Shape, ...]], Window | None]
PadRule: TypeAlias = Callable[[Values, tuple[Shape, ...]], Pad | None]


def no_cost(_values: Values, _inputs: tuple[Shape, ...], _output: Shape) -> int:
    """Return 0: the kind has no weights, or does no multiplications worth counting."""
    return 0


@dataclass(frozen=True, eq=False)
class NodeSpec:
    """A kind of node. Two are equal only where they are the same.

    Parameters
    ----------
    kind
        Its name in documents.
    label, category, summary
        What people read: a name, the palette's section, and one plain sentence.
    target
        The dotted torch name of what it becomes, e.g. ``torch.nn.Conv2d``; empty for ends of the graph. A parameter in
        braces stands for its value: ``torchvision.models.{model}`` (`calls.target_of`, `calls.read_target`).
    stem
        What the ids of its nodes begin with: ``conv`` gives ``conv_1``, ``conv_2``.
    inputs, outputs, params
        Ports and settings.
    shape
        The shape of the output from the parameters and the shapes at the inputs; raises `ShapeProblem`.
        None for kinds whose output does not follow from their inputs.
    parameters, multiply_adds
        What a forward pass of one image costs.
    window
        What one output value sees of its input, for kinds that work on images; None where rows and columns are none
        any more. Without a rule, each value sees the one at its own place.
    pad
        What ``F.pad`` has to put around the image before the call, where the parameter ``same_padding`` asks for more
        than torch's own arguments can say. `read_pad` reads it back.
    outcome
        Shapes, cost and windows at once, in place of the five rules above: for kinds whose outputs differ. It gets the
        parameters, the shapes at the inputs and what is seen there; None where something inside is wrong.
    arguments
        The arguments of the torch call, in the order in which they are written.
    target_for
        The target where it depends on what comes in (``BatchNorm1d`` for vectors).
    aliases
        Other dotted names that mean the same when code is read: ``torch.nn.ReLU`` for ``torch.nn.functional.relu``.
    style
        How the code uses it: a ``module`` made in ``__init__``, a ``function`` called in ``forward``, an ``operator``
        written between its inputs, a ``list`` (a function of a list, like ``torch.cat``), ``code`` (the lines that its
        parameters hold, see `free_code.py`), or an ``end`` of the graph that is no layer.
    operator
        The sign of an ``operator``: ``+`` or ``*``.
    statement
        How ``forward`` uses it where that is no plain ``OUT = CALL(IN)``: one Python assignment in these names, such as
        ``OUT, _ = CALL(IN, IN, IN)``. It is written with them replaced, and read back by matching it. Of several
        inputs, in the order of the ports, ``IN`` is the first, ``IN2`` the second, and so on; ``INS`` is all of them
        with commas between. The `arguments` of a ``function`` come behind those that ``CALL`` has here.
    variants
        Other statements, for certain values of the parameters; the first that fits stands for `statement`.
    setups
        What ``__init__`` does with the module once it is made, in this order.
    source
        The source of a class that torch lacks. It is put above the network, once; `target` is its name then.
    imports
        Import statements that the cell needs beside its own, such as ``from torchvision.models import resnet18``;
        `target` is written as they let it be written: ``resnet18``.
    role
        Where it stands: a layer, or an end of the graph.
    unique
        Whether a graph has exactly one of it.
    basic
        Whether the palette shows it before somebody asks for all kinds.
    first_plain
        Whether the first of it is called by its stem alone: ``output``, then ``output_2``.
    task
        What an output learns; None for all other kinds.
    help
        Its help page in Markdown, where no file ``help/<kind>.md`` has it.
    own
        Whether a researcher added it in this process, so that other processes do not know it.
    """

    kind: str
    label: str
    category: Category
    summary: str
    target: str = ""
    stem: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    params: tuple[Param, ...] = ()
    shape: ShapeRule | None = None
    parameters: CountRule = no_cost
    multiply_adds: CountRule = no_cost
    window: WindowRule | None = None
    pad: PadRule | None = None
    outcome: OutcomeRule | None = None
    arguments: tuple[Argument, ...] = ()
    target_for: TargetRule | None = None
    aliases: tuple[str, ...] = ()
    style: Literal["module", "function", "operator", "list", "code", "end"] = "module"
    operator: str = ""
    statement: str = ""
    variants: tuple[Variant, ...] = ()
    setups: tuple[Setup, ...] = ()
    source: str = ""
    imports: tuple[str, ...] = ()
    role: Role = "layer"
    unique: bool = False
    basic: bool = False
    first_plain: bool = False
    task: Task | None = None
    help: str = ""
    own: bool = False

    def input(self, name: str) -> Port | None:
        """Return the input port of that name, or None."""
        return self._inputs_by_name.get(name)

    def output(self, name: str) -> Port | None:
        """Return the output port of that name, or None."""
        return self._outputs_by_name.get(name)

    def param(self, name: str) -> Param | None:
        """Return the parameter of that name, or None."""
        return self._params_by_name.get(name)

    @cached_property
    def _inputs_by_name(self) -> Mapping[str, Port]:
        return {port.name: port for port in self.inputs}

    @cached_property
    def _outputs_by_name(self) -> Mapping[str, Port]:
        return {port.name: port for port in self.outputs}

    @cached_property
    def _params_by_name(self) -> Mapping[str, Param]:
        return {param.name: param for param in self.params}
