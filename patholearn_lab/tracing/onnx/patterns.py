"""Several operators that are one layer in torch: older files have GELU, SiLU and a bias written out.

The steps that the layer replaces are left without a use, and a program keeps only what its end needs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from patholearn_lab.tracing.program import Ref, Step

if TYPE_CHECKING:
    import onnx

    from patholearn_lab.tracing.onnx.reader import OnnxReader, Value


def recognized(reader: OnnxReader, node: onnx.NodeProto) -> Value | None:
    """Return the layer that an arithmetic operator completes, or None where it is just arithmetic."""
    if node.op_type == "Add":
        return _biased(reader, node)
    return _silu(reader, node) or _gelu(reader, node) if node.op_type == "Mul" else None


def _biased(reader: OnnxReader, node: onnx.NodeProto) -> Value | None:
    """A product with weights, and a row of numbers added to it: a Linear with its bias."""
    for product, row in (node.input, reversed(node.input)):
        bias, value = reader.constant(row), reader.found(product)
        if bias is None or bias.ndim != 1 or value is None or value.step.target != "torch.nn.Linear":
            continue
        if value.step.settings["bias"] or reader.uses[product] > 1 or len(bias) != value.step.settings["out_features"]:
            continue
        return reader.with_bias(value, bias)
    return None


def _silu(reader: OnnxReader, node: onnx.NodeProto) -> Value | None:
    """X · sigmoid(x)."""
    for plain, squeezed in (node.input, reversed(node.input)):
        value, other = reader.found(plain), reader.found(squeezed)
        if value and other and other.step.target == "torch.sigmoid" and other.step.inputs == (value.step.name,):
            return reader.call(torch.nn.functional.silu, value)
    return None


def _gelu(reader: OnnxReader, node: onnx.NodeProto) -> Value | None:
    """½ · x · (1 + erf(x / √2)), whichever way it is multiplied."""
    factors = [part for name in node.input for part in _factors(reader, name)]
    halves = [part for part in factors if isinstance(part, float) and abs(part - 0.5) < 1e-6]
    steps = [part for part in factors if isinstance(part, str)]
    if len(factors) != 3 or len(halves) != 1 or len(steps) != 2:
        return None
    for plain, shifted in (steps, steps[::-1]):
        if _is_shifted_erf(reader, shifted, plain):
            value = reader.of_step(plain)
            return reader.call(torch.nn.functional.gelu, value) if value else None
    return None


def _factors(reader: OnnxReader, name: str) -> list[Any]:
    """Return the factors of a product of two or three: numbers, and names of steps."""
    constant = reader.constant(name)
    if constant is not None:
        return [float(constant.reshape(-1)[0])] if constant.size == 1 else [None]
    value = reader.found(name)
    if value is None:
        return [None]
    if value.step.target == "operator.mul" and reader.uses[name] == 1:
        return [part.step if isinstance(part, Ref) else part for part in value.step.args]
    return [value.step.name]


def _is_shifted_erf(reader: OnnxReader, shifted: str, plain: str) -> bool:
    add = reader.step(shifted)
    erf = _only_input(reader, add) if add and add.target == "operator.add" and 1.0 in add.args else None
    scaled = _only_input(reader, erf) if erf and erf.target == "torch.erf" else None
    if scaled is None or scaled.inputs != (plain,):
        return False
    by = next((part for part in scaled.args if isinstance(part, float)), 0.0)
    wanted = {"operator.truediv": math.sqrt(2), "operator.mul": math.sqrt(0.5)}.get(scaled.target)
    return wanted is not None and abs(by - wanted) < 1e-5


def _only_input(reader: OnnxReader, step: Step) -> Step | None:
    return reader.step(step.inputs[0]) if len(step.inputs) == 1 else None
