"""Activations, and operators that compute value by value."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import onnx
import torch

from patholearn_lab.tracing.onnx.operators import OPERATORS, Attributes, Handler, Unsupported, decimal, reads
from patholearn_lab.tracing.onnx.patterns import recognized

if TYPE_CHECKING:
    from patholearn_lab.tracing.onnx.reader import OnnxReader, Value


@reads("Softmax", "LogSoftmax")
def _softmax(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    functional = torch.nn.functional
    function = functional.softmax if node.op_type == "Softmax" else functional.log_softmax
    return reader.call(function, reader.tensor(node.input[0]), dim=attributes.get("axis", -1))


@reads("LeakyRelu", "Elu", "Gelu")
def _activation(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    functional, value = torch.nn.functional, reader.tensor(node.input[0])
    if node.op_type == "Gelu":
        how = attributes.get("approximate", b"none").decode()
        return reader.call(functional.gelu, value, **({} if how == "none" else {"approximate": how}))
    if node.op_type == "Elu":
        return reader.call(functional.elu, value, alpha=decimal(attributes.get("alpha", 1.0)))
    return reader.call(functional.leaky_relu, value, negative_slope=decimal(attributes.get("alpha", 0.01)))


@reads("HardSigmoid")
def _hard_sigmoid(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    slope, middle = attributes.get("alpha", 0.2), attributes.get("beta", 0.5)
    if abs(slope - 1 / 6) > 1e-6 or middle != 0.5:
        raise Unsupported(f"torch's has the slope 1/6, not {slope:g}")
    return reader.call(torch.nn.functional.hardsigmoid, reader.tensor(node.input[0]))


@reads("Clip")
def _clip(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    limits = [attributes.get("min"), attributes.get("max")]
    for place, name in enumerate(node.input[1:3]):
        if name:
            limits[place] = float(reader.needed(name, "limits"))
    if limits == [0.0, 6.0]:
        return reader.call(torch.nn.functional.relu6, value)
    return reader.call(torch.clamp, value, limits[0], limits[1])


@reads("ReduceMean", "ReduceSum", "ReduceMax")
def _reduce(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    given = reader.needed(node.input[1], "axes") if len(node.input) > 1 and node.input[1] else attributes.get("axes")
    if given is None:
        raise Unsupported("it puts all images of the batch together")
    functions: dict[str, Any] = {"ReduceMean": torch.mean, "ReduceSum": torch.sum, "ReduceMax": torch.amax}
    axes = tuple(int(axis) for axis in given)
    return reader.call(functions[node.op_type], value, axes, bool(attributes.get("keepdims", 1)))


@reads("Add", "Sub", "Mul", "Div", "Pow")
def _arithmetic(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    found = recognized(reader, node)
    if found is not None:
        return found
    functions = {
        "Add": operator.add,
        "Sub": operator.sub,
        "Mul": operator.mul,
        "Div": operator.truediv,
        "Pow": operator.pow,
    }
    return reader.call(functions[node.op_type], *(operand(reader, name) for name in node.input))


def operand(reader: OnnxReader, name: str) -> Any:
    """Return an operand: a constant with one value is written as a number."""
    constant = reader.constant(name)
    if constant is not None and constant.size == 1:
        return decimal(float(constant.reshape(-1)[0]))
    return reader.tensor(name)


@reads("Cast")
def _cast(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    if attributes["to"] != onnx.TensorProto.FLOAT:
        raise Unsupported("it makes other numbers than float32 of the values")
    return reader.tensor(node.input[0])


@reads("Identity")
def _identity(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    return reader.tensor(node.input[0])


_SAME = {
    "Relu": "nn.functional.relu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "HardSwish": "nn.functional.hardswish",
    "Mish": "nn.functional.mish",
    "Softplus": "nn.functional.softplus",
    "Selu": "nn.functional.selu",
    "Sqrt": "sqrt",
    "Exp": "exp",
    "Log": "log",
    "Abs": "abs",
    "Neg": "neg",
    "Erf": "erf",
    "Reciprocal": "reciprocal",
    "Max": "maximum",
    "Min": "minimum",
}
"""Operators that are a function of torch under another name."""


def _renamed(path: str) -> Handler:
    def read(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
        function = operator.attrgetter(path)(torch)
        return reader.call(function, *(reader.tensor(name) for name in node.input))

    return read


for _name, _path in _SAME.items():
    OPERATORS[_name] = _renamed(_path)
