"""A small vision transformer: Dosovitskiy et al. 2021, "An image is worth 16x16 words". The mean of steps decides."""

from __future__ import annotations

from math import gcd

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template

_LAYERS = 4
_MOST_PX = 16


def _patch_px(height: int, width: int) -> int:
    """Return the largest side of patches that cover the image without a rest, 7 or more along its shorter side."""
    shared = gcd(height, width)
    largest = min(_MOST_PX, max(1, min(height, width) // 7))
    return max(size for size in range(1, largest + 1) if shared % size == 0)


def _draw(drawing: Drawing) -> None:
    features = drawing.filters(128)
    drawing.add("patch_embedding", features=features, patch_size=_patch_px(*drawing.shape()[1:]))
    drawing.add("position_embedding")
    for _ in range(_LAYERS):
        drawing.add("transformer_encoder_layer", dim_feedforward=2 * features, activation="gelu", norm_first=True)
    drawing.add("layer_norm")
    drawing.add("sequence_pool")
    drawing.classify(epochs=30, batch_size=32, learning_rate=0.0005, optimizer="adamw", weight_decay=0.05)


TEMPLATE = Template(
    "vit",
    "Small vision transformer",
    "Cuts the image into patches and lets each ask all others (Dosovitskiy et al., 2021). Wants many images.",
    _draw,
    needs=("patch_embedding", "position_embedding", "transformer_encoder_layer", "sequence_pool"),
)
