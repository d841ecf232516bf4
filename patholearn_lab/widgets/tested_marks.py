"""What the test gave, drawn beside the curves: one point at the epoch whose weights were tested."""

from __future__ import annotations

from collections.abc import Mapping

import bqplot

COLOR = "#1f9d6b"
"""At least 3:1 against a white and against a black page; the shape tells it apart too."""


class TestedMarks:
    """The points on the figures of one run."""

    def __init__(self) -> None:
        self._drawn: list[tuple[bqplot.Figure, bqplot.Scatter]] = []

    def draw(self, figures: Mapping[str, bqplot.Figure], values: Mapping[str, float], place: float) -> None:
        """Draw values in the place of what was drawn before.

        Parameters
        ----------
        figures
            By quantity: ``accuracy``.
        values
            By metric: ``test_accuracy``. What has no figure is left out.
        place
            Where along the axis.
        """
        self.clear()
        for name, value in values.items():
            figure = figures.get(name.removeprefix("test_"))
            if figure is None:
                continue
            x_axis, y_axis = figure.axes
            mark = bqplot.Scatter(
                x=[place],
                y=[value],
                scales={"x": x_axis.scale, "y": y_axis.scale},
                colors=[COLOR],
                marker="diamond",
                default_size=110,
            )
            # Above the curves: it lies on them where all is well.
            figure.marks = [*figure.marks, mark]
            self._drawn.append((figure, mark))

    def clear(self) -> None:
        """Take all points away."""
        drawn, self._drawn = self._drawn, []
        for figure, mark in drawn:
            figure.marks = [each for each in figure.marks if each is not mark]
            mark.close()
