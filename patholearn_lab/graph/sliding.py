"""What slides over an image: the sizes that convolutions and pooling give, and the padding that keeps them.

Sources of the formulas: the "Shape" sections of torch's documentation of ``Conv2d``, ``ConvTranspose2d``, ``MaxPool2d``
and ``AvgPool2d``; for ``same_padding``, TensorFlow's ``tf.nn`` ("SAME"), which PathoLearn follows as well.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.shapes import ShapeProblem, pair, show
from patholearn_lab.graph.spec import Pad, Shape, Values


def kernel_span(values: Values) -> tuple[int, int]:
    """Return how many pixels a kernel covers along height and width, the gaps of its dilation included."""
    height, width = (
        distance * (size - 1) + 1
        for size, distance in zip(pair(values["kernel_size"]), pair(values.get("dilation", 1)), strict=True)
    )
    return height, width


def places(size: int, span: int, stride: int, padding: int, *, ceil_mode: bool = False) -> int:
    """Return at how many places a kernel fits along a side that is padded at both ends (0 or less: at none).

    With `ceil_mode` a last window may stick out at the end, as long as it begins inside.
    """
    room = size + 2 * padding - span
    if not ceil_mode:
        return room // stride + 1
    count = ceil(room / stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def same_padding(size: int, span: int, stride: int) -> tuple[int, int]:
    """Return the padding before and after a side that gives ``ceil(size / stride)`` places.

    Where it is odd, the end gets the larger half. ``same_padding(64, 3, 2)`` is ``(0, 1)``.
    """
    missing = max((ceil(size / stride) - 1) * stride + span - size, 0)
    return missing // 2, missing - missing // 2


def same_sides(values: Values, inputs: tuple[Shape, ...]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the same padding of a kind with kernel and stride: (top, bottom), (left, right)."""
    rows, columns = (
        same_padding(*side) for side in zip(inputs[0][1:], kernel_span(values), pair(pool_stride(values)), strict=True)
    )
    return rows, columns


def is_even(sides: tuple[tuple[int, int], tuple[int, int]]) -> bool:
    """Return whether a padding is the same at both ends of each side, which torch's own argument can say."""
    return all(before == after for before, after in sides)


def same_argument(values: Values, inputs: tuple[Shape, ...]) -> Any:
    """Return the smaller half of the same padding, as torch's own argument takes it: one number, or two."""
    (top, _), (left, _) = same_sides(values, inputs)
    return top if top == left else (top, left)


def same_pad(values: Values, inputs: tuple[Shape, ...], value: float = 0.0) -> Pad:
    """Return the same padding as ``F.pad`` takes it."""
    (top, bottom), (left, right) = same_sides(values, inputs)
    return Pad((left, right, top, bottom), value)


def conv2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Conv2d: one channel a filter; as many places as the kernel fits."""
    _check_groups(values, inputs)
    _, height, width = inputs[0]
    strides, span = pair(values["stride"]), kernel_span(values)
    if values["same_padding"]:
        return (values["out_channels"], ceil(height / strides[0]), ceil(width / strides[1]))
    paddings = pair(values["padding"])
    rows, columns = map(places, (height, width), span, strides, paddings)
    if min(rows, columns) < 1:
        padded = f" (and a padding of {show(paddings)})" if any(paddings) else ""
        raise ShapeProblem(
            "image_too_small",
            f"The kernel covers {span[0]} × {span[1]} pixels, but the image that comes in has only "
            f"{height} × {width}{padded}.",
            {"same_padding": True},
            "Keep the size by padding",
        )
    return (values["out_channels"], rows, columns)


def conv_transpose2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """ConvTranspose2d: every pixel that comes in is spread over a kernel, `stride` pixels apart."""
    _check_groups(values, inputs)
    strides, dilations = pair(values["stride"]), pair(values["dilation"])
    paddings, extras = pair(values["padding"]), pair(values["output_padding"])
    most = tuple(map(max, strides, dilations))
    if any(extra >= bound for extra, bound in zip(extras, most, strict=True)):
        fitting = size_text([min(extra, bound - 1) for extra, bound in zip(extras, most, strict=True)])
        raise ShapeProblem(
            "output_padding_too_large",
            f"The output padding is {show(extras)}; it has to be smaller than the stride ({show(strides)}) "
            "or the dilation.",
            {"output_padding": fitting},
            f"Set the output padding to {fitting}",
        )
    height, width = (
        (size - 1) * stride - 2 * padding + span + extra
        for size, stride, padding, span, extra in zip(
            inputs[0][1:], strides, paddings, kernel_span(values), extras, strict=True
        )
    )
    if min(height, width) < 1:
        raise ShapeProblem(
            "padding_too_large",
            f"The padding of {show(paddings)} takes away all that the kernel writes: {height} × {width} pixels are "
            "left.",
            {"padding": 0},
            "Set the padding to 0",
        )
    return (values["out_channels"], height, width)


def pool2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """MaxPool2d and AvgPool2d: the channels stay; as many places as the window fits."""
    channels, height, width = inputs[0]
    strides, span = pair(pool_stride(values)), kernel_span(values)
    if values["same_padding"]:
        return (channels, ceil(height / strides[0]), ceil(width / strides[1]))
    paddings, half = pair(values["padding"]), [side // 2 for side in pair(values["kernel_size"])]
    if any(padding > most for padding, most in zip(paddings, half, strict=True)):
        raise ShapeProblem(
            "padding_too_large",
            f"The padding is {show(paddings)}; it may be half the window at most, which is {size_text(half)}.",
            {"padding": size_text(half)},
            f"Set the padding to {size_text(half)}",
        )
    rows, columns = (
        places(*side, ceil_mode=values["ceil_mode"])
        for side in zip((height, width), span, strides, paddings, strict=True)
    )
    if min(rows, columns) < 1:
        raise ShapeProblem(
            "image_too_small",
            f"The window covers {span[0]} × {span[1]} pixels, but the image that comes in has only {height} × {width}.",
        )
    return (channels, rows, columns)


def avg_pool2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """AvgPool2d: as `pool2d`; a mean that leaves out the padding cannot be padded on one side only at stride 1."""
    uneven = [before != after for before, after in same_sides(values, inputs)]
    strides, windows = pair(pool_stride(values)), pair(values["kernel_size"])
    if values["same_padding"] and any(odd and stride == 1 for odd, stride in zip(uneven, strides, strict=True)):
        better = size_text([side + 1 - side % 2 for side in windows])
        raise ShapeProblem(
            "even_window",
            f"A window of {show(windows)} has no middle, so with a stride of 1 its means would stand half a pixel "
            "beside their places. An odd window has one.",
            {"kernel_size": better, "stride": size_text(strides)},
            f"Use a window of {better}",
        )
    return pool2d(values, inputs)


def pool_stride(values: Values) -> Any:
    """Return a step: the window's size where a pooling leaves it empty."""
    return values["kernel_size"] if values["stride"] is None else values["stride"]


def adaptive_pool2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """AdaptiveAvgPool2d and AdaptiveMaxPool2d: the size that was asked for, whatever comes in."""
    return (inputs[0][0], *pair(values["output_size"]))


def _check_groups(values: Values, inputs: tuple[Shape, ...]) -> None:
    for what, count in (("input channels", inputs[0][0]), ("filters", values["out_channels"])):
        if count % values["groups"]:
            raise ShapeProblem(
                "groups_do_not_divide",
                f"The {count} {what} cannot be divided into {values['groups']} groups of the same size.",
                {"groups": 1},
                "Use one group",
            )
