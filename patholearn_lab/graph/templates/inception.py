"""A small GoogLeNet: Szegedy et al. 2015, "Going deeper with convolutions", with four of its nine blocks."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template

_BLOCKS = (
    (64, 96, 128, 16, 32, 32),
    (128, 128, 192, 32, 96, 64),
    (192, 96, 208, 16, 48, 64),
    (256, 160, 320, 32, 128, 128),
)
"""Filters of 1 × 1; before and in 3 × 3; before and in 5 × 5; behind the pooling. Blocks 3a, 3b, 4a and 5a."""


def _block(drawing: Drawing, filters: tuple[int, ...]) -> None:
    """Look at the image in four ways at once, and put the answers behind one another."""
    start = drawing.last
    one, before_three, three, before_five, five, pooled = (drawing.filters(count) for count in filters)
    ends = [drawing.convolution(one, 1)]
    for before, count, kernel in ((before_three, three, 3), (before_five, five, 5)):
        drawing.last = start
        drawing.convolution(before, 1)
        ends.append(drawing.convolution(count, kernel))
    drawing.last = start
    drawing.add("max_pool2d", kernel_size=3, stride=1, padding=1)
    ends.append(drawing.convolution(pooled, 1))
    drawing.add("concatenate", *ends)


def _draw(drawing: Drawing) -> None:
    large = drawing.side >= 128
    drawing.convolution(drawing.filters(64), kernel_size=7 if large else 3, stride=2 if large else 1)
    drawing.pool(3, 2, padding=1)
    drawing.convolution(drawing.filters(64), 1)
    drawing.convolution(drawing.filters(192))
    drawing.pool(3, 2, padding=1)
    _block(drawing, _BLOCKS[0])
    _block(drawing, _BLOCKS[1])
    drawing.pool(3, 2, padding=1)
    _block(drawing, _BLOCKS[2])
    drawing.pool(3, 2, padding=1)
    _block(drawing, _BLOCKS[3])
    drawing.add("adaptive_avg_pool2d")
    drawing.add("flatten")
    drawing.add("dropout", p=0.4)
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "inception",
    "Small GoogLeNet",
    "Blocks that look with kernels of several sizes at once and concatenate what they see (Szegedy et al., 2015).",
    _draw,
)
