"""Pooling: smaller images that keep what matters."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import sliding, windows
from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.shapes import pair
from patholearn_lab.graph.spec import Argument, NodeSpec, Pad, Param, Port, Shape, Values

_INPUTS = (Port(name="input", label="Image", types=("image",)),)
_OUTPUTS = (Port(name="output", label="Smaller image", types=("image",)),)
_KERNEL_SIZE = Param(
    name="kernel_size",
    type="size",
    default=2,
    minimum=1,
    maximum=255,
    unit="px",
    label="Window",
    help="Side of the square that becomes one value. 2 halves the size.",
)
_STRIDE = Param(
    name="stride",
    type="size",
    default=None,
    minimum=1,
    maximum=255,
    unit="px",
    label="Stride",
    basic=False,
    help="Step from one window to the next. Empty: as large as the window, so that windows do not overlap.",
)
_SAME_PADDING = Param(
    name="same_padding",
    type="bool",
    default=False,
    label="Leave nothing out",
    basic=False,
    help="Pads the border so that the last row and column count as well: the output has the input's size divided by "
    "the stride, rounded up. Padding is not used then.",
)
_PADDING = Param(
    name="padding",
    type="size",
    default=0,
    minimum=0,
    maximum=127,
    unit="px",
    label="Padding",
    basic=False,
    help="Rows and columns put around the image; half the window at most.",
)
_CEIL_MODE = Param(
    name="ceil_mode",
    type="bool",
    default=False,
    label="Round up",
    basic=False,
    help="Lets a last window stick out over the right and the lower border instead of leaving it out.",
)
_DILATION = Param(
    name="dilation",
    type="size",
    default=1,
    minimum=1,
    maximum=64,
    label="Dilation",
    basic=False,
    help="Distance between the pixels of a window. 1: they are neighbors.",
)
_COUNT_PADDING = Param(
    name="count_include_pad",
    type="bool",
    default=True,
    label="Count the padding",
    basic=False,
    help="Whether the zeros of the padding count in the mean, which makes the border darker. Never with "
    "“Leave nothing out”.",
)


def _stride(values: Values) -> Any:
    stride = sliding.pool_stride(values)
    return None if stride == values["kernel_size"] else stride


def _padding(values: Values, inputs: tuple[Shape, ...]) -> Any:
    if not values["same_padding"]:
        return values["padding"]
    return 0 if _pad(values, inputs) else sliding.same_argument(values, inputs)


def _pad(values: Values, inputs: tuple[Shape, ...]) -> Pad | None:
    """Return the padding of a max pool that torch's argument cannot say: uneven, or more than half the window.

    It is filled with -inf, which never is the largest.
    """
    if not values["same_padding"]:
        return None
    sides = sliding.same_sides(values, inputs)
    fits = all(before <= side // 2 for (before, _), side in zip(sides, pair(values["kernel_size"]), strict=True))
    return None if fits and sliding.is_even(sides) else sliding.same_pad(values, inputs, float("-inf"))


def _mean_padding(values: Values, inputs: tuple[Shape, ...]) -> Any:
    return sliding.same_argument(values, inputs) if values["same_padding"] else values["padding"]


def _mean_ceil_mode(values: Values, inputs: tuple[Shape, ...]) -> bool:
    """With a larger half of the same padding at the end, the last window sticks out, and only its pixels count."""
    if not values["same_padding"]:
        return bool(values["ceil_mode"])
    return not sliding.is_even(sliding.same_sides(values, inputs))


def _mean_count(values: Values, inputs: tuple[Shape, ...]) -> bool:
    if not values["same_padding"]:
        return bool(values["count_include_pad"])
    return not any(map(sum, sliding.same_sides(values, inputs)))


def _read_padding(value: Any) -> dict[str, ParamValue]:
    return {"padding": size_text(value)}


MAX_POOL2D = NodeSpec(
    kind="max_pool2d",
    label="Max pool",
    category="Pooling",
    summary="Keeps the largest value of every small square: whether a pattern is there, not where exactly.",
    target="torch.nn.functional.max_pool2d",
    stem="pool",
    style="function",
    basic=True,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(_KERNEL_SIZE, _STRIDE, _SAME_PADDING, _PADDING, _DILATION, _CEIL_MODE),
    shape=sliding.pool2d,
    window=windows.pool2d,
    pad=_pad,
    arguments=(
        Argument("kernel_size"),
        Argument("stride", default=None, write=_stride),
        Argument("padding", default=0, derived=_padding, read=_read_padding),
        Argument("dilation", default=1),
        Argument(
            "ceil_mode",
            default=False,
            write=lambda values: values["ceil_mode"] and not values["same_padding"],
            read=lambda value: {"ceil_mode": value},
        ),
    ),
    aliases=("torch.nn.MaxPool2d", "torch.max_pool2d"),
)
AVG_POOL2D = NodeSpec(
    kind="avg_pool2d",
    label="Average pool",
    category="Pooling",
    summary="Keeps the mean of every small square: how much of a pattern is there.",
    target="torch.nn.functional.avg_pool2d",
    stem="pool",
    style="function",
    basic=True,
    inputs=_INPUTS,
    outputs=_OUTPUTS,
    params=(_KERNEL_SIZE, _STRIDE, _SAME_PADDING, _PADDING, _CEIL_MODE, _COUNT_PADDING),
    shape=sliding.avg_pool2d,
    window=windows.pool2d,
    arguments=(
        Argument("kernel_size"),
        Argument("stride", default=None, write=_stride),
        Argument("padding", default=0, derived=_mean_padding, read=_read_padding),
        Argument("ceil_mode", default=False, derived=_mean_ceil_mode, read=lambda value: {"ceil_mode": value}),
        Argument(
            "count_include_pad",
            default=True,
            derived=_mean_count,
            read=lambda value: {"count_include_pad": value},
        ),
    ),
    aliases=("torch.nn.AvgPool2d",),
)


def _adaptive(kind: str, label: str, summary: str, target: str, aliases: tuple[str, ...]) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Pooling",
        summary=summary,
        target=target,
        stem="pool",
        style="function",
        inputs=_INPUTS,
        outputs=_OUTPUTS,
        params=(
            Param(
                name="output_size",
                type="size",
                default=1,
                minimum=1,
                maximum=1_024,
                unit="px",
                label="Output size",
                help="Height and width of the output. 1: one value per channel, whatever the size of the image.",
            ),
        ),
        shape=sliding.adaptive_pool2d,
        window=windows.adaptive_pool2d,
        arguments=(Argument("output_size"),),
        aliases=aliases,
    )


ADAPTIVE_AVG_POOL2D = _adaptive(
    "adaptive_avg_pool2d",
    "Adaptive average pool",
    "Averages an image of any size down to the size you ask for; to 1 × 1 it is the mean of every channel.",
    "torch.nn.functional.adaptive_avg_pool2d",
    ("torch.nn.AdaptiveAvgPool2d",),
)
ADAPTIVE_MAX_POOL2D = _adaptive(
    "adaptive_max_pool2d",
    "Adaptive max pool",
    "Keeps the largest values of an image of any size, in the size you ask for.",
    "torch.nn.functional.adaptive_max_pool2d",
    ("torch.nn.AdaptiveMaxPool2d",),
)

SPECS = (MAX_POOL2D, AVG_POOL2D, ADAPTIVE_AVG_POOL2D, ADAPTIVE_MAX_POOL2D)
