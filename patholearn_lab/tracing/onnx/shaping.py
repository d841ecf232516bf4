"""Operators that only put values elsewhere."""

from __future__ import annotations

import operator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from patholearn_lab.tracing.onnx.operators import Attributes, Unsupported, reads
from patholearn_lab.tracing.torch_calls import BATCH

if TYPE_CHECKING:
    import onnx

    from patholearn_lab.tracing.onnx.reader import OnnxReader, Value


@reads("Flatten")
def _flatten(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    if attributes.get("axis", 1) % value.meta.dim() != 1:
        raise Unsupported("it flattens the batch axis too")
    return reader.call(torch.flatten, value, 1)


@reads("Reshape")
def _reshape(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    wanted = [int(size) for size in reader.needed(node.input[1], "sizes")]
    sizes = [value.meta.shape[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    batch = value.meta.shape[0]
    if sizes[1:] and sizes[0] == reader.fixed_batch and batch == BATCH:
        # The file was made for one batch; the drawing takes any.
        sizes[0] = batch if -1 in sizes[1:] or _fits(value, sizes) else sizes[0]
    if len(sizes) == 2 and sizes[0] in (-1, batch) and sizes[1] in (-1, prod(value.meta.shape[1:])):
        return reader.call(torch.flatten, value, 1)
    return reader.call(torch.reshape, value, tuple(sizes))


def _fits(value: Value, sizes: list[int]) -> bool:
    """Return whether sizes with the batch in front of the others hold all values."""
    return prod(sizes[1:]) == prod(value.meta.shape[1:])


@reads("Transpose")
def _transpose(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    order = attributes.get("perm") or list(reversed(range(value.meta.dim())))
    return reader.call(torch.permute, value, tuple(order))


@reads("Squeeze", "Unsqueeze")
def _squeeze(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    given = reader.needed(node.input[1], "axes") if len(node.input) > 1 else attributes.get("axes")
    if given is None:
        raise Unsupported("it does not say which axes go")
    if node.op_type == "Squeeze":
        return reader.call(torch.squeeze, value, tuple(int(axis) for axis in given))
    rank = value.meta.dim() + len(given)
    for axis in sorted(int(axis) % rank for axis in given):
        value = reader.call(torch.unsqueeze, value, axis)
    return value


@reads("Concat")
def _concat(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    return reader.call(torch.cat, [reader.tensor(name) for name in node.input], attributes["axis"])


@reads("Split")
def _split(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> tuple[Value, ...]:
    value = reader.tensor(node.input[0])
    axis = attributes.get("axis", 0)
    given = reader.needed(node.input[1], "sizes") if len(node.input) > 1 and node.input[1] else attributes.get("split")
    size = value.meta.shape[axis]
    parts = [int(part) for part in given] if given is not None else [-(-size // len(node.output))] * len(node.output)
    parts[-1] = size - sum(parts[:-1])
    starts = [sum(parts[:number]) for number in range(len(parts))]
    return tuple(
        reader.call(torch.narrow, value, axis, start, length) for start, length in zip(starts, parts, strict=True)
    )


@reads("Slice")
def _slice(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    if len(node.input) > 1:
        starts, ends, *more = ([int(item) for item in reader.needed(name, "limits")] for name in node.input[1:] if name)
    else:
        starts, ends, more = attributes["starts"], attributes["ends"], [attributes.get("axes", [])]
    axes = more[0] if more and more[0] else range(len(starts))
    steps = more[1] if len(more) > 1 else [1] * len(starts)
    index: list[Any] = [slice(None)] * value.meta.dim()
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        if step < 1:
            raise Unsupported("it goes backwards")
        size = value.meta.shape[axis]
        index[axis] = slice(start or None, None if end >= size else end, step if step > 1 else None)
    return reader.call(operator.getitem, value, tuple(index))


@reads("Gather")
def _gather(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    axis, index = attributes.get("axis", 0), reader.needed(node.input[1], "indices")
    if index.ndim == 0:
        return reader.call(torch.select, value, axis, int(index))
    if index.ndim == 1:
        return reader.call(torch.index_select, value, axis, reader.weight(node.input[1]))
    raise Unsupported("it takes places by a table with several axes")


@reads("Expand")
def _expand(reader: OnnxReader, node: onnx.NodeProto, _attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    wanted = [int(size) for size in reader.needed(node.input[1], "sizes")]
    sizes = np.broadcast_shapes(tuple(wanted), tuple(value.meta.shape))
    return reader.call(torch.broadcast_to, value, tuple(sizes))


@reads("Shape")
def _shape(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Any:
    sizes = reader.tensor(node.input[0]).meta.shape[attributes.get("start", 0) : attributes.get("end")]
    return np.asarray(sizes, dtype=np.int64)


@reads("Pad")
def _pad(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    amounts = reader.needed(node.input[1], "amounts") if len(node.input) > 1 else attributes["pads"]
    if len(node.input) > 3 and node.input[3]:
        raise Unsupported("it pads chosen axes only")
    filling = reader.constant(node.input[2]) if len(node.input) > 2 and node.input[2] else None
    rank = value.meta.dim()
    both = [int(amounts[axis + side * rank]) for axis in reversed(range(rank)) for side in (0, 1)]
    while len(both) > 2 and both[-2:] == [0, 0]:
        both = both[:-2]
    mode = attributes.get("mode", b"constant").decode()
    names = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    settings: dict[str, Any] = {} if mode == "constant" else {"mode": names[mode]}
    if filling is not None and mode == "constant" and float(filling):
        settings["value"] = float(filling)
    return reader.call(torch.nn.functional.pad, value, tuple(both), **settings)


@reads("Resize", "Upsample")
def _resize(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    value = reader.tensor(node.input[0])
    if value.meta.dim() != 4:
        raise Unsupported("only images are made larger or smaller")
    sizes = reader.constant(node.input[3]) if len(node.input) > 3 and node.input[3] else None
    index = 1 if node.op_type == "Upsample" else 2
    scales = reader.constant(node.input[index]) if len(node.input) > index and node.input[index] else None
    mode = attributes.get("mode", b"nearest").decode()
    places = attributes.get("coordinate_transformation_mode", b"half_pixel").decode()
    modes = {"nearest": "nearest", "linear": "bilinear", "bilinear": "bilinear", "cubic": "bicubic"}
    nearest_as_torch = places == "asymmetric" and attributes.get("nearest_mode", b"round_prefer_floor") == b"floor"
    if mode == "nearest" and not nearest_as_torch and node.op_type == "Resize":
        if places not in ("half_pixel", "pytorch_half_pixel"):
            raise Unsupported(f"torch has no nearest neighbor with {places}")
        modes["nearest"] = "nearest-exact"
    if mode != "nearest" and places not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        raise Unsupported(f"torch has no {mode} with {places}")
    settings: dict[str, Any] = {"mode": modes[mode]}
    if mode != "nearest":
        settings["align_corners"] = places == "align_corners"
    if sizes is not None:
        return reader.call(torch.nn.functional.interpolate, value, size=(int(sizes[2]), int(sizes[3])), **settings)
    if scales is None:
        raise Unsupported("its sizes are computed while the network runs")
    factors = [float(scale) for scale in scales[2:]]
    factor: Any = factors[0] if factors[0] == factors[1] else tuple(factors)
    whole = int(factor) if isinstance(factor, float) and factor.is_integer() else factor
    return reader.call(torch.nn.functional.interpolate, value, scale_factor=whole, **settings)


@reads("DepthToSpace")
def _depth_to_space(reader: OnnxReader, node: onnx.NodeProto, attributes: Attributes) -> Value:
    if attributes.get("mode", b"DCR") != b"CRD":
        raise Unsupported("it puts the channels in another order than torch's PixelShuffle")
    return reader.call(torch.nn.functional.pixel_shuffle, reader.tensor(node.input[0]), attributes["blocksize"])
