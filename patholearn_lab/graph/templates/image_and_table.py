"""Two branches, one for the image and one for its row of features, which meet before the last layer."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    for filters in (16, 32, 64):
        drawing.convolution(drawing.filters(filters))
        drawing.pool()
    drawing.add("adaptive_avg_pool2d")
    image = drawing.add("flatten")
    drawing.table()
    drawing.add("linear", out_features=drawing.features(16))
    table = drawing.add("relu")
    drawing.add("concatenate", image, table)
    drawing.add("linear", out_features=drawing.features(32))
    drawing.add("relu")
    drawing.classify(epochs=10, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "image_and_table",
    "Image and table",
    "A small convolutional network for the image and a layer for its row of features; both decide together.",
    _draw,
    image=(3, 64, 64),
    classes=2,
)
