"""Reads an ``nn.Module`` by tracing it with torch.fx: no data runs through it, and no weight is copied.

A ``forward`` that torch.fx cannot follow, because it looks at sizes as it runs or changes tensors in place that it goes
on with, is read by torch.export.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.tracing.examples import Examples, examples_of
from patholearn_lab.tracing.in_place import is_seen_later
from patholearn_lab.tracing.program import WEIGHT, Program, Ref, Step
from patholearn_lab.tracing.torch_calls import (
    BATCH,
    dotted,
    function_settings,
    is_number,
    number,
    scopes_of,
    settings_of,
    shape_of,
)

if TYPE_CHECKING:
    import torch
    from torch import fx

_LOG = logging.getLogger(__name__)


def trace(module: torch.nn.Module, example: Any, leaves: Container[str]) -> Program:
    """Return the calls of a module in eval mode.

    Parameters
    ----------
    module
        The network. Its mode is as before afterwards.
    example
        One input as ``forward`` takes it, ``[N, ...]``, or a pair of one and a table ``[N, features]``; only sizes and
        types are used.
    leaves
        Dotted names of classes that are one step, not looked into. All of torch.nn's own are.

    Raises
    ------
    InvalidInputError
        When ``forward`` decides by values, or does not take the example, or the example is no such thing.
    """
    examples = examples_of(example)
    was_training = module.training
    module.eval()
    try:
        traced = _symbolic_trace(module, leaves)
        if traced is not None:
            _dry_run(traced, examples)
            if not is_seen_later(traced):
                return _program(traced, module, examples)
        # It takes seconds longer, and only few networks need it.
        from patholearn_lab.tracing.exported import read_exported

        return read_exported(module, examples)
    finally:
        module.train(was_training)


def _symbolic_trace(module: torch.nn.Module, leaves: Container[str]) -> fx.GraphModule | None:
    """Return the calls of a module; None where torch.fx cannot follow it."""
    import torch

    class Tracer(torch.fx.Tracer):
        def is_leaf_module(self, m: torch.nn.Module, module_qualified_name: str) -> bool:
            return dotted(type(m)) in leaves or super().is_leaf_module(m, module_qualified_name)

    before = set(vars(module))
    try:
        return torch.fx.GraphModule(module, Tracer().trace(module))
    except Exception as error:
        _LOG.info("torch.fx cannot trace %s: %s", type(module).__name__, error)
        return None
    finally:
        # torch.fx leaves the tensors that forward makes on the module.
        for name in set(vars(module)) - before:
            delattr(module, name)


def _dry_run(traced: fx.GraphModule, examples: Examples) -> None:
    """Write into every step's ``meta`` what it gives for a batch of `BATCH`, without computing anything."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode

    class Sizes(torch.fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            n.meta["value"] = super().run_node(n)
            return n.meta["value"]

    try:
        with torch.no_grad(), FakeTensorMode(allow_non_fake_inputs=True):
            Sizes(traced, garbage_collect_values=False).run(*examples.of(BATCH))
    except Exception as error:
        raise InvalidInputError(
            f"The network does not take an example of the shape {examples}: {error}",
            "Give an example as the network takes it, with the batch first: torch.zeros(1, 3, 224, 224).",
        ) from error


def _program(traced: fx.GraphModule, module: torch.nn.Module, examples: Examples) -> Program:
    starts = [node.name for node in traced.graph.nodes if node.op == "placeholder"]
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
        if node.op not in ("placeholder", "output") and not is_number(node.meta["value"])
    ]
    return Program(
        name=type(module).__name__,
        start=starts[0],
        shape=examples.shape,
        beside=examples.beside(starts),
        steps=tuple(steps),
        end=result.name,
        tensors={**_constants(traced), **module.state_dict()},
    )


def _constants(traced: fx.GraphModule) -> dict[str, torch.Tensor]:
    """Return the tensors that ``forward`` made while it was traced, and others that are no parameters or buffers."""
    targets = [str(node.target) for node in traced.graph.nodes if node.op == "get_attr"]
    return {target: attrgetter(target)(traced).detach() for target in targets}


def _step(traced: fx.GraphModule, node: fx.Node) -> Step:
    return replace(_plain_step(traced, node), scopes=scopes_of(node))


def _plain_step(traced: fx.GraphModule, node: fx.Node) -> Step:
    import torch

    args, kwargs = _plain(node.args), _plain(node.kwargs)
    shape = shape_of(node.meta["value"])
    if node.op == "call_module":
        module = traced.get_submodule(str(node.target))
        state = {name: f"{node.target}.{name}" for name in module.state_dict()}
        path = str(node.target)
        return Step(node.name, dotted(type(module)), args, kwargs, *settings_of(module), shape, state, path)
    if node.op == "get_attr":
        return Step(node.name, WEIGHT, shape=shape, state={"": str(node.target)}, path=str(node.target))
    if node.op == "call_method":
        function = getattr(torch, str(node.target), None)
        if not callable(function):
            # There is none, or torch.float, which is no function.
            function = getattr(torch.Tensor, str(node.target))
        return Step(
            node.name, f"torch.Tensor.{node.target}", args, kwargs, *function_settings(function, args, kwargs), shape
        )
    assert callable(node.target)
    return Step(node.name, dotted(node.target), args, kwargs, *function_settings(node.target, args, kwargs), shape)


def _plain(value: Any) -> Any:
    """Return arguments with references in the place of nodes."""
    import torch

    if isinstance(value, torch.fx.Node):
        found = value.meta["value"]
        return number(found) if is_number(found) else Ref(value.name)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(_plain(value.start), _plain(value.stop), _plain(value.step))
    if isinstance(value, (tuple, list)):
        items = [_plain(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return value
