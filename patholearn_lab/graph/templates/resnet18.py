"""ResNet-18 of He et al. 2016, "Deep residual learning for image recognition", drawn node by node."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _residual(drawing: Drawing, filters: int, stride: int) -> None:
    """Add two convolutions and the shortcut around them; the shortcut has a 1 × 1 convolution where shapes differ."""
    start = drawing.last
    drawing.convolution(filters, stride=stride)
    end = drawing.convolution(filters, act="")
    shortcut = start
    if drawing.shape(start) != drawing.shape(end):
        drawing.last = start
        shortcut = drawing.convolution(filters, kernel_size=1, stride=stride, act="")
    drawing.add("add", end, shortcut)
    drawing.add("relu")


def _draw(drawing: Drawing) -> None:
    if drawing.side >= 128:
        drawing.convolution(drawing.filters(64), kernel_size=7, stride=2)
        drawing.pool(3, 2, padding=1)
    else:
        # As the paper does for the 32 px of CIFAR-10: small images keep their size at first.
        drawing.convolution(drawing.filters(64))
    for filters, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        _residual(drawing, drawing.filters(filters), stride)
        _residual(drawing, drawing.filters(filters), 1)
    drawing.add("adaptive_avg_pool2d")
    drawing.add("flatten")
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "resnet18",
    "ResNet-18",
    "Eight blocks with a shortcut around two convolutions each (He et al., 2016), drawn node by node.",
    _draw,
)
