"""A multilayer perceptron: Linear layers only, on the table of a set that has one, else on the pixels."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    if drawing.dataset and drawing.dataset.features:
        drawing.table()
    else:
        drawing.add("flatten")
    for features in (256, 128):
        drawing.add("linear", out_features=drawing.features(features))
        drawing.add("relu")
        drawing.add("dropout", p=0.2)
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "mlp",
    "Multilayer perceptron",
    "Linear layers only: for the features of a table, or for plain pixels, to see what convolutions are good for.",
    _draw,
    image=(1, 28, 28),
    classes=10,
)
