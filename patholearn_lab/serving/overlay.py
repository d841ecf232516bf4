"""A mask laid over its image: each class in its color, the outline full, the inside as faint as wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.errors import ImageError
from patholearn_lab.graph.colors import CLASS_COLORS


def overlay(image: NDArray[np.uint8], mask: NDArray[np.uint8], opacity: float = 0.35) -> NDArray[np.uint8]:
    """Return `image` with `mask` painted over it: uint8[H,W,3].

    Parameters
    ----------
    image
        uint8[H,W], or uint8[H,W,1 or 3].
    mask
        uint8[H,W]: a class index per pixel; 0, the background, stays clear.
    opacity
        How strongly the inside of an area is painted, 0..1. Its outline is opaque.

    Raises
    ------
    ImageError
        When the two have not the same height and width.
    """
    picture = np.atleast_3d(image)
    if picture.shape[:2] != mask.shape:
        raise ImageError(
            f"A mask of {mask.shape[1]} × {mask.shape[0]} pixels does not lie on an image of "
            f"{picture.shape[1]} × {picture.shape[0]}.",
            "Bring the image to the model's size first.",
        )
    base = np.broadcast_to(picture, (*mask.shape, 3)).astype(np.float64)
    colors = np.asarray(CLASS_COLORS, np.float64)[(mask.astype(np.int64) - 1) % len(CLASS_COLORS)]
    strength = np.where(_outline(mask), 1.0, opacity) * (mask > 0)
    painted = base + (colors - base) * strength[:, :, None]
    return np.asarray(np.rint(painted).astype(np.uint8))


def _outline(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which pixels lie beside one of another class."""
    inside = np.pad(mask, 1, mode="edge")
    neighbors = (inside[:-2, 1:-1], inside[2:, 1:-1], inside[1:-1, :-2], inside[1:-1, 2:])
    return np.asarray(np.any([neighbor != mask for neighbor in neighbors], axis=0))
