"""The colors of classes in a mask: the same in the browser, in notebooks and in pictures that Python makes."""

from __future__ import annotations

from collections.abc import Sequence

CLASS_COLORS: Sequence[tuple[int, int, int]] = (
    (255, 214, 10),
    (0, 200, 255),
    (255, 90, 160),
    (90, 230, 120),
    (255, 140, 40),
    (180, 140, 255),
)
"""Red, green, blue, 0 to 255. Far apart in hue and in lightness, so that neighbors differ without seeing color too."""


def class_color(index: int) -> tuple[int, int, int] | None:
    """Return the color of the class with that value in a mask; None for 0, the background, which stays clear."""
    return CLASS_COLORS[(index - 1) % len(CLASS_COLORS)] if index else None
