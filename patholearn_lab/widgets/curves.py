"""The curves of a run: one bqplot figure a quantity, train and valid in each, over the epochs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np
from numpy.typing import NDArray

from patholearn_lab.widgets.evidence_marks import EvidenceMarks
from patholearn_lab.widgets.thinning import thin

if TYPE_CHECKING:
    from patholearn_lab.jobs.models import MetricPoint
    from patholearn_lab.training.findings import Evidence

STEP_LOSS = "train_loss_step"
TICKS = 10
"""About how many epochs are named below a figure."""

# Middle tones, at least 3:1 against a white and against a black page. Line style and marker tell the splits apart too.
LOOKS: dict[str, dict[str, Any]] = {
    "step": {"colors": ["#7f9fc4"], "stroke_width": 1, "opacities": [0.55]},
    "train": {"colors": ["#2f86d6"], "line_style": "solid", "marker": "circle"},
    "valid": {"colors": ["#d9730d"], "line_style": "dashed", "marker": "square"},
}
LEGEND = (
    '<div class="plab-curves-legend">'
    '<span><svg width="34" height="12" aria-hidden="true"><path d="M1 6h32" stroke="#2f86d6" stroke-width="2"/>'
    '<circle cx="17" cy="6" r="3.4" fill="#2f86d6"/></svg>training images</span>'
    '<span><svg width="34" height="12" aria-hidden="true"><path d="M1 6h32" stroke="#d9730d" stroke-width="2" '
    'stroke-dasharray="6 4"/><path d="M14 3h6v6h-6z" fill="#d9730d"/></svg>validation images</span>'
    '<span><svg width="34" height="12" aria-hidden="true"><path d="M1 9l6-6 6 5 6-4 6 4 8-3" fill="none" '
    'stroke="#7f9fc4" opacity="0.7"/></svg>single batches of training</span></div>'
)
"""bqplot's own legend covers the curves and cannot show a dashed line."""

SHARE_TICKS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
MANY_EPOCHS = 40
"""From here on markers would hide the line."""


@dataclass
class Series:
    """The points of one metric, by epoch for what is logged once an epoch and by step for the rest."""

    positions: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, position: float, value: float) -> None:
        """Append one point."""
        self.positions.append(position)
        self.values.append(value)

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the points, thinned, as float64 arrays."""
        return thin(np.array(self.positions, dtype=np.float64), np.array(self.values, dtype=np.float64))


class Curves:
    """The figures of one run. Call every method on the kernel's main loop.

    Attributes
    ----------
    box
        The widget to show: a sentence before the first point, then the figures side by side.
    """

    def __init__(self) -> None:
        self._empty = ipywidgets.HTML(layout=ipywidgets.Layout(width="100%"))
        self._empty.add_class("plab-curves-empty")
        self._legend = ipywidgets.HTML(LEGEND, layout=ipywidgets.Layout(width="100%", margin="0"))
        self.box = ipywidgets.Box(
            [self._empty],
            layout=ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%", overflow="hidden"),
        )
        self.box.add_class("plab-curves")
        self._x = bqplot.LinearScale(min=0.0)
        self._series: dict[str, Series] = defaultdict(Series)
        self._figures: dict[str, bqplot.Figure] = {}
        self._lines: dict[str, bqplot.Lines] = {}
        self._steps_an_epoch = 0.0
        self._marks = EvidenceMarks()
        self._evidence: tuple[Evidence, ...] = ()
        self.say("")

    def say(self, sentence: str) -> None:
        """Show `sentence` in the place of figures, as long as there are none."""
        self._empty.value = f"<p>{sentence}</p>" if sentence else ""

    def clear(self) -> None:
        """Forget the run."""
        self._series.clear()
        self._steps_an_epoch = 0.0
        self._evidence = ()
        self._marks.clear()
        figures, lines = list(self._figures.values()), list(self._lines.values())
        self._figures.clear()
        self._lines.clear()
        self.box.children = (self._empty,)
        for figure in figures:
            close_figure(figure)
        for line in lines:
            line.close()

    def add(self, points: Iterable[MetricPoint]) -> None:
        """Add points and redraw the lines that changed. What is no number or of the test split is left out."""
        changed: set[str] = set()
        for point in points:
            if point.value is None or point.epoch is None or not point.name.startswith(("train_", "valid_")):
                continue
            if point.name == STEP_LOSS:
                self._series[STEP_LOSS].add(point.step, point.value)
            elif not point.name.endswith("_step"):
                self._series[point.name].add(point.epoch + 1, point.value)
                self._steps_an_epoch = point.step / (point.epoch + 1)
            changed.add(point.name)
        if changed and self._steps_an_epoch > 0:
            # The first epoch tells how many steps one has; until then the place of a step's loss is not known.
            self._draw(changed | ({STEP_LOSS} & self._series.keys()))

    def mark(self, evidence: Sequence[Evidence]) -> None:
        """Draw evidence on the curves in the place of what was marked before."""
        self._evidence = tuple(evidence)
        self._marks.draw(self._figures, self._lines, self._evidence)

    def close(self) -> None:
        """Close the figures and the box."""
        self.clear()
        self._x.close()
        self._empty.close()
        self._legend.close()
        self.box.close()

    def _draw(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            x, y = self._series[name].arrays()
            if not len(x):
                continue
            if name == STEP_LOSS:
                x = x / self._steps_an_epoch
            line = self._line(name)
            with line.hold_sync():
                line.x, line.y = x, y
        last = max((series.positions[-1] for name, series in self._series.items() if name != STEP_LOSS), default=1.0)
        self._x.max = float(max(last, 1.0))
        for quantity, figure in self._figures.items():
            figure.axes[0].tick_values = epoch_ticks(int(last))
            if quantity == "loss":
                # From zero, with a little air: where the curve ends says more than where it began.
                highest = max(float(np.max(line.y)) for line in self._lines.values() if line in figure.marks)
                figure.axes[1].scale.max = 1.05 * highest if highest > 0 else 1.0
                figure.axes[1].tick_values = value_ticks(highest)
        if last >= MANY_EPOCHS:
            for line in self._lines.values():
                line.marker = None
        self._marks.draw(self._figures, self._lines, self._evidence)

    def _line(self, name: str) -> bqplot.Lines:
        if name not in self._lines:
            split, quantity = ("step", "loss") if name == STEP_LOSS else tuple(name.split("_", 1))
            figure = self._figure(quantity)
            look = {"stroke_width": 2, "marker_size": 34, **LOOKS[split]}
            self._lines[name] = bqplot.Lines(
                x=[],
                y=[],
                scales={"x": self._x, "y": figure.axes[1].scale},
                **look,
            )
            # The faint line of single batches lies under the others.
            own = [self._lines[name]]
            figure.marks = own + figure.marks if split == "step" else figure.marks + own
        return self._lines[name]

    def _figure(self, quantity: str) -> bqplot.Figure:
        if quantity not in self._figures:
            # A little above 1, so that the marker of a perfect value is not cut.
            bounds = {"min": 0.0, "max": 1.02} if is_share(quantity) else {"min": 0.0} if quantity == "loss" else {}
            x_axis = bqplot.Axis(scale=self._x, label="Epoch", tick_format="d", grid_lines="none")
            y_axis = bqplot.Axis(scale=bqplot.LinearScale(**bounds), side="left", num_ticks=5)
            if is_share(quantity):
                y_axis.tick_values, y_axis.tick_format = SHARE_TICKS, ".1f"
            self._figures[quantity] = bqplot.Figure(
                title=quantity.replace("_", " ").capitalize(),
                axes=[x_axis, y_axis],
                fig_margin={"top": 34, "bottom": 44, "left": 54, "right": 16},
                padding_y=0.0,
                title_style={"font-size": "14px"},
                display_toolbar=False,
                min_aspect_ratio=0.8,
                max_aspect_ratio=8.0,
                layout=ipywidgets.Layout(flex="1 1 340px", min_width="300px", height="280px"),
            )
            self.box.children = (self._legend, *(self._figures[name] for name in sorted(self._figures, key=_place)))
        return self._figures[quantity]


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


def close_figure(figure: bqplot.Figure) -> None:
    """Close a figure with its axes and scales, each of which is a widget of its own in the browser."""
    for axis in figure.axes:
        if axis.side == "left":
            axis.scale.close()
        axis.close()
    figure.close()


def _place(quantity: str) -> tuple[int, str]:
    return (0 if quantity == "loss" else 1 if quantity == "accuracy" else 2, quantity)
