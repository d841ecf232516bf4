"""Pooling: smaller images that keep what matters."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.spec import Argument, NodeSpec, Param, Port, Values


def _stride(values: Values) -> Any:
    stride = shapes.pool_stride(values)
    return None if stride == values["kernel_size"] else stride


_PARAMS = (
    Param(
        name="kernel_size",
        type="size",
        default=2,
        minimum=1,
        maximum=255,
        unit="px",
        label="Window",
        help="Side of the square that becomes one value. 2 halves the size.",
    ),
    Param(
        name="stride",
        type="size",
        default=None,
        minimum=1,
        maximum=255,
        unit="px",
        label="Stride",
        basic=False,
        help="Step from one window to the next. Empty: as large as the window, so that windows do not overlap.",
    ),
    Param(
        name="padding",
        type="size",
        default=0,
        minimum=0,
        maximum=127,
        unit="px",
        label="Padding",
        basic=False,
        help="Rows and columns put around the image; half the window at most.",
    ),
)


def _pooling(kind: str, label: str, summary: str, target: str, aliases: tuple[str, ...]) -> NodeSpec:
    return NodeSpec(
        kind=kind,
        label=label,
        category="Pooling",
        summary=summary,
        target=target,
        stem="pool",
        style="function",
        inputs=(Port(name="input", label="Image", types=("image",)),),
        outputs=(Port(name="output", label="Smaller image", types=("image",)),),
        params=_PARAMS,
        shape=shapes.pool2d,
        window=cost.pool2d_window,
        arguments=(
            Argument("kernel_size"),
            Argument("stride", default=None, write=_stride),
            Argument("padding", default=0),
        ),
        aliases=aliases,
    )


MAX_POOL2D = _pooling(
    "max_pool2d",
    "Max pool",
    "Keeps the largest value of every small square: whether a pattern is there, not where exactly.",
    "torch.nn.functional.max_pool2d",
    ("torch.nn.MaxPool2d",),
)
AVG_POOL2D = _pooling(
    "avg_pool2d",
    "Average pool",
    "Keeps the mean of every small square: how much of a pattern is there.",
    "torch.nn.functional.avg_pool2d",
    ("torch.nn.AvgPool2d",),
)

SPECS = (MAX_POOL2D, AVG_POOL2D)
