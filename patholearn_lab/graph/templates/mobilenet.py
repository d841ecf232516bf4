"""A small MobileNetV2: Sandler et al. 2018, "Inverted residuals and linear bottlenecks", with nine of its blocks."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template

_BLOCKS = ((1, 16, 1), (6, 24, 2), (6, 24, 1), (6, 32, 2), (6, 32, 1), (6, 64, 2), (6, 64, 1), (6, 96, 1), (6, 160, 2))
"""How many times as many channels inside; filters; stride."""


def _block(drawing: Drawing, expansion: int, filters: int, stride: int) -> None:
    """Widen, filter each channel alone, and narrow again without an activation."""
    start = drawing.last
    inside = drawing.shape()[0] * expansion
    if expansion > 1:
        drawing.convolution(inside, 1)
    drawing.convolution(inside, stride=stride, groups=inside)
    end = drawing.convolution(filters, 1, act="")
    if drawing.shape(start) == drawing.shape(end):
        drawing.add("add", end, start)


def _draw(drawing: Drawing) -> None:
    drawing.convolution(drawing.filters(32), stride=2 if drawing.side >= 64 else 1)
    for expansion, filters, stride in _BLOCKS:
        _block(drawing, expansion, drawing.filters(filters), stride)
    drawing.convolution(drawing.filters(640), 1)
    drawing.add("adaptive_avg_pool2d")
    drawing.add("flatten")
    drawing.add("dropout", p=0.2)
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "mobilenet",
    "Small MobileNetV2",
    "Filters each channel alone and mixes channels by 1 × 1 (Sandler et al., 2018): few weights, few multiplications.",
    _draw,
)
