"""AlexNet of Krizhevsky et al. 2012, with the filters of Krizhevsky 2014, "One weird trick", as torchvision has it."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    # The first kernel is 11 × 11 with a step of 4 for images of 224 px; smaller images get a smaller one.
    if drawing.side >= 128:
        drawing.add("conv2d", out_channels=drawing.filters(64), kernel_size=11, stride=4, padding=2)
    elif drawing.side >= 48:
        drawing.add("conv2d", out_channels=drawing.filters(64), kernel_size=5, stride=2, padding=2)
    else:
        drawing.add("conv2d", out_channels=drawing.filters(64), padding=1)
    drawing.add("relu")
    drawing.pool(3, 2)
    drawing.add("conv2d", out_channels=drawing.filters(192), kernel_size=5, padding=2)
    drawing.add("relu")
    drawing.pool(3, 2)
    for filters in (384, 256, 256):
        drawing.add("conv2d", out_channels=drawing.filters(filters), padding=1)
        drawing.add("relu")
    drawing.pool(3, 2)
    drawing.add("flatten")
    for _ in range(2):
        drawing.add("dropout")
        drawing.add("linear", out_features=drawing.features(4096))
        drawing.add("relu")
    drawing.classify(epochs=20, batch_size=64, learning_rate=0.0003)


TEMPLATE = Template(
    "alexnet",
    "AlexNet",
    "Five convolutions and three Linear layers (Krizhevsky et al., 2012), with which deep learning on images began.",
    _draw,
)
