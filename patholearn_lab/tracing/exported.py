"""Reads an ``nn.Module`` by torch.export, for what torch.fx cannot trace: a ``forward`` that looks at sizes as it runs.

torch.export writes down the operators below torch's own modules (``aten.conv2d``), with all weights as inputs; the
layers are found again by `patterns`. Where torch.fx can trace, its calls are closer to what was written.

A network that writes into a part of a tensor (``x[:, 0] = y``) is read once more with every such step in its functional
form (``x = x.slice_scatter(y)``), as torch itself rewrites it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.spec import Shape
from patholearn_lab.tracing.examples import Examples
from patholearn_lab.tracing.program import WEIGHT, Batch, Program, Ref, Step
from patholearn_lab.tracing.torch_calls import same_value, scopes_of

if TYPE_CHECKING:
    import torch
    from torch import fx
    from torch.export import ExportedProgram

_SAMPLES = 3
"""Images of the example batch: torch.export takes 0 and 1 for sizes that are fixed."""
_OPERATORS = {
    "add.Tensor": "operator.add",
    "sub.Tensor": "operator.sub",
    "mul.Tensor": "operator.mul",
    "div.Tensor": "operator.truediv",
    "neg.default": "operator.neg",
    "_unsafe_view.default": "torch.Tensor.reshape",
    "_to_copy.default": "torch.Tensor.to",
    "dropout.default": "torch.nn.functional.dropout",
    "feature_dropout.default": "torch.nn.functional.dropout2d",
    "adaptive_max_pool1d.default": "torch.nn.functional.adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d.default": "torch.nn.functional.adaptive_max_pool2d_with_indices",
}
_METHODS = frozenset(
    {"view", "reshape", "permute", "transpose", "flatten", "unflatten", "expand", "unbind", "squeeze", "unsqueeze"}
    | {"chunk", "split", "repeat", "select"}
)
"""Operators that are written as methods."""
_STORAGE = frozenset({"memory_format", "layout", "pin_memory"})
"""Arguments that say how a tensor is stored, not what is in it."""
_SAME = frozenset({"clone", "alias", "contiguous", "detach", "lift_fresh_copy", "detach_"})
"""Operators that give what they get."""
_VIEWS = _METHODS | {"slice", "t", "narrow", "movedim", "diagonal", *_SAME} - {"clone", "contiguous", "repeat"}
"""Operators whose result may share memory with their input."""


def read_exported(module: torch.nn.Module, examples: Examples) -> Program:
    """Return the operators of a module in eval mode.

    Parameters
    ----------
    module
        The network, in eval mode.
    examples
        What ``forward`` takes, ``[N, ...]``; only sizes and types are used.

    Raises
    ------
    InvalidInputError
        When ``forward`` decides by values, wants batches of one size, or does not take the example.
    """
    exported = _export(module, examples)
    try:
        return _program(module, examples, exported)
    except _WritesIntoPartError:
        # Without its dropouts, which in eval mode are no steps. It takes seconds, and few networks need it.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's own, about its own insides
            functional = exported.run_decompositions({})
        return replace(_program(module, examples, functional), notes=(_NO_DROPOUT,))


_NO_DROPOUT = (
    "The network writes into a part of a tensor in place. It is drawn with steps that make a new tensor instead, and "
    "without its dropouts."
)


class _WritesIntoPartError(Exception):
    """A step changes memory that another tensor shows later on."""


def _program(module: torch.nn.Module, examples: Examples, exported: ExportedProgram) -> Program:
    signature = exported.graph_signature
    keys = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    _dissolve_regions(exported.graph_module)
    nodes = list(exported.graph.nodes)
    ends = signature.user_outputs
    starts = list(map(str, signature.user_inputs))
    if len(starts) != len(examples.tensors) or len(ends) != 1:
        raise InvalidInputError(
            f"{type(module).__name__} gives several things, not one tensor.",
            "Wrap it in a module whose forward returns the tensor that is meant.",
        )
    reader = _Reader(keys, {node: place for place, node in enumerate(nodes)})
    steps = [step for node in nodes if (step := reader.read(node)) is not None]
    tensors = {**exported.constants, **module.state_dict()}
    return Program(
        name=type(module).__name__,
        start=starts[0],
        shape=examples.shape,
        beside=examples.beside(starts),
        steps=tuple(steps),
        end=reader.now(str(ends[0])),
        tensors={key: tensors[key].detach() for key in dict.fromkeys([*keys.values(), *module.state_dict()])},
    )


def _export(module: torch.nn.Module, examples: Examples) -> ExportedProgram:
    import torch

    samples = examples.of(_SAMPLES)
    dynamic = ({0: torch.export.Dim.DYNAMIC},) * len(samples)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # torch's own, about its own insides
            return torch.export.export(module, samples, dynamic_shapes=dynamic, strict=False)
    except Exception as error:
        # torch.export runs forward itself: whatever is raised there is about the user's network.
        name = type(module).__name__
        if "data-dependent" in str(error):
            reason = "its forward decides by the values of its tensors"
        elif "specialized" in str(error) or "constraint" in str(error).lower():
            reason = "its forward wants batches of one size"
        else:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InvalidInputError(
            f"{name} cannot be traced: {reason}.",
            "A network can be drawn when its forward takes one tensor, or an image and a row of a table, and does the "
            "same steps for all values and any number of images.",
        ) from error


def _dissolve_regions(module: fx.GraphModule) -> None:
    """Put the steps of regions, such as ``with torch.autocast(…, enabled=False)``, in the place of the region."""
    import torch

    regions = (torch.ops.higher_order.wrap_with_autocast, torch.ops.higher_order.wrap_with_set_grad_enabled)
    for node in [node for node in module.graph.nodes if node.target in regions]:
        place = next(place for place, value in enumerate(node.args) if _any(value).__class__ is torch.fx.Node)
        inner = module.get_submodule(_any(node.args[place]).target)
        assert isinstance(inner, torch.fx.GraphModule)
        _dissolve_regions(inner)
        starts = [start for start in inner.graph.nodes if start.op == "placeholder"]
        with module.graph.inserting_before(node):
            given = module.graph.graph_copy(inner.graph, dict(zip(starts, node.args[place + 1 :], strict=True)))
        for user in list(node.users):
            user.replace_all_uses_with(_any(given)[user.args[1]])
            module.graph.erase_node(user)
        module.graph.erase_node(node)
    module.recompile()


class _Reader:
    """Reads nodes one by one. An operator that changes a tensor in place stands for that tensor from then on."""

    def __init__(self, keys: Mapping[str, str], order: Mapping[fx.Node, int]) -> None:
        self._keys = keys
        self._now: dict[str, str] = {}
        self._views: dict[fx.Node, fx.Node] = {}
        self._order = order

    def now(self, name: str) -> str:
        """Return the step that a tensor is the result of by now."""
        while name in self._now:
            name = self._now[name]
        return name

    def read(self, node: fx.Node) -> Step | None:
        """Return the step of a node; None for sizes, checks and what comes in."""
        import torch

        if node.op == "placeholder":
            key = self._keys.get(node.name)
            return Step(node.name, WEIGHT, state={"": key}, path=key) if key else None
        value, target = node.meta.get("val"), _any(node.target)
        first = _any(next(iter(node.args), None))
        if node.op != "call_function" or not isinstance(value, (torch.Tensor, tuple, list)):
            return None
        args, kwargs = self._plain(node.args), self._plain(node.kwargs)
        shape, scopes = _shape(value), scopes_of(node)
        if not isinstance(target, torch._ops.OpOverload):
            return Step(node.name, f"operator.{target.__name__}", args, kwargs, shape=shape, scopes=scopes)
        base, overload = target._schema.name.removeprefix("aten::"), target._overloadname
        if base.endswith("_") and not base.startswith("_"):
            base = base[:-1]
            self._ensure_own(node)
            self._now[first.name] = node.name
        elif base in _VIEWS and isinstance(first, torch.fx.Node):
            self._views[node] = first
        settings = {
            argument.name: _tuple(given)
            for argument, given in _named(target, args, kwargs)
            if not any(isinstance(part, Ref) for part in (given, *(given if isinstance(given, tuple) else ())))
        }
        defaults = {
            argument.name: argument.default_value
            for argument in target._schema.arguments
            if argument.has_default_value()
        }
        usual = {name for name, given in settings.items() if name in defaults and same_value(given, defaults[name])}
        if base in ("dropout", "feature_dropout"):
            # It is switched off here as in every network in eval mode; the node has to do its work in training.
            settings.pop("train", None)
            args = args[:2]
        if base == "copy":
            return Step(node.name, "torch.Tensor.expand_as", (args[1], args[0]), shape=shape, scopes=scopes)
        if base == "index":
            places = tuple(slice(None) if place is None else place for place in args[1])
            return Step(node.name, "operator.getitem", (args[0], places), shape=shape, scopes=scopes)
        return Step(
            name=node.name,
            target=_target(base, overload),
            args=_flat(args) if base in _METHODS else args,
            kwargs=kwargs,
            settings=settings,
            usual=frozenset(usual),
            shape=shape,
            scopes=scopes,
        )

    def _ensure_own(self, node: fx.Node) -> None:
        """Tell of a change in place that a tensor of the same memory would show later on."""
        changed = _any(node.args[0])
        place = self._order[node]
        family = [*self._bases(changed), *(other for other in self._views if changed in self._bases(other))]
        if any(self._order[user] > place for other in family for user in other.users):
            raise _WritesIntoPartError(str(node.target))

    def _bases(self, node: fx.Node) -> Iterator[fx.Node]:
        """Yield the tensors that a view is a view of."""
        while node in self._views:
            node = self._views[node]
            yield node

    def _plain(self, value: Any) -> Any:
        import torch

        if isinstance(value, torch.fx.Node):
            found = value.meta.get("val")
            return _number(found) if isinstance(found, (torch.SymInt, int, float)) else Ref(self.now(value.name))
        if isinstance(value, Mapping):
            return {key: self._plain(item) for key, item in value.items() if key not in _STORAGE}
        if isinstance(value, (tuple, list)):
            return tuple(self._plain(item) for item in value)
        return value


def _any(value: Any) -> Any:
    """Return what torch declares as one of twenty types."""
    return value


def _named(target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Return the arguments of an operator, each with its declaration."""
    declared = target._schema.arguments
    named = list(zip(declared, args, strict=False))
    return named + [(argument, kwargs[argument.name]) for argument in declared if argument.name in kwargs]


def _target(base: str, overload: str) -> str:
    """Return what an operator is called in torch."""
    import torch

    if f"{base}.{overload}" in _OPERATORS:
        return _OPERATORS[f"{base}.{overload}"]
    if base in _SAME:
        return "torch.Tensor.contiguous"
    if base in _METHODS:
        return f"torch.Tensor.{base}"
    for place, name in ((torch, "torch"), (torch.nn.functional, "torch.nn.functional"), (torch.Tensor, "torch.Tensor")):
        if hasattr(place, base):
            return f"{name}.{base}"
    return f"torch.ops.aten.{base}.{overload}"


def _flat(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return ``x.view(n, 3)`` for ``view(x, (n, 3))``."""
    return (args[0], *args[1], *args[2:]) if len(args) > 1 and isinstance(args[1], tuple) else args


def _tuple(value: Any) -> Any:
    """Return sizes that are all the same, such as a kernel's, as one number."""
    if isinstance(value, tuple) and value and all(isinstance(part, int) for part in value) and len(set(value)) == 1:
        return value[0] if len(value) == 2 else value
    return value


def _number(value: Any) -> Any:
    """Return a size with a `Batch` where it grows with the batch."""
    import torch

    if not isinstance(value, torch.SymInt):
        return value
    expression = value.node.expr
    symbols = list(expression.free_symbols)
    if len(symbols) == 1 and (expression / symbols[0]).is_Integer:
        return Batch(int(expression / symbols[0]))
    raise InvalidInputError(
        f"The network computes {expression} of the number of images, and goes on with that.",
        "A network can be drawn when it does the same for each image.",
    )


def _shape(value: Any) -> Shape | None:
    """Return the sizes of a tensor without its batch axis; None for anything else."""
    import torch

    if not isinstance(value, torch.Tensor) or value.dim() < 2:
        return None
    batch, *sizes = value.shape
    if not isinstance(batch, torch.SymInt) or len(batch.node.expr.free_symbols) != 1 or not batch.node.expr.is_Symbol:
        return None
    return None if any(isinstance(size, torch.SymInt) for size in sizes) else tuple(map(int, sizes))
