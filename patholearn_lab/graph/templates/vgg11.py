"""VGG-11 of Simonyan and Zisserman 2015, with batch norm, and one Linear less: the images here are smaller."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template

_LEVELS = ((64,), (128,), (256, 256), (512, 512), (512, 512))


def _draw(drawing: Drawing) -> None:
    for level in _LEVELS:
        for filters in level:
            drawing.convolution(drawing.filters(filters))
        drawing.pool()
    drawing.add("adaptive_avg_pool2d")
    drawing.add("flatten")
    drawing.add("linear", out_features=drawing.features(512))
    drawing.add("relu")
    drawing.add("dropout")
    drawing.classify(epochs=20, batch_size=32, learning_rate=0.0003)


TEMPLATE = Template(
    "vgg11",
    "VGG-11",
    "Only 3 × 3 kernels, twice the filters after every pooling (Simonyan and Zisserman, 2015), with batch norm.",
    _draw,
)
