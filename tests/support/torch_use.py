"""A node of a kind used as the emitted cell would use it, with torch."""

from __future__ import annotations

import importlib
from typing import Any

import torch

from patholearn_lab.codegen.model import statement_of
from patholearn_lab.codegen.statements import statement_lines
from patholearn_lab.graph.calls import write_call
from patholearn_lab.graph.spec import BATCH, NodeSpec, Shape


def used(spec: NodeSpec, values: dict[str, Any], inputs: tuple[Shape, ...], tensors: list[torch.Tensor]) -> Any:
    """Make a node's module, or find its function, use it as the cell would, and return both it and what it gives."""
    call = write_call(spec, values, inputs)
    target = call.target or spec.target
    positional = [_with_batch(value, len(tensors[0])) for value in call.positional]
    if call.pad:
        tensors = [torch.nn.functional.pad(tensors[0], call.pad.amounts, value=call.pad.value)]
    space: dict[str, Any] = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    exec(spec.source, space)
    module, _, name = target.rpartition(".")
    function = getattr(importlib.import_module(module), name) if module else space.get(name)
    is_module = spec.style == "module"
    layer = function(*positional, **call.keywords) if is_module else function
    statement = statement_of(spec, values)
    if not statement:
        given_ = [tensors] if spec.style == "list" else tensors
        further = ((), {}) if is_module else (positional, call.keywords)
        return layer, layer(*given_, *further[0], **further[1])
    names = [f"tensor_{number}" for number in range(len(tensors))]
    further_ = [] if is_module else [*map(repr, positional), *(f"{k}={v!r}" for k, v in call.keywords.items())]
    space |= {"layer": layer, **dict(zip(names, tensors, strict=True))}
    exec("\n".join(statement_lines(0, statement, "output", "layer", names, further_)), space)
    return layer, space["output"]


def _with_batch(value: Any, batch: int) -> Any:
    return tuple(batch if size is BATCH else size for size in value) if isinstance(value, tuple) else value
