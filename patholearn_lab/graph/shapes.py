"""The shape rules as closed formulas, exact to torch, and the sentences for shapes that do not fit.

Sources of the formulas: the "Shape" sections of torch's documentation of ``Conv2d``, ``MaxPool2d`` and ``AvgPool2d``.
A rule takes milliseconds off every keystroke: the meta device needs 14-21 ms for 50 layers, these need less than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Shape, Values


class ShapeProblem(Exception):  # noqa: N818  (an issue in the making, no failure of the program)
    """Shapes or settings that do not fit together.

    Parameters
    ----------
    code
        The issue's code.
    message
        What is wrong, as a sentence; the node is named around it.
    params, label
        Parameters that would mend it, and what to call that; none where there is no such way out.
    """

    def __init__(
        self, code: str, message: str, params: Mapping[str, ParamValue] | None = None, label: str = ""
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = dict(params or {})
        self.label = label


def show(shape: Shape) -> str:
    """Return a shape as people write it: ``6 × 28 × 28``."""
    return " × ".join(str(size) for size in shape)


def sliding(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Return at how many places a kernel fits into `size` pixels padded on both sides (0 or less: at none)."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def flat(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Flatten: all values of an image in one row."""
    return (prod(inputs[0]),)


def unchanged(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Keep the input's shape."""
    return inputs[0]


def linear(values: Values, _inputs: tuple[Shape, ...]) -> Shape:
    """Linear: the number of outputs."""
    return (values["out_features"],)


def pair(size: Any) -> tuple[int, int]:
    """Return a size as (height, width): 3 is (3, 3)."""
    return size if isinstance(size, tuple) else (size, size)


def conv2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Conv2d: one channel a filter; as many places as the kernel fits."""
    channels, height, width = inputs[0]
    groups = values["groups"]
    for what, count in (("input channels", channels), ("filters", values["out_channels"])):
        if count % groups:
            raise ShapeProblem(
                "groups_do_not_divide",
                f"The {count} {what} cannot be divided into {groups} groups of the same size.",
                {"groups": 1},
                "Use one group",
            )
    seen = tuple(d * (k - 1) + 1 for k, d in zip(pair(values["kernel_size"]), pair(values["dilation"]), strict=True))
    if values["same_padding"]:
        if values["stride"] != 1:
            half = size_text([side // 2 for side in seen])
            raise ShapeProblem(
                "same_padding_with_stride",
                f"An output of the same size needs stride 1, but the stride is {show(pair(values['stride']))}.",
                {"same_padding": False, "padding": half},
                f"Pad by {half} instead",
            )
        return (values["out_channels"], height, width)
    sides = _places((height, width), seen, values)
    if min(sides) < 1:
        padding = values["padding"]
        raise ShapeProblem(
            "image_too_small",
            f"The kernel covers {seen[0]} × {seen[1]} pixels, but the image that comes in has only {height} × {width}"
            + (f" (and a padding of {padding})." if padding else "."),
            {"same_padding": True, "stride": 1},
            "Keep the size by padding",
        )
    return (values["out_channels"], *sides)


def pool2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """MaxPool2d and AvgPool2d: the channels stay; as many places as the window fits."""
    channels, height, width = inputs[0]
    window = pair(values["kernel_size"])
    half = [side // 2 for side in window]
    if any(padding > most for padding, most in zip(pair(values["padding"]), half, strict=True)):
        raise ShapeProblem(
            "padding_too_large",
            f"The padding is {values['padding']}; it may be half the window at most, which is {size_text(half)}.",
            {"padding": size_text(half)},
            f"Set the padding to {size_text(half)}",
        )
    sides = _places((height, width), window, {**values, "stride": pool_stride(values)})
    if min(sides) < 1:
        raise ShapeProblem(
            "image_too_small",
            f"The window covers {window[0]} × {window[1]} pixels, but the image that comes in has only "
            f"{height} × {width}.",
        )
    return (channels, *sides)


def pool_stride(values: Values) -> Any:
    """Return a pooling's step: the window's size where it is left empty."""
    return values["kernel_size"] if values["stride"] is None else values["stride"]


def _places(sides: tuple[int, int], seen: tuple[int, ...], values: Values) -> tuple[int, int]:
    """Return at how many places along height and width something that covers `seen` pixels fits."""
    strides, paddings = pair(values["stride"]), pair(values["padding"])
    return (
        sliding(sides[0], seen[0], strides[0], paddings[0]),
        sliding(sides[1], seen[1], strides[1], paddings[1]),
    )


def added(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Add: all shapes are equal."""
    if len(set(inputs)) > 1:
        listed = " and ".join(dict.fromkeys(show(shape) for shape in inputs))
        raise ShapeProblem(
            "shapes_differ",
            f"Only equal shapes can be added value by value, but {listed} come in.",
        )
    return inputs[0]


def concatenated(_values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Concatenate along the channels (or features): everything else is equal."""
    if len({shape[1:] for shape in inputs}) > 1 or len({len(shape) for shape in inputs}) > 1:
        listed = " and ".join(dict.fromkeys(show(shape) for shape in inputs))
        raise ShapeProblem(
            "shapes_differ",
            f"Only images of equal height and width can be put behind one another, but {listed} come in.",
        )
    return (sum(shape[0] for shape in inputs), *inputs[0][1:])
