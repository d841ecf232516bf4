"""Long lines made short enough to draw, without losing a peak."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MAX_POINTS = 2000
"""More than a screen has columns; bqplot sends the whole array at every change."""


def thin(
    x: NDArray[np.float64], y: NDArray[np.float64], max_points: int = MAX_POINTS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return at most `max_points` of the points of a line: the smallest and the largest of each stretch, and both ends.

    Parameters
    ----------
    x
        float64[n], in ascending order.
    y
        float64[n], finite.
    max_points
        At least 4.

    Returns
    -------
    tuple
        x and y, float64[m] with m <= `max_points`; the very arrays where they are short enough already.
    """
    if len(x) <= max_points:
        return x, y
    edges = np.linspace(0, len(x), (max_points - 2) // 2 + 1).astype(np.int64)
    kept = {0, len(x) - 1}
    for first, last in pairwise(edges):
        stretch = y[first:last]
        kept.update((int(first + stretch.argmin()), int(first + stretch.argmax())))
    indices = np.array(sorted(kept))
    return x[indices], y[indices]
