"""Evidence, drawn on curves: a broad pale stroke along the part of the curve, or a band between two values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import bqplot
import numpy as np

if TYPE_CHECKING:
    from patholearn_lab.training.findings import Evidence

COLOR = "#b3439b"
"""A tone that no curve has, at least 3:1 against a white and against a black page."""


class EvidenceMarks:
    """The marks on the figures of one run."""

    def __init__(self) -> None:
        self._drawn: list[tuple[bqplot.Figure, bqplot.Lines]] = []

    def draw(
        self, figures: Mapping[str, bqplot.Figure], lines: Mapping[str, bqplot.Lines], evidence: Sequence[Evidence]
    ) -> None:
        """Draw `evidence` in the place of what was drawn before; that of curves which are not shown is left out."""
        self.clear()
        for each in evidence:
            line = lines.get(each.curve)
            figure = next((figure for figure in figures.values() if line in figure.marks), None)
            if line is None or figure is None:
                continue
            mark = (
                _stroke(line, each) if each.low is None or each.high is None else _band(line, each.low, each.high, each)
            )
            if mark is not None:
                # Below the curves, which stay readable.
                figure.marks = [mark, *figure.marks]
                self._drawn.append((figure, mark))

    def clear(self) -> None:
        """Take all marks away."""
        drawn, self._drawn = self._drawn, []
        for figure, mark in drawn:
            figure.marks = [each for each in figure.marks if each is not mark]
            mark.close()


def _stroke(line: bqplot.Lines, evidence: Evidence) -> bqplot.Lines | None:
    x, y = np.asarray(line.x, dtype=np.float64), np.asarray(line.y, dtype=np.float64)
    meant = (x >= evidence.first) & (x <= evidence.last)
    if not meant.any():
        return None
    # A single epoch is a dot: a stroke of no length would not be seen.
    dot = {"marker": "circle", "marker_size": 180} if meant.sum() == 1 else {}
    return bqplot.Lines(
        x=x[meant], y=y[meant], scales=line.scales, colors=[COLOR], stroke_width=11, opacities=[0.35], **dot
    )


def _band(line: bqplot.Lines, low: float, high: float, evidence: Evidence) -> bqplot.Lines:
    # From the beginning of the axis: the range is that of a value, and has no epoch.
    x = np.array([0.0, float(evidence.last)])
    return bqplot.Lines(
        x=[x, x],
        y=[np.full(2, low), np.full(2, high)],
        scales=line.scales,
        colors=[COLOR, COLOR],
        fill="between",
        fill_colors=[COLOR],
        fill_opacities=[0.14],
        stroke_width=1,
        opacities=[0.5, 0.5],
    )
