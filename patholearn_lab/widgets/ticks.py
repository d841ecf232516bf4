"""Round places on the axes of curves."""

from __future__ import annotations

import math

TICKS = 10
"""About how many epochs are named below a figure."""


def is_share(quantity: str) -> bool:
    """Return whether a quantity lies between 0 and 1, so that its axis shows all of that."""
    return quantity in {"accuracy", "precision", "recall", "f1", "specificity", "auroc", "iou", "dice"}


def epoch_ticks(last: int) -> list[int]:
    """Return the epochs that are named on the axis: whole numbers, about ten of them.

    >>> epoch_ticks(4), epoch_ticks(30)
    ([0, 1, 2, 3, 4], [0, 5, 10, 15, 20, 25, 30])
    """
    step = next(size * 10**power for power in range(9) for size in (1, 2, 5) if last / (size * 10**power) <= TICKS)
    return list(range(0, last + 1, step))


def value_ticks(highest: float) -> list[float]:
    """Return round values from 0 to `highest`, about five of them.

    >>> value_ticks(2.3), value_ticks(0.07)
    ([0.0, 0.5, 1.0, 1.5, 2.0], [0.0, 0.02, 0.04, 0.06])
    """
    if not highest > 0:
        return [0.0]
    power = math.floor(math.log10(highest)) - 1
    step = next(size for size in (1, 2, 5, 10, 20, 50) if highest / (size * 10.0**power) <= 6)
    return [round(step * 10.0**power * place, 12 - power) for place in range(int(highest / (step * 10.0**power)) + 1)]
