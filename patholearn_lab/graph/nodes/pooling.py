"""Pooling: smaller images that keep what matters."""

from __future__ import annotations

from typing import Any

from patholearn_lab.graph import cost, shapes
from patholearn_lab.graph.spec import Call, NodeSpec, Param, Port, Shape, Values


def _pool_call(values: Values, _inputs: tuple[Shape, ...]) -> Call:
    keywords: dict[str, Any] = {"kernel_size": values["kernel_size"]}
    if shapes.pool_stride(values) != values["kernel_size"]:
        keywords["stride"] = values["stride"]
    if values["padding"]:
        keywords["padding"] = values["padding"]
    return Call((), keywords)


_PARAMS = (
    Param(
        name="kernel_size",
        type="int",
        default=2,
        minimum=1,
        maximum=255,
        unit="px",
        label="Window",
        help="Side of the square that becomes one value. 2 halves the size.",
    ),
    Param(
        name="stride",
        type="int",
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
        type="int",
        default=0,
        minimum=0,
        maximum=127,
        unit="px",
        label="Padding",
        basic=False,
        help="Rows and columns put around the image; half the window at most.",
    ),
)


def _pooling(kind: str, label: str, summary: str, target: str) -> NodeSpec:
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
        call=_pool_call,
    )


MAX_POOL2D = _pooling(
    "max_pool2d",
    "Max pool",
    "Keeps the largest value of every small square: whether a pattern is there, not where exactly.",
    "torch.nn.functional.max_pool2d",
)
AVG_POOL2D = _pooling(
    "avg_pool2d",
    "Average pool",
    "Keeps the mean of every small square: how much of a pattern is there.",
    "torch.nn.functional.avg_pool2d",
)

SPECS = (MAX_POOL2D, AVG_POOL2D)
