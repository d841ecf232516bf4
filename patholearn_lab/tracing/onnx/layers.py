"""Layers with weights, and pooling."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from patholearn_lab.tracing.onnx.operators import Attributes, Unsupported, decimal, reads, sides

if TYPE_CHECKING:
    import onnx

    from patholearn_lab.tracing.onnx.reader import OnnxReader, Value


@reads("Conv", "ConvTranspose")
def _conv(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    weight = reader.needed(node.input[1], "weights")
    bias = reader.needed(node.input[2], "bias") if len(node.input) > 2 and node.input[2] else None
    if weight.ndim != 4:
        raise Unsupported(f"its weights have {weight.ndim - 2} axes for places, and only images (2) are drawn")
    transposed = node.op_type == "ConvTranspose"
    groups, kernel = attributes.get("group", 1), weight.shape[2:]
    stride, dilation = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    value, padding = _padded(reader, value, attributes, kernel, stride, dilation, transposed=transposed)
    common: dict[str, Any] = {
        "kernel_size": sides(kernel),
        "stride": sides(stride),
        "padding": sides(padding),
        "dilation": sides(dilation),
        "groups": groups,
        "bias": bias is not None,
        "device": "meta",
    }
    if transposed:
        if attributes.get("output_shape"):
            raise Unsupported("it is given by the size of its output")
        extra = {"output_padding": sides(attributes.get("output_padding", [0, 0]))}
        layer: torch.nn.Module = torch.nn.ConvTranspose2d(weight.shape[0], weight.shape[1] * groups, **common, **extra)
    else:
        layer = torch.nn.Conv2d(weight.shape[1] * groups, weight.shape[0], **common)
    return reader.module(layer, value, node.input[1], weight=weight, bias=bias)


@reads("Gemm")
def _gemm(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    if attributes.get("transA", 0):
        raise Unsupported("it turns its first input")
    weight = reader.needed(node.input[1], "weights") * attributes.get("alpha", 1.0)
    weight = weight if attributes.get("transB", 0) else weight.T
    bias = reader.needed(node.input[2], "bias") if len(node.input) > 2 and node.input[2] else None
    return _linear(reader, reader.tensor(node.input[0]), node.input[1], weight, bias, attributes.get("beta", 1.0))


@reads("MatMul")
def _matmul(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    weight = reader.constant(node.input[1])
    if weight is not None and weight.ndim == 2:
        return _linear(reader, reader.tensor(node.input[0]), node.input[1], weight.T, None, 1.0)
    return reader.call(operator.matmul, reader.tensor(node.input[0]), reader.tensor(node.input[1]))


def _linear(reader: OnnxReader, value: Value, name: str, weight: Any, bias: Any, beta: float) -> Value:
    if bias is not None:
        bias = np.broadcast_to(bias.reshape(-1), (weight.shape[0],)) * np.asarray(beta, weight.dtype)
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, device="meta")
    return reader.module(layer, value, name, weight=weight.astype(np.float32), bias=bias)


@reads("BatchNormalization")
def _batch_norm(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    scale, bias, mean, variance = (reader.needed(name, "weights") for name in node.input[1:5])
    kind = torch.nn.BatchNorm2d if value.meta.dim() == 4 else torch.nn.BatchNorm1d
    # ONNX has the share that is kept, torch the share that is new.
    momentum = round(1 - attributes.get("momentum", 0.9), 6)
    layer = kind(len(scale), eps=decimal(attributes.get("epsilon", 1e-5)), momentum=momentum, device="meta")
    return reader.module(layer, value, node.input[1], weight=scale, bias=bias, running_mean=mean, running_var=variance)


@reads("LayerNormalization")
def _layer_norm(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value, scale = reader.tensor(node.input[0]), reader.needed(node.input[1], "weights")
    bias = reader.needed(node.input[2], "bias") if len(node.input) > 2 and node.input[2] else None
    axis = attributes.get("axis", -1) % value.meta.dim()
    if len(node.output) > 1 or scale.shape != tuple(value.meta.shape[axis:]):
        raise Unsupported("it gives more than the normalized values, or its weights are broadcast")
    eps = decimal(attributes.get("epsilon", 1e-5))
    layer = torch.nn.LayerNorm(scale.shape, eps=eps, bias=bias is not None, device="meta")
    return reader.module(layer, value, node.input[1], weight=scale, bias=bias)


@reads("InstanceNormalization", "GroupNormalization")
def _instance_norm(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    scale, bias = (reader.needed(name, "weights") for name in node.input[1:3])
    eps, channels = decimal(attributes.get("epsilon", 1e-5)), value.meta.shape[1]
    if node.op_type == "GroupNormalization":
        if len(scale) != channels:
            raise Unsupported("it has one weight a group, as before opset 21")
        layer: torch.nn.Module = torch.nn.GroupNorm(attributes["num_groups"], channels, eps=eps, device="meta")
    else:
        layer = torch.nn.InstanceNorm2d(channels, eps=eps, affine=True, device="meta")
    return reader.module(layer, value, node.input[1], weight=scale, bias=bias)


@reads("PRelu")
def _prelu(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    slopes = reader.needed(node.input[1], "slopes").reshape(-1)
    layer = torch.nn.PReLU(len(slopes), device="meta")
    return reader.module(layer, reader.tensor(node.input[0]), node.input[1], weight=slopes)


@reads("Dropout")
def _dropout(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    ratio = reader.constant(node.input[1]) if len(node.input) > 1 else None
    share = float(ratio) if ratio is not None else attributes.get("ratio", 0.5)
    return reader.module(torch.nn.Dropout(decimal(share)), reader.tensor(node.input[0]), "dropout")


@reads("MaxPool", "AveragePool")
def _pool(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    kernel = attributes["kernel_shape"]
    if len(kernel) != 2 or len(node.output) > 1:
        raise Unsupported("only images are drawn, and only what a pooling gives first")
    stride, dilation = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    largest = node.op_type == "MaxPool"
    counts = bool(attributes.get("count_include_pad", 0))
    value, padding = _padded(
        reader,
        value,
        attributes,
        kernel,
        stride,
        dilation,
        value=float("-inf") if largest else 0.0,
        exact=largest or counts,
    )
    settings: dict[str, Any] = {"stride": sides(stride), "padding": sides(padding)}
    if attributes.get("ceil_mode", 0):
        settings["ceil_mode"] = True
    if largest:
        if sides(dilation) != 1:
            settings["dilation"] = sides(dilation)
        return reader.call(torch.nn.functional.max_pool2d, value, sides(kernel), **settings)
    if sides(dilation) != 1:
        raise Unsupported("torch has no average pooling with a dilation")
    if sides(padding) != 0:
        settings["count_include_pad"] = counts
    return reader.call(torch.nn.functional.avg_pool2d, value, sides(kernel), **settings)


@reads("GlobalAveragePool", "GlobalMaxPool")
def _global_pool(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    means, value = node.op_type == "GlobalAveragePool", reader.tensor(node.input[0])
    functional: Any = torch.nn.functional
    return reader.call(functional.adaptive_avg_pool2d if means else functional.adaptive_max_pool2d, value, 1)


def _padded(
    reader: OnnxReader,
    tensor: Value,
    attributes: Attributes,
    kernel: Any,
    stride: Any,
    dilation: Any,
    *,
    value: float = 0.0,
    transposed: bool = False,
    exact: bool = True,
) -> tuple[Value, list[int]]:
    """Return the padding as torch's layers take it; where the sides differ the tensor is padded before."""
    pads = list(attributes.get("pads", [0, 0, 0, 0]))
    auto = attributes.get("auto_pad", b"NOTSET").decode()
    if auto in ("SAME_UPPER", "SAME_LOWER") and not transposed:
        pads = [0, 0, 0, 0]
        for axis, (side, k, s, d) in enumerate(zip(tensor.meta.shape[2:], kernel, stride, dilation, strict=True)):
            total = max((-(-side // s) - 1) * s + (k - 1) * d + 1 - side, 0)
            small, large = total // 2, total - total // 2
            pads[axis], pads[axis + 2] = (small, large) if auto == "SAME_UPPER" else (large, small)
    elif auto not in ("NOTSET", "VALID"):
        raise Unsupported(f"it pads by {auto}")
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return tensor, [top, left]
    if transposed or not exact:
        raise Unsupported("its padding differs from side to side")
    settings = {"value": value} if value else {}
    return reader.call(torch.nn.functional.pad, tensor, (left, right, top, bottom), **settings), [0, 0]
