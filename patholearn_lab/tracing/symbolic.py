"""Reads an ``nn.Module`` by tracing it with torch.fx: no data runs through it, and no weight is copied."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Container, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.spec import Shape
from patholearn_lab.tracing.program import WEIGHT, Batch, Program, Ref, Step, refs

if TYPE_CHECKING:
    import torch
    from torch import fx

BATCH = 8191
"""The batch of the dry run: a prime that no layer has, so that an axis of this size can only be the batch."""
_WITHOUT_EFFECT = frozenset({"inplace", "device", "dtype", "_stacklevel", "memory_format"})
"""Arguments that change how a result is computed or stored, not what it is."""


def trace(module: torch.nn.Module, example: torch.Tensor, leaves: Container[str]) -> Program:
    """Return the calls of a module in eval mode.

    Parameters
    ----------
    module
        The network. Its mode is as before afterwards.
    example
        One input as ``forward`` takes it, ``[N, ...]``; only its sizes and its type are used.
    leaves
        Dotted names of classes that are one step, not looked into. All of torch.nn's own are.

    Raises
    ------
    InvalidInputError
        When ``forward`` decides by values, or does not take the example.
    """
    was_training = module.training
    module.eval()
    try:
        traced = _symbolic_trace(module, leaves)
        _dry_run(traced, example)
        return _program(traced, module, tuple(example.shape[1:]))
    finally:
        module.train(was_training)


def dotted(thing: Any) -> str:
    """Return the public dotted name of a torch class or function: ``torch.nn.Conv2d``, ``torch.flatten``."""
    module, name = getattr(thing, "__module__", None) or "", getattr(thing, "__name__", str(thing))
    if module == "_operator":
        module = "operator"
    elif module.startswith("torch.nn.modules."):
        module = "torch.nn"
    elif module == "torch._C._nn":
        module = "torch.nn.functional"
    elif module in ("torch.functional", "torch._C._VariableFunctions", ""):
        module = "torch"
    return f"{module}.{name}"


def settings_of(module: torch.nn.Module) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the arguments that a module was made with, and which of them are the constructor's defaults.

    torch's modules keep them under the same names, but for ``bias``, which becomes the weights themselves.
    """
    settings: dict[str, Any] = {}
    parameters = inspect.signature(type(module).__init__).parameters
    for name in parameters:
        if name not in _WITHOUT_EFFECT and hasattr(module, name):
            value = getattr(module, name)
            settings[name] = value is not None if name == "bias" and not isinstance(value, bool) else value
    return settings, _usual(settings, parameters)


def _symbolic_trace(module: torch.nn.Module, leaves: Container[str]) -> fx.GraphModule:
    import torch

    class Tracer(torch.fx.Tracer):
        def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
            return dotted(type(m)) in leaves or super().is_leaf_module(m, module_qualified_name)

    before = set(vars(module))
    try:
        return torch.fx.GraphModule(module, Tracer().trace(module))
    except Exception as error:
        # torch.fx runs forward itself: whatever is raised there is about the user's network.
        raise InvalidInputError(
            f"{type(module).__name__} cannot be traced: {error}",
            "A network can be drawn when its forward takes one tensor and does the same steps for every input.",
        ) from error
    finally:
        # torch.fx leaves the tensors that forward makes on the module.
        for name in set(vars(module)) - before:
            delattr(module, name)


def _dry_run(traced: fx.GraphModule, example: torch.Tensor) -> None:
    """Write into every step's ``meta`` what it gives for a batch of `BATCH`, without computing anything."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    class Sizes(torch.fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            n.meta["value"] = super().run_node(n)
            return n.meta["value"]

    try:
        with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True):
            Sizes(traced, garbage_collect_values=False).run(
                torch.empty((BATCH, *example.shape[1:]), dtype=example.dtype)
            )
    except Exception as error:
        raise InvalidInputError(
            f"The network does not take an example of the shape {tuple(example.shape)}: {error}",
            "Give an example as the network takes it, with the batch first: torch.zeros(1, 3, 224, 224).",
        ) from error


def _program(traced: fx.GraphModule, module: torch.nn.Module, shape: Shape) -> Program:
    starts = [node for node in traced.graph.nodes if node.op == "placeholder"]
    result = next(node for node in traced.graph.nodes if node.op == "output").args[0]
    import torch

    if not isinstance(result, torch.fx.Node):
        raise InvalidInputError(
            f"{type(module).__name__} gives several things, not one tensor.",
            "Wrap it in a module whose forward returns the tensor that is meant.",
        )
    steps = [
        _step(traced, node)
        for node in traced.graph.nodes
        if node.op not in ("placeholder", "output") and not _is_number(node.meta["value"])
    ]
    return Program(
        name=type(module).__name__,
        start=starts[0].name,
        shape=shape,
        steps=tuple(steps),
        end=result.name,
        tensors={**_constants(traced), **module.state_dict()},
    )


def _constants(traced: fx.GraphModule) -> dict[str, torch.Tensor]:
    """Return the tensors that ``forward`` made while it was traced, and others that are no parameters or buffers."""
    targets = [str(node.target) for node in traced.graph.nodes if node.op == "get_attr"]
    return {target: attrgetter(target)(traced).detach() for target in targets}


def _step(traced: fx.GraphModule, node: fx.Node) -> Step:
    args, kwargs = _plain(node.args), _plain(node.kwargs)
    shape = _shape(node.meta["value"])
    if node.op == "call_module":
        module = traced.get_submodule(str(node.target))
        state = {name: f"{node.target}.{name}" for name in module.state_dict()}
        path = str(node.target)
        return Step(node.name, dotted(type(module)), args, kwargs, *settings_of(module), shape, state, path)
    if node.op == "get_attr":
        return Step(node.name, WEIGHT, shape=shape, state={"": str(node.target)}, path=str(node.target))
    if node.op == "call_method":
        return Step(node.name, f"torch.Tensor.{node.target}", args, kwargs, shape=shape)
    return Step(node.name, dotted(node.target), args, kwargs, *_function_settings(node), shape)


def _function_settings(node: fx.Node) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the arguments of a function by name, without the tensors, and which of them are its defaults."""
    from torch.fx.operator_schemas import get_signature_for_torch_op

    assert callable(node.target)
    for signature in (*_signatures(node.target), *(get_signature_for_torch_op(node.target) or ())):
        try:
            named = signature.bind(*node.args, **node.kwargs).arguments
        except TypeError:
            continue
        plain = {name: _plain(value) for name, value in named.items() if name not in _WITHOUT_EFFECT}
        settings = {name: value for name, value in plain.items() if not any(refs(value))}
        return settings, _usual(settings, signature.parameters)
    return {}, frozenset()


def _usual(settings: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> frozenset[str]:
    return frozenset(name for name, value in settings.items() if _same(value, parameters[name].default))


def _signatures(function: Callable[..., Any]) -> list[inspect.Signature]:
    """Return the signature of a function written in Python; of a pair of which torch takes one by a flag, the plain."""
    inner = inspect.getclosurevars(function).nonlocals if hasattr(function, "__code__") else {}
    function = inner.get("if_false", function)
    try:
        return [inspect.signature(function)]
    except ValueError:
        return []


def _plain(value: Any) -> Any:
    """Return arguments with references in the place of nodes."""
    import torch

    if isinstance(value, torch.fx.Node):
        found = value.meta["value"]
        return _number(found) if _is_number(found) else Ref(value.name)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        items = [_plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value


def _is_number(value: Any) -> bool:
    """Return whether something is sizes, or was computed from them, and no tensor."""
    import torch

    if isinstance(value, tuple):
        return all(map(_is_number, value))
    return value is None or isinstance(value, (bool, int, float, str, torch.dtype))


def _number(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_number, value))
    if isinstance(value, int) and value >= BATCH and value % BATCH == 0:
        return Batch(value // BATCH)
    return value


def _shape(value: Any) -> Shape | None:
    import torch

    if not isinstance(value, torch.Tensor) or value.dim() < 2:
        return None
    batch, *sizes = map(int, value.shape)
    return tuple(sizes) if batch == BATCH and not any(size % BATCH == 0 for size in sizes) else None


def _same(value: Any, default: Any) -> bool:
    """Return whether a value is the default, where (3, 3) is 3."""
    if isinstance(value, tuple) and not isinstance(default, tuple):
        return all(type(item) is type(default) and item == default for item in value)
    return type(value) is type(default) and bool(value == default)
