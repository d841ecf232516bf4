"""Layers with weights, and the step from images to vectors."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Shape, Values


def _padding(values: Values) -> Any:
    return "same" if values["same_padding"] else values["padding"]


def _read_padding(value: Any) -> dict[str, ParamValue]:
    return {"same_padding": True} if value == "same" else {"padding": 0 if value == "valid" else size_text(value)}


def _channels(_values: Values, inputs: tuple[Shape, ...]) -> int:
    return inputs[0][0]


CONV2D = NodeSpec(
    kind="conv2d",
    label="Conv 2D",
    category="Layers",
    summary="Slides small filters over the image; each filter learns to answer to one pattern.",
    target="torch.nn.Conv2d",
    stem="conv",
    inputs=(Port(name="input", label="Image", types=("image",)),),
    outputs=(Port(name="output", label="One image per filter", types=("image",)),),
    params=(
        Param(
            name="out_channels",
            type="int",
            default=32,
            minimum=1,
            maximum=65_536,
            label="Filters",
            help="Number of patterns to learn; each gives one channel of the output.",
        ),
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
            help="Pads the border so that the output is as large as the input. Padding is not used then.",
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
        Param(
            name="dilation",
            type="size",
            default=1,
            minimum=1,
            maximum=64,
            label="Dilation",
            basic=False,
            help="Distance between the pixels that a filter looks at. 1: they are neighbors.",
        ),
        Param(
            name="groups",
            type="int",
            default=1,
            minimum=1,
            maximum=65_536,
            label="Groups",
            basic=False,
            help="Parts into which the channels are divided, each with filters of its own. 1: every filter sees all.",
        ),
        Param(
            name="bias",
            type="bool",
            default=True,
            label="Bias",
            basic=False,
            help="Adds one learned number to each filter's output. Not needed right before a batch norm.",
        ),
    ),
    shape=shapes.conv2d,
    parameters=cost.conv2d_parameters,
    multiply_adds=cost.conv2d_multiply_adds,
    window=cost.conv2d_window,
    arguments=(
        Argument("in_channels", derived=_channels, positional=True),
        Argument("out_channels", positional=True),
        Argument("kernel_size"),
        Argument("stride", default=1),
        Argument("padding", default=0, write=_padding, read=_read_padding),
        Argument("dilation", default=1),
        Argument("groups", default=1),
        Argument("bias", default=True),
    ),
)

LINEAR = NodeSpec(
    kind="linear",
    label="Linear",
    category="Layers",
    summary="Gives weighted sums of all its inputs; the weights are learned.",
    target="torch.nn.Linear",
    stem="linear",
    inputs=(Port(name="input", label="Vector", types=("vector",)),),
    outputs=(Port(name="output", label="Weighted sums", types=("vector",)),),
    params=(
        Param(
            name="out_features",
            type="int",
            default=10,
            minimum=1,
            maximum=1_000_000,
            label="Outputs",
            help="Number of weighted sums. The last Linear has one per class.",
        ),
        Param(
            name="bias",
            type="bool",
            default=True,
            label="Bias",
            basic=False,
            help="Adds one learned number to each output.",
        ),
    ),
    shape=shapes.linear,
    parameters=cost.linear_parameters,
    multiply_adds=cost.linear_multiply_adds,
    arguments=(
        Argument("in_features", derived=_channels, positional=True),
        Argument("out_features", positional=True),
        Argument("bias", default=True),
    ),
)

FLATTEN = NodeSpec(
    kind="flatten",
    label="Flatten",
    category="Layers",
    summary="Puts all values of an image into one row, as a Linear needs them.",
    target="torch.flatten",
    stem="flatten",
    style="function",
    inputs=(Port(name="input", label="Image or sequence", types=("image", "sequence")),),
    outputs=(Port(name="output", label="Vector", types=("vector",)),),
    shape=shapes.flat,
    arguments=(Argument("start_dim", fixed=1),),
)

SPECS = (CONV2D, LINEAR, FLATTEN)
