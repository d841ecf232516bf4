"""A small network of today's parts."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    for filters in (8, 16, 32):
        drawing.add("conv2d", out_channels=filters, same_padding=True, bias=False)
        drawing.add("batch_norm")
        drawing.add("relu")
        drawing.pool()
    drawing.add("flatten")
    drawing.add("dropout", p=0.3)
    drawing.classify(epochs=6, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "small_cnn",
    "Small CNN",
    "Three blocks of convolution, batch norm and pooling. A good start for tissue.",
    _draw,
    image=(3, 64, 64),
    classes=2,
    narrows=False,
)
