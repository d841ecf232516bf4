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
    chosen = kept(y, max_points)
    return (x, y) if len(chosen) == len(x) else (x[chosen], y[chosen])


def kept(values: NDArray[np.float64], points: int) -> NDArray[np.int64]:
    """Return the places of at most `points` values: the smallest and the largest of each stretch, and both ends.

    Parameters
    ----------
    values
        float64[n], finite.
    points
        At least 4.

    Returns
    -------
    numpy.ndarray
        int64[m], in ascending order; all places where there are not more than `points`.
    """
    count = len(values)
    if count <= points:
        return np.arange(count)
    edges = np.linspace(0, count, (points - 2) // 2 + 1).astype(np.int64)
    chosen = {0, count - 1}
    for first, last in pairwise(edges):
        stretch = values[first:last]
        chosen.update((int(first + stretch.argmin()), int(first + stretch.argmax())))
    return np.array(sorted(chosen), dtype=np.int64)
