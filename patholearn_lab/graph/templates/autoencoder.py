"""A convolutional autoencoder: an image through a narrow place and back."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template
from patholearn_lab.graph.templates.unet import levels_of


def _draw(drawing: Drawing) -> None:
    channels, height, width = drawing.shape()
    levels = min(levels_of(height, width), 3)
    for level in range(levels):
        drawing.convolution(drawing.filters(16 * 2**level), stride=2)
    drawing.convolution(drawing.filters(16))
    for level in reversed(range(levels)):
        drawing.add("conv_transpose2d", out_channels=drawing.filters(16 * 2**level))
        drawing.add("relu")
    drawing.add("conv2d", out_channels=channels, padding=1)
    drawing.add("reconstruction_output", epochs=20, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "autoencoder",
    "Autoencoder",
    "Squeezes an image through few values and draws it again: learns what images have in common, without labels.",
    _draw,
    image=(1, 28, 28),
    classes=10,
    needs=("reconstruction_output",),
)
