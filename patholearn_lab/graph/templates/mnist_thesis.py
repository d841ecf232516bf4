"""The network for handwritten digits of the thesis, listing 21: with the ReLU where it stands there."""

from __future__ import annotations

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    padding: dict[str, ParamValue] = {"same_padding": True} if drawing.side < 20 else {}
    drawing.add("conv2d", out_channels=16, kernel_size=5, **padding)
    drawing.add("relu")
    drawing.add("max_pool2d")
    drawing.add("relu")
    drawing.add("conv2d", out_channels=16, kernel_size=5, **padding)
    drawing.add("max_pool2d")
    drawing.add("flatten")
    drawing.classify(epochs=15, batch_size=128, learning_rate=0.001, optimizer="adam")


TEMPLATE = Template(
    "mnist_thesis",
    "MNIST network",
    "Two convolutions of 16 filters and one linear layer, for handwritten digits of 28 × 28 pixels.",
    _draw,
    image=(1, 28, 28),
    classes=10,
    narrows=False,
)
