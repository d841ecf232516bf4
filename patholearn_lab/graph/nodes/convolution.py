"""Convolutions: filters that slide over an image, and those that write a larger one."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import cost, sliding, windows
from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.shapes import pair
from patholearn_lab.graph.spec import Argument, NodeSpec, Pad, Param, Port, Shape, Values


def _padding(values: Values, inputs: tuple[Shape, ...]) -> Any:
    """Return torch's argument; torch knows "same" for stride 1 only."""
    if not values["same_padding"]:
        return values["padding"]
    if pair(values["stride"]) == (1, 1):
        return "same"
    return 0 if _pad(values, inputs) else sliding.same_argument(values, inputs)


def _pad(values: Values, inputs: tuple[Shape, ...]) -> Pad | None:
    """Return the padding that torch's argument cannot say, which is the same at both ends."""
    if not values["same_padding"] or pair(values["stride"]) == (1, 1):
        return None
    return None if sliding.is_even(sliding.same_sides(values, inputs)) else sliding.same_pad(values, inputs)


def _read_padding(value: Any) -> dict[str, ParamValue]:
    return {"same_padding": True} if value == "same" else {"padding": 0 if value == "valid" else size_text(value)}


def _in_channels(_values: Values, inputs: tuple[Shape, ...]) -> int:
    return inputs[0][0]


_INPUTS = (Port(name="input", label="Image", types=("image",)),)
_OUTPUTS = (Port(name="output", label="One image per filter", types=("image",)),)
_OUT_CHANNELS = Param(
    name="out_channels",
    type="int",
    default=32,
    minimum=1,
    maximum=65_536,
    label="Filters",
    help="Number of patterns to learn; each gives one channel of the output.",
)
_DILATION = Param(
    name="dilation",
    type="size",
    default=1,
    minimum=1,
    maximum=64,
    label="Dilation",
    basic=False,
    help="Distance between the pixels that a filter looks at. 1: they are neighbors.",
)
_GROUPS = Param(
    name="groups",
    type="int",
    default=1,
    minimum=1,
    maximum=65_536,
    label="Groups",
    basic=False,
    help="Parts into which the channels are divided, each with filters of its own. 1: every filter sees all.",
)
_BIAS = Param(
    name="bias",
    type="bool",
    default=True,
    label="Bias",
    basic=False,
    help="Adds one learned number to each filter's output. Not needed right before a batch norm.",
)

CONV2D = NodeSpec(
    kind="conv2d",
    label="Conv 2D",
    category="Layers",
    summary="Slides small filters over the image; each filter learns to answer to one pattern.",
    target="torch.nn.Conv2d",
    stem="conv",
    basic=True,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(
        _OUT_CHANNELS,
        Param(
            name="kernel_size",
            type="size",
            default=3,
            minimum=1,
            maximum=255,
            unit="px",
            label="Kernel size",
            help="Side of the square that a filter looks at.",
        ),
        Param(
            name="same_padding",
            type="bool",
            default=False,
            label="Keep the size",
            help="Pads the border so that only the stride makes the image smaller: the output has the input's size "
            "divided by the stride, rounded up. Padding is not used then.",
        ),
        Param(
            name="stride",
            type="size",
            default=1,
            minimum=1,
            maximum=255,
            unit="px",
            label="Stride",
            help="Step from one place of the filter to the next. 2 halves the size.",
        ),
        Param(
            name="padding",
            type="size",
            default=0,
            minimum=0,
            maximum=255,
            unit="px",
            label="Padding",
            basic=False,
            help="Rows and columns of zeros put around the image.",
        ),
        _DILATION,
        _GROUPS,
        _BIAS,
    ),
    shape=sliding.conv2d,
    parameters=cost.conv2d_parameters,
    multiply_adds=cost.conv2d_multiply_adds,
    window=windows.conv2d,
    pad=_pad,
    arguments=(
        Argument("in_channels", derived=_in_channels, positional=True),
        Argument("out_channels", positional=True),
        Argument("kernel_size"),
        Argument("stride", default=1),
        Argument("padding", default=0, derived=_padding, read=_read_padding),
        Argument("dilation", default=1),
        Argument("groups", default=1),
        Argument("bias", default=True),
    ),
)

CONV_TRANSPOSE2D = NodeSpec(
    kind="conv_transpose2d",
    label="Transposed conv 2D",
    category="Layers",
    summary="Makes an image larger with learned filters: each pixel is spread over a small patch.",
    target="torch.nn.ConvTranspose2d",
    stem="up",
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(
        _OUT_CHANNELS,
        Param(
            name="kernel_size",
            type="size",
            default=2,
            minimum=1,
            maximum=255,
            unit="px",
            label="Kernel size",
            help="Side of the patch that every pixel is spread over.",
        ),
        Param(
            name="stride",
            type="size",
            default=2,
            minimum=1,
            maximum=64,
            unit="px",
            label="Stride",
            help="Step from one patch to the next. 2, with a kernel of 2, doubles the size.",
        ),
        Param(
            name="padding",
            type="size",
            default=0,
            minimum=0,
            maximum=255,
            unit="px",
            label="Padding",
            basic=False,
            help="Rows and columns that are cut off all around the output.",
        ),
        Param(
            name="output_padding",
            type="size",
            default=0,
            minimum=0,
            maximum=63,
            unit="px",
            label="Output padding",
            basic=False,
            help="Rows and columns added below and on the right of the output; less than the stride.",
        ),
        _DILATION,
        _GROUPS,
        _BIAS,
    ),
    shape=sliding.conv_transpose2d,
    parameters=cost.conv2d_parameters,
    multiply_adds=cost.conv_transpose2d_multiply_adds,
    window=windows.conv_transpose2d,
    arguments=(
        Argument("in_channels", derived=_in_channels, positional=True),
        Argument("out_channels", positional=True),
        Argument("kernel_size"),
        Argument("stride", default=1),
        Argument("padding", default=0),
        Argument("output_padding", default=0),
        Argument("groups", default=1),
        Argument("bias", default=True),
        Argument("dilation", default=1),
    ),
)

SPECS = (CONV2D, CONV_TRANSPOSE2D)
