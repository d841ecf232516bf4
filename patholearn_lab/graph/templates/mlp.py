"""A multilayer perceptron: Linear layers only."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    drawing.add("flatten")
    for features in (256, 128):
        drawing.add("linear", out_features=drawing.features(features))
        drawing.add("relu")
        drawing.add("dropout", p=0.2)
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "mlp",
    "Multilayer perceptron",
    "Linear layers only, on the plain values: to see what convolutions are good for.",
    _draw,
    image=(1, 28, 28),
    classes=10,
)
