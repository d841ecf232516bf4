"""The points of one curve, and how they are looked at: along which axis, how smooth, how fine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.jobs.thinning import MAX_POINTS, thin

if TYPE_CHECKING:
    from patholearn_lab.jobs.models import MetricPoint

Axis = Literal["epoch", "step", "time"]
AXES: dict[Axis, str] = {"epoch": "Epoch", "step": "Step", "time": "Minutes"}
"""What stands below a figure."""


@dataclass(frozen=True)
class CurveView:
    """How curves are looked at.

    Parameters
    ----------
    x
        Along epochs, optimizer steps, or minutes since the first point.
    log
        Whether values are on a logarithmic axis; what is not above zero is left out then.
    smoothing
        From 0 (as measured) to below 1: the weight of what came before in a running mean.
    points
        The most points of a curve that are drawn.
    hidden
        The splits that are not drawn: "train", "valid", "step", "test".
    """

    x: Axis = "epoch"
    log: bool = False
    smoothing: float = 0.0
    points: int = MAX_POINTS
    hidden: frozenset[str] = frozenset()


@dataclass
class Series:
    """The points of one metric."""

    epochs: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, point: MetricPoint) -> None:
        """Append one point that has a value and an epoch."""
        self.epochs.append((point.epoch or 0) + 1)
        self.steps.append(point.step)
        self.times.append(point.time.timestamp())
        self.values.append(point.value or 0.0)

    def arrays(
        self, view: CurveView, steps_an_epoch: float | None, began: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the points as they are drawn, float64.

        Parameters
        ----------
        view
            How.
        steps_an_epoch
            Places single batches between the epochs; None for what is measured once an epoch.
        began
            The time of the run's first point, in seconds since 1970.
        """
        y = smoothed(np.array(self.values, dtype=np.float64), view.smoothing)
        if view.x == "time":
            x = (np.array(self.times, dtype=np.float64) - began) / 60
        elif view.x == "step" or steps_an_epoch is not None:
            x = np.array(self.steps, dtype=np.float64)
            x = x if view.x == "step" or steps_an_epoch is None else x / steps_an_epoch
        else:
            x = np.array(self.epochs, dtype=np.float64)
        if view.log:
            x, y = x[y > 0], y[y > 0]
        return thin(x, y, view.points)


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return the running mean of values, in which what came before has the weight `weight`.

    The first values are divided by the weight that they have together, so that the mean does not begin at zero
    (Kingma and Ba 2015, section 3: the bias correction of Adam).

    >>> smoothed(np.array([1.0, 1.0, 4.0]), 0.5).round(3).tolist()
    [1.0, 1.0, 2.714]
    """
    if weight <= 0 or len(values) < 2:
        return values
    means = np.empty_like(values)
    mean = 0.0
    for place, value in enumerate(values.tolist()):
        mean = weight * mean + (1 - weight) * value
        means[place] = mean / (1 - weight ** (place + 1))
    return means
