"""Evidence, drawn on curves: a broad pale stroke along the part of the curve, or a band between two values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

import bqplot
import numpy as np

from patholearn_lab.widgets.mark_layer import Drawing

if TYPE_CHECKING:
    from patholearn_lab.training.findings import Evidence

COLOR = "#b3439b"
"""A tone that no curve has, at least 3:1 against a white and against a black page."""


def evidence_drawings(
    figures: Mapping[str, bqplot.Figure], lines: Mapping[str, bqplot.Lines], evidence: Sequence[Evidence]
) -> dict[Hashable, Drawing]:
    """Return how evidence is drawn, by its curve and its place in the list; that of curves which are not shown is left
    out.
    """
    found: dict[Hashable, Drawing] = {}
    for place, each in enumerate(evidence):
        line = lines.get(each.curve)
        figure = next((figure for figure in figures.values() if line in figure.marks), None)
        if line is None or figure is None:
            continue
        if each.low is None or each.high is None:
            if (stroke := _stroke(figure, line, each)) is not None:
                found[each.curve, "stroke", place] = stroke
        else:
            found[each.curve, "band", place] = _band(figure, line, each.low, each.high, each)
    return found


def _stroke(figure: bqplot.Figure, line: bqplot.Lines, evidence: Evidence) -> Drawing | None:
    x, y = np.asarray(line.x, dtype=np.float64), np.asarray(line.y, dtype=np.float64)
    meant = (x >= evidence.first) & (x <= evidence.last)
    if not meant.any():
        return None
    look = {"scales": line.scales, "colors": [COLOR], "stroke_width": 11, "opacities": [0.35], "marker_size": 180}
    # A single epoch is a dot: a stroke of no length would not be seen.
    points = {"x": x[meant], "y": y[meant], "marker": "circle" if meant.sum() == 1 else None}
    return Drawing(figure, bqplot.Lines, look, points)


def _band(figure: bqplot.Figure, line: bqplot.Lines, low: float, high: float, evidence: Evidence) -> Drawing:
    # From the beginning of the axis: the range is that of a value, and has no epoch.
    x = np.array([0.0, float(evidence.last)])
    look = {
        "scales": line.scales,
        "colors": [COLOR, COLOR],
        "fill": "between",
        "fill_colors": [COLOR],
        "fill_opacities": [0.14],
        "stroke_width": 1,
        "opacities": [0.5, 0.5],
    }
    return Drawing(figure, bqplot.Lines, look, {"x": [x, x], "y": [np.full(2, low), np.full(2, high)]})
