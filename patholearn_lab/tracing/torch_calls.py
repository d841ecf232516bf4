"""What torch's modules, functions and sizes are called in a program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.graph.spec import Shape
from patholearn_lab.tracing.program import Batch, Scope, refs

if TYPE_CHECKING:
    import torch
    from torch import fx

BATCH = 8191
"""The batch of a dry run: a prime that no layer has, so that an axis of this size can only be the batch."""
_WITHOUT_EFFECT = frozenset({"inplace", "device", "dtype", "_stacklevel", "memory_format"})
"""Arguments that change how a result is computed or stored, not what it is."""


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
    parameters = _constructor(type(module))
    for name in parameters:
        if name not in _WITHOUT_EFFECT and hasattr(module, name):
            value = getattr(module, name)
            settings[name] = value is not None if name == "bias" and not isinstance(value, bool) else value
    return settings, _usual(settings, parameters)


def _constructor(cls: type) -> Mapping[str, inspect.Parameter]:
    """Return the arguments of a constructor; of one that only hands them on (``LSTM(*args)``) those of the class below.

    ``mode``, by which torch's recurrent layers tell the class below what they are, is none of them.
    """
    for one in cls.__mro__:
        if "__init__" not in vars(one):
            continue
        parameters = inspect.signature(vars(one)["__init__"]).parameters
        if not any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters.values()):
            return {name: parameter for name, parameter in parameters.items() if name != "mode"}
    return {}


def function_settings(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[dict[str, Any], frozenset[str]]:
    """Return the arguments of a function by name, without the tensors, and which of them are its defaults.

    `args` and `kwargs` have a `Ref` for each tensor.
    """
    from torch.fx.operator_schemas import get_signature_for_torch_op

    for signature in (*_signatures(function), *(get_signature_for_torch_op(function) or ())):
        try:
            named = signature.bind(*args, **kwargs).arguments
        except TypeError:
            continue
        settings = {
            name: value for name, value in named.items() if name not in _WITHOUT_EFFECT and not any(refs(value))
        }
        return settings, _usual(settings, signature.parameters)
    return {}, frozenset()


def _usual(settings: Mapping[str, Any], parameters: Mapping[str, inspect.Parameter]) -> frozenset[str]:
    return frozenset(name for name, value in settings.items() if same_value(value, parameters[name].default))


def _signatures(function: Callable[..., Any]) -> list[inspect.Signature]:
    """Return the signature of a function written in Python; of a pair of which torch takes one by a flag, the plain."""
    inner = inspect.getclosurevars(function).nonlocals if hasattr(function, "__code__") else {}
    function = inner.get("if_false", function)
    try:
        return [inspect.signature(function)]
    except ValueError:
        return []


def is_number(value: Any) -> bool:
    """Return whether something is sizes, or was computed from them, and no tensor."""
    import torch

    if isinstance(value, tuple):
        return all(map(is_number, value))
    return value is None or isinstance(value, (bool, int, float, str, torch.dtype))


def number(value: Any) -> Any:
    """Return sizes with a `Batch` for those that grow with the batch."""
    if isinstance(value, tuple):
        return tuple(map(number, value))
    if isinstance(value, int) and value >= BATCH and value % BATCH == 0:
        return Batch(value // BATCH)
    return value


def shape_of(value: Any) -> Shape | None:
    """Return the sizes of a tensor of the dry run without its batch axis; None for anything else."""
    import torch

    if not isinstance(value, torch.Tensor) or value.dim() < 2:
        return None
    batch, *sizes = map(int, value.shape)
    return tuple(sizes) if batch == BATCH and not any(size % BATCH == 0 for size in sizes) else None


def same_value(value: Any, default: Any) -> bool:
    """Return whether a value is the default, where (3, 3) is 3."""
    if isinstance(value, tuple) and not isinstance(default, tuple):
        return all(type(item) is type(default) and item == default for item in value)
    return type(value) is type(default) and bool(value == default)


def scopes_of(node: fx.Node) -> tuple[Scope, ...]:
    """Return the modules that a step is inside of; what it calls itself is none of them."""
    stack = node.meta.get("nn_module_stack") or {}
    inner = [(path, cls) for path, cls in stack.values() if path and path != node.target]
    return tuple(Scope(path, cls if isinstance(cls, str) else dotted(cls)) for path, cls in inner)
