"""U-Net of Ronneberger et al. 2015, with padding and batch norm; as many levels as the image can be halved."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template

_MOST_LEVELS = 4
_SMALLEST_PX = 4


def levels_of(height: int, width: int) -> int:
    """Return how many times an image can be halved without a rest and without becoming too small, 4 at most."""
    levels = 0
    while levels < _MOST_LEVELS and height % 2 == width % 2 == 0 and min(height, width) >= 2 * _SMALLEST_PX:
        levels, height, width = levels + 1, height // 2, width // 2
    return levels


def draw_unet(drawing: Drawing, filters: int, levels: int) -> None:
    """Draw the way down, the way up, and the connections between them; `filters` at full size."""
    kept = []
    for level in range(levels):
        _twice(drawing, filters * 2**level)
        kept.append(drawing.last)
        drawing.pool()
    _twice(drawing, filters * 2**levels)
    for level in reversed(range(levels)):
        drawing.add("conv_transpose2d", out_channels=filters * 2**level)
        drawing.add("concatenate", kept[level], drawing.last)
        _twice(drawing, filters * 2**level)


def _twice(drawing: Drawing, filters: int) -> None:
    drawing.convolution(filters)
    drawing.convolution(filters)


def _draw(drawing: Drawing) -> None:
    draw_unet(drawing, drawing.filters(64), levels_of(*drawing.shape()[1:]))
    drawing.add("conv2d", out_channels=drawing.classes, kernel_size=1)
    drawing.add("segmentation_output", epochs=20, batch_size=8, learning_rate=0.001)


TEMPLATE = Template(
    "unet",
    "U-Net",
    "Down to see much, up to say where, with connections between (Ronneberger et al., 2015): a class for every pixel.",
    _draw,
    image=(3, 256, 256),
    classes=2,
    needs=("segmentation_output",),
)
