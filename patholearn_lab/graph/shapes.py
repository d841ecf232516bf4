"""The shape rules as closed formulas, exact to torch, and the sentences for shapes that do not fit.

Sources of the formulas: the "Shape" sections of torch's documentation of ``Conv2d``, ``MaxPool2d`` and ``AvgPool2d``.
A rule takes milliseconds off every keystroke: the meta device needs 14-21 ms for 50 layers, these need less than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

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


def conv2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """Conv2d: one channel a filter; as many places as the kernel fits."""
    channels, height, width = inputs[0]
    kernel, dilation, groups = values["kernel_size"], values["dilation"], values["groups"]
    for what, count in (("input channels", channels), ("filters", values["out_channels"])):
        if count % groups:
            raise ShapeProblem(
                "groups_do_not_divide",
                f"The {count} {what} cannot be divided into {groups} groups of the same size.",
                {"groups": 1},
                "Use one group",
            )
    if values["same_padding"]:
        if values["stride"] > 1:
            raise ShapeProblem(
                "same_padding_with_stride",
                f"An output of the same size needs stride 1, but the stride is {values['stride']}.",
                {"same_padding": False, "padding": dilation * (kernel - 1) // 2},
                f"Pad by {dilation * (kernel - 1) // 2} instead",
            )
        return (values["out_channels"], height, width)
    sides = [sliding(side, kernel, values["stride"], values["padding"], dilation) for side in (height, width)]
    if min(sides) < 1:
        seen = dilation * (kernel - 1) + 1
        raise ShapeProblem(
            "image_too_small",
            f"The kernel covers {seen} × {seen} pixels, but the image that comes in has only {height} × {width}"
            + (f" (and a padding of {values['padding']})." if values["padding"] else "."),
            {"same_padding": True, "stride": 1},
            "Keep the size by padding",
        )
    return (values["out_channels"], sides[0], sides[1])


def pool2d(values: Values, inputs: tuple[Shape, ...]) -> Shape:
    """MaxPool2d and AvgPool2d: the channels stay; as many places as the window fits."""
    channels, height, width = inputs[0]
    kernel, stride, padding = values["kernel_size"], pool_stride(values), values["padding"]
    if padding > kernel // 2:
        raise ShapeProblem(
            "padding_too_large",
            f"The padding is {padding}; it may be half the window at most, which is {kernel // 2}.",
            {"padding": kernel // 2},
            f"Set the padding to {kernel // 2}",
        )
    sides = [sliding(side, kernel, stride, padding) for side in (height, width)]
    if min(sides) < 1:
        raise ShapeProblem(
            "image_too_small",
            f"The window covers {kernel} × {kernel} pixels, but the image that comes in has only {height} × {width}.",
        )
    return (channels, sides[0], sides[1])


def pool_stride(values: Values) -> int:
    """Return a pooling's step: the window's size where it is left empty."""
    stride = values["stride"]
    return int(values["kernel_size"] if stride is None else stride)


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
