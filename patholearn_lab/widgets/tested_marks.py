"""What the test gave, drawn beside the curves: one point at the epoch whose weights were tested."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import bqplot

from patholearn_lab.widgets.mark_layer import Drawing

COLOR = "#1f9d6b"
"""At least 3:1 against a white and against a black page; the shape tells it apart too."""


def tested_drawings(
    figures: Mapping[str, bqplot.Figure], values: Mapping[str, float], place: float
) -> dict[Hashable, Drawing]:
    """Return how values of the test are drawn, by their metric.

    Parameters
    ----------
    figures
        By quantity: ``accuracy``.
    values
        By metric: ``test_accuracy``. What has no figure is left out.
    place
        Where along the axis.
    """
    found: dict[Hashable, Drawing] = {}
    for name, value in values.items():
        figure = figures.get(name.removeprefix("test_"))
        if figure is not None:
            x_axis, y_axis = figure.axes
            look = {
                "scales": {"x": x_axis.scale, "y": y_axis.scale},
                "colors": [COLOR],
                "marker": "diamond",
                "default_size": 110,
            }
            found[name] = Drawing(figure, bqplot.Scatter, look, {"x": [place], "y": [value]})
    return found
