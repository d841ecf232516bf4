"""The curves of a run: one bqplot figure a quantity, train and valid in each, over the epochs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from patholearn_lab.widgets.curve_controls import CurveControls
from patholearn_lab.widgets.curve_series import AXES, CurveView, Series
from patholearn_lab.widgets.evidence_marks import evidence_drawings
from patholearn_lab.widgets.mark_layer import Drawing, MarkLayer
from patholearn_lab.widgets.tested_marks import tested_drawings
from patholearn_lab.widgets.ticks import epoch_ticks, is_share, value_ticks

if TYPE_CHECKING:
    from datetime import datetime

    from patholearn_lab.jobs.models import MetricPoint
    from patholearn_lab.training.findings import Evidence

STEP_LOSS = "train_loss_step"
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
    'stroke="#7f9fc4" opacity="0.7"/></svg>single batches of training</span>'
    '<span><svg width="16" height="12" aria-hidden="true"><path d="M8 1l5 5-5 5-5-5Z" fill="#1f9d6b"/></svg>test images'
    "</span></div>"
)
"""bqplot's own legend covers the curves and cannot show a dashed line."""

SHARE_TICKS = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
MANY_EPOCHS = 40
"""From here on markers would hide the line."""


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
        self.controls = CurveControls(self.look, self.save_png, self._zoom, self._whole)
        self.box = ipywidgets.Box(
            [self._empty],
            layout=ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%", overflow="hidden"),
        )
        self.box.add_class("plab-curves")
        self.view = CurveView()
        self._x = bqplot.LinearScale(min=0.0)
        self._zoomed: bqplot.interacts.PanZoom | None = None
        self._series: dict[str, Series] = defaultdict(Series)
        self._figures: dict[str, bqplot.Figure] = {}
        self._lines: dict[str, bqplot.Lines] = {}
        self._steps_an_epoch = 0.0
        self._height = bqplot.LinearScale(min=0.0, max=1.0)
        # Evidence and sessions lie below the curves, which stay readable; what the test gave lies on them.
        self._evidence_marks, self._session_marks = MarkLayer(), MarkLayer()
        self._tested_marks = MarkLayer(is_above=True)
        self._tested: tuple[dict[str, float], int] = ({}, 0)
        self._evidence: tuple[Evidence, ...] = ()
        self._sessions: tuple[float, ...] = ()
        self.say("")

    def say(self, sentence: str) -> None:
        """Show `sentence` in the place of figures, as long as there are none."""
        self._empty.value = f"<p>{sentence}</p>" if sentence else ""

    def clear(self) -> None:
        """Forget the run."""
        self._series.clear()
        self._steps_an_epoch = 0.0
        self._evidence = ()
        self._tested = ({}, 0)
        self._sessions = ()
        self._close_figures()
        self.box.children = (self._empty,)

    def add(self, points: Iterable[MetricPoint]) -> None:
        """Add points and redraw the lines that changed. What is no number or of the test split is left out."""
        changed: set[str] = set()
        for point in points:
            if point.value is None or point.epoch is None or not point.name.startswith(("train_", "valid_")):
                continue
            if point.name == STEP_LOSS:
                self._series[STEP_LOSS].add(point)
            elif not point.name.endswith("_step"):
                self._series[point.name].add(point)
                self._steps_an_epoch = point.step / (point.epoch + 1)
            changed.add(point.name)
        if changed and self._steps_an_epoch > 0:
            # The first epoch tells how many steps one has; until then the place of a step's loss is not known.
            self._draw(changed | ({STEP_LOSS} & self._series.keys()))

    def look(self, view: CurveView) -> None:
        """Draw the curves in another way."""
        # bqplot does not change the scales of a mark that is drawn.
        is_rebuilt = view.log != self.view.log or view.hidden != self.view.hidden
        self.view = view
        if is_rebuilt:
            self._close_figures()
        if self._steps_an_epoch > 0:
            self._whole()
            self._draw(self._series)

    def mark(self, evidence: Sequence[Evidence]) -> None:
        """Draw evidence on the curves in the place of what was marked before."""
        self._evidence = tuple(evidence)
        self._draw_marks()

    def mark_tested(self, values: Mapping[str, float], best_epoch: int) -> None:
        """Draw what the test gave (``test_accuracy``), at the epoch whose weights were tested, counted from 1."""
        self._tested = (dict(values), best_epoch)
        self._draw_marks()

    def mark_sessions(self, began: Sequence[datetime]) -> None:
        """Draw a line where each further session of the run began."""
        self._sessions = tuple(time.timestamp() for time in began)
        self._draw_marks()

    def save_png(self) -> None:
        """Have the browser save each figure as a picture."""
        for quantity, figure in self._figures.items():
            figure.save_png(f"{quantity}.png")

    def close(self) -> None:
        """Close the figures and the box."""
        self.clear()
        self._x.close()
        self._height.close()
        self.controls.close()
        self._empty.close()
        self._legend.close()
        self.box.close()

    def _began(self) -> float:
        return min((series.times[0] for series in self._series.values() if series.times), default=0.0)

    def _draw(self, names: Iterable[str]) -> None:
        began = self._began()
        for name in sorted(names):
            if self._split(name) in self.view.hidden:
                continue
            x, y = self._series[name].arrays(self.view, self._steps_an_epoch if name == STEP_LOSS else None, began)
            if not len(x):
                continue
            line = self._line(name)
            with line.hold_sync():
                line.x, line.y = x, y
        self._fit_axes()
        epochs = max((series.epochs[-1] for name, series in self._series.items() if name != STEP_LOSS), default=1.0)
        if epochs >= MANY_EPOCHS:
            for line in self._lines.values():
                line.marker = None
        self._draw_marks()

    def _fit_axes(self) -> None:
        last = max((float(line.x[-1]) for line in self._lines.values() if len(line.x)), default=1.0)
        if self._zoomed is None:
            self._x.max = max(last, 1.0) if self.view.x == "epoch" else last
        for quantity, figure in self._figures.items():
            x_axis, y_axis = figure.axes
            x_axis.label = AXES[self.view.x]
            x_axis.tick_format = "d" if self.view.x == "epoch" else "~s" if self.view.x == "step" else "~g"
            # Zoomed in, bqplot chooses.
            is_whole = self.view.x == "epoch" and self._zoomed is None
            x_axis.tick_values = epoch_ticks(int(last)) if is_whole else None
            if quantity == "loss" and not self.view.log:
                # From zero, with a little air: where the curve ends says more than where it began.
                drawn = [line for line in self._lines.values() if line in figure.marks and len(line.y)]
                highest = max((float(np.max(line.y)) for line in drawn), default=1.0)
                y_axis.scale.max = 1.05 * highest if highest > 0 else 1.0
                y_axis.tick_values = value_ticks(highest)

    def _line(self, name: str) -> bqplot.Lines:
        if name not in self._lines:
            split = self._split(name)
            figure = self._figure("loss" if split == "step" else name.split("_", 1)[1])
            look = {"stroke_width": 2, "marker_size": 34, **LOOKS[split]}
            self._lines[name] = bqplot.Lines(x=[], y=[], scales={"x": self._x, "y": figure.axes[1].scale}, **look)
            # The faint line of single batches lies under the others.
            own = [self._lines[name]]
            figure.marks = own + figure.marks if split == "step" else figure.marks + own
        return self._lines[name]

    def _figure(self, quantity: str) -> bqplot.Figure:
        if quantity not in self._figures:
            # A little above 1, so that the marker of a perfect value is not cut.
            bounds = {"min": 0.0, "max": 1.02} if is_share(quantity) else {"min": 0.0} if quantity == "loss" else {}
            scale = bqplot.LogScale() if self.view.log else bqplot.LinearScale(**bounds)
            x_axis = bqplot.Axis(scale=self._x, label=AXES[self.view.x], grid_lines="none")
            y_axis = bqplot.Axis(scale=scale, side="left", num_ticks=5)
            if is_share(quantity) and not self.view.log:
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
            self._figures[quantity].interaction = self._zoomed
            shown = (self._figures[name] for name in sorted(self._figures, key=_place))
            self.box.children = (self._legend, self.controls.box, *shown)
        return self._figures[quantity]

    def _draw_marks(self) -> None:
        # Evidence and sessions are about epochs and times; drawn where the axis has them.
        evidence = self._evidence if self.view.x == "epoch" else ()
        self._evidence_marks.show(evidence_drawings(self._figures, self._lines, evidence))
        values, best_epoch = self._tested
        is_shown = bool(values) and "test" not in self.view.hidden
        place = self._place_of(best_epoch)
        self._tested_marks.show(tested_drawings(self._figures, values if is_shown else {}, place))
        self._session_marks.show(self._session_drawings())

    def _place_of(self, epoch: int) -> float:
        """Return where along the axis an epoch ends."""
        longest = self._longest()
        place = next((place for place, one in enumerate(longest.epochs) if one >= epoch), None)
        if self.view.x == "epoch" or place is None:
            return float(epoch)
        return longest.steps[place] if self.view.x == "step" else (longest.times[place] - self._began()) / 60

    def _longest(self) -> Series:
        return max(
            (series for name, series in self._series.items() if name != STEP_LOSS),
            key=lambda series: len(series.times),
            default=Series(),
        )

    def _session_drawings(self) -> dict[Hashable, Drawing]:
        """Return an upright line over the whole height of each figure where a session began."""
        places = self._session_places()
        look = {
            "scales": {"x": self._x, "y": self._height},
            "colors": ["#8a8a8a"],
            "line_style": "dotted",
            "stroke_width": 1.5,
        }
        points = {"x": [[place, place] for place in places], "y": [[0.0, 1.0] for _ in places]}
        drawn = self._figures if places else {}
        return {name: Drawing(figure, bqplot.Lines, look, points) for name, figure in drawn.items()}

    def _session_places(self) -> list[float]:
        """Return where along the axis the sessions began: at the first point that came after."""
        longest = max(self._series.values(), key=lambda series: len(series.times), default=Series())
        along = {"epoch": longest.epochs, "step": longest.steps, "time": longest.times}[self.view.x]
        origin = self._began() if self.view.x == "time" else 0.0
        unit = 60.0 if self.view.x == "time" else 1.0
        found = (
            next((place for place, t in zip(along, longest.times, strict=True) if t >= s), None) for s in self._sessions
        )
        return [(place - origin) / unit for place in found if place is not None]

    def _zoom(self, is_on: bool) -> None:
        """Let the wheel and the pointer zoom and move along the axis, or not."""
        if self._zoomed is not None:
            self._zoomed.close()
        self._zoomed = bqplot.interacts.PanZoom(scales={"x": [self._x]}) if is_on else None
        for figure in self._figures.values():
            figure.interaction = self._zoomed
        self._fit_axes()

    def _whole(self) -> None:
        """Show the whole of the curves again."""
        self._x.min = 0.0
        last = max((float(line.x[-1]) for line in self._lines.values() if len(line.x)), default=1.0)
        self._x.max = last
        self._fit_axes()

    @staticmethod
    def _split(name: str) -> str:
        return "step" if name == STEP_LOSS else name.split("_", 1)[0]

    def _close_figures(self) -> None:
        for layer in (self._evidence_marks, self._tested_marks, self._session_marks):
            layer.clear()
        figures, lines = list(self._figures.values()), list(self._lines.values())
        self._figures.clear()
        self._lines.clear()
        for figure in figures:
            close_figure(figure)
        for line in lines:
            line.close()


def close_figure(figure: bqplot.Figure) -> None:
    """Close a figure with its axes and scales, each of which is a widget of its own in the browser."""
    for axis in figure.axes:
        if axis.side == "left":
            axis.scale.close()
        axis.close()
    figure.close()


def _place(quantity: str) -> tuple[int, str]:
    return (0 if quantity == "loss" else 1 if quantity == "accuracy" else 2, quantity)
