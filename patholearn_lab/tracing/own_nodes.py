"""A researcher's own ``nn.Module`` on the palette: the decorator, and the trial that finds its shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.inference import RANKS
from patholearn_lab.graph.own_nodes import Limits, Trial, Tried, declare, register
from patholearn_lab.graph.shapes import ShapeProblem, show
from patholearn_lab.graph.spec import Category, PortType, Shape, Values

if TYPE_CHECKING:
    from torch import nn

M = TypeVar("M", bound="type[nn.Module]")
_BATCH = 2
_REMEMBERED = 1_000
"""Trials of one class: a graph has few different ones at a time."""


@overload
def node(cls: M, /) -> M: ...


@overload
def node(
    *,
    label: str = "",
    category: Category = "Own",
    inputs: PortType | Mapping[str, PortType] = "image",
    output: PortType | None = "image",
    limits: Limits | None = None,
    shape: Callable[..., Shape] | None = None,
) -> Callable[[M], M]: ...


def node(
    cls: M | None = None,
    /,
    *,
    label: str = "",
    category: Category = "Own",
    inputs: PortType | Mapping[str, PortType] = "image",
    output: PortType | None = "image",
    limits: Limits | None = None,
    shape: Callable[..., Shape] | None = None,
) -> M | Callable[[M], M]:
    """Put an ``nn.Module`` class of your own on the palette of the architecture editor.

    Its settings are the arguments of ``__init__`` that have a default: int, float, bool, str, or a ``Literal``.
    Arguments without a default that are called ``in_channels`` (or ``channels``, ``num_features``) and ``in_features``
    (or ``features``, ``embed_dim``) follow from what comes in. The cell that a graph becomes contains the source of the
    class; a class of a module is imported there. Decorate it before you open the editor.

    Parameters
    ----------
    cls
        The class.
    label, category
        What the node is called, and where in the palette it stands.
    inputs
        What ``forward`` takes: ``"image"`` (C×H×W), ``"sequence"`` (steps×features) or ``"vector"`` for one tensor;
        ``{"x": "image", "hint": "vector"}`` for several, in the order of its arguments.
    output
        What it returns; None: of the type of the first input.
    limits
        ``{"reduction": (1, 64)}``: the least and the greatest value of a setting.
    shape
        Gives the shape of the output without the batch, from the shapes of the inputs and the settings as keywords:
        ``lambda image, reduction: image``. Without it, the module is tried on torch's meta device, where nothing is
        computed.

    Raises
    ------
    InvalidInputError
        When a node cannot be made of the class; the message says what to change.

    Examples
    --------
    >>> import patholearn_lab as lab
    >>> @lab.node(limits={"factor": (0, 1)})        # doctest: +SKIP
    ... class Fade(nn.Module):
    ...     '''Makes an image paler.'''
    ...     def __init__(self, factor: float = 0.5):
    ...         super().__init__()
    ...         self.factor = factor
    ...     def forward(self, x):
    ...         return self.factor * x
    """

    def put(of: M) -> M:
        from torch import nn

        if not (isinstance(of, type) and issubclass(of, nn.Module)):
            raise InvalidInputError(f"{of!r} is no class of nn.Module.", "Put @lab.node right above such a class.")
        ports: Mapping[str, PortType] = {"input": inputs} if isinstance(inputs, str) else inputs
        declared = declare(
            of,
            _remembered(_trial(of, output and RANKS[output], shape)),
            inputs={name: (kind,) for name, kind in ports.items()},
            output=(output,) if output else (),
            label=label,
            category=category,
            limits=limits,
        )
        register(declared)
        return of

    return put if cls is None else put(cls)


def _remembered(trial: Trial) -> Trial:
    """Return a trial that tries equal settings and shapes once: a check runs with every keystroke."""
    known: dict[Any, Tried | ShapeProblem] = {}

    def tried(values: Values, sizes: Mapping[str, int], shapes: tuple[Shape, ...]) -> Tried:
        key = (tuple(sorted(values.items())), shapes)
        if key not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            try:
                known[key] = trial(values, sizes, shapes)
            except ShapeProblem as problem:
                known[key] = problem
        found = known[key]
        if isinstance(found, ShapeProblem):
            raise found
        return found

    return tried


def _trial(of: type[nn.Module], rank: int | None, shape: Callable[..., Shape] | None) -> Trial:
    name = of.__name__

    def tried(values: Values, sizes: Mapping[str, int], shapes: tuple[Shape, ...]) -> Tried:
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        arriving = " and ".join(map(show, shapes))
        try:
            with torch.device("meta"), torch.no_grad():
                module = of(**sizes, **values).eval()
                parameters = sum(parameter.numel() for parameter in module.parameters())
                if shape is not None:
                    return Tried(tuple(shape(*shapes, **values)), parameters, 0)
                tensors = [torch.empty((_BATCH, *one)) for one in shapes]
                with FlopCounterMode(display=False) as counter:
                    output = module(*tensors)
        except Exception as error:  # Whatever somebody's own class raises is an issue of its node.
            first = str(error).strip().partition("\n")[0][:200]
            raise ShapeProblem(
                "own_node_fails",
                f"{name} does not take {arriving} with these settings: {type(error).__name__}: {first}",
            ) from error
        if not isinstance(output, torch.Tensor):
            raise ShapeProblem("own_node_output", f"{name} gives {type(output).__name__}, but a node gives one tensor.")
        if output.ndim < 2 or output.shape[0] != _BATCH:
            raise ShapeProblem(
                "own_node_output",
                f"{name} gives {show(tuple(output.shape))} for a batch of {_BATCH}; the batch has to come first.",
            )
        found = tuple(output.shape[1:])
        if len(found) != (rank or len(shapes[0])):
            raise ShapeProblem(
                "own_node_output",
                f"{name} gives {show(found)}, which is not of the type that its output was declared with.",
            )
        return Tried(found, parameters, counter.get_total_flops() // (2 * _BATCH))

    return tried
