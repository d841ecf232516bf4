"""Several runs on the same axes, with what they were trained with."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from patholearn_lab.client.runs_table import RunsTable, ensure_comparable
from patholearn_lab.widgets.curve_series import smoothed
from patholearn_lab.widgets.curves import SHARE_TICKS, close_figure
from patholearn_lab.widgets.run_display import SharedClient
from patholearn_lab.widgets.ticks import is_share

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.models import CurvePage

POINTS = 400
"""Of each curve: twenty runs then have fewer points than one long one, and stay smooth."""
# Ten tones that are told apart on a white and on a black page (after Okabe and Ito 2008); then once more, dashed.
COLORS = (
    "#2f86d6", "#d9730d", "#1f9d6b", "#b3439b", "#8a7a00", "#cf4446", "#6b6fd6", "#2a97a6", "#9b6a43", "#7d7d7d",
)  # fmt: skip
SPLITS = (("Validation", "valid"), ("Training", "train"))


class RunComparison(ipywidgets.VBox):  # type: ignore[misc]
    """Runs on the same axes, each in a color of its own, above a table of what they differ in.

    Parameters
    ----------
    runs
        Runs of :func:`patholearn_lab.train`, jobs, or ids of jobs; at most 20.
    client
        Where they are; found by itself where None.

    Attributes
    ----------
    table
        The runs as :class:`patholearn_lab.client.runs_table.RunsTable`; ``table.frame()`` is a data frame.

    Raises
    ------
    InvalidInputError
        When there are none, or more than 20.
    JobNotFoundError
        When there is no such run.
    """

    def __init__(self, *runs: Any, client: Client | None = None) -> None:
        ensure_comparable(len(runs))
        jobs = SharedClient(client)().jobs
        ids = [run if isinstance(run, str) else run.id for run in runs]
        self.table: RunsTable = jobs.compare(ids)
        self._pages: list[CurvePage] = [jobs.curves(id, POINTS) for id in ids]
        self._figures: list[bqplot.Figure] = []
        self._lines: list[bqplot.Lines] = []
        self._x = bqplot.LinearScale(min=0.0)
        self.shown = [
            ipywidgets.ToggleButton(
                value=True,
                description=self._label(place),
                tooltip=f"Show or hide {run.name}, {run.id}",
                layout=ipywidgets.Layout(width="auto"),
            )
            for place, run in enumerate(self.table.runs)
        ]
        self.split = ipywidgets.Dropdown(options=SPLITS, description="On", layout=ipywidgets.Layout(width="180px"))
        self.smoothing = ipywidgets.FloatSlider(
            min=0.0, max=0.95, step=0.05, description="Smooth", layout=ipywidgets.Layout(width="240px")
        )
        row = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center")
        self._controls = ipywidgets.Box([self.split, self.smoothing, *self.shown], layout=row)
        self._controls.add_class("plab-curves-controls")
        self._box = ipywidgets.Box(layout=ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%"))
        self._box.add_class("plab-curves")
        self._html = ipywidgets.HTML(self._as_html(), layout=ipywidgets.Layout(width="100%"))
        super().__init__([self._controls, self._box, self._html], layout=ipywidgets.Layout(width="100%"))
        self.add_class("plab-comparison")
        for control in (self.split, self.smoothing, *self.shown):
            control.observe(lambda _change: self.draw(), "value")
        self.draw()

    def draw(self) -> None:
        """Draw the curves of the split and the runs that are chosen."""
        self._close_figures()
        names = sorted(
            {name for page in self._pages for name in page.curves if name.startswith(f"{self.split.value}_")}
        )
        wanted = [name for name in names if not name.endswith("_step")]
        order = sorted(wanted, key=lambda name: (name.endswith("_loss") is False, name))
        self._figures = [self._figure(name) for name in order]
        self._box.children = tuple(self._figures)

    def close(self) -> None:
        """Close the figures and everything around them."""
        if hasattr(self, "_figures"):
            self._close_figures()
            for widget in (*self.shown, self.split, self.smoothing, self._controls, self._box, self._html, self._x):
                widget.close()
        super().close()

    def _figure(self, name: str) -> bqplot.Figure:
        quantity = name.split("_", 1)[1]
        bounds = {"min": 0.0, "max": 1.02} if is_share(quantity) else {}
        y = bqplot.LinearScale(**bounds)
        y_axis = bqplot.Axis(scale=y, side="left", num_ticks=5, tick_format="~g")
        if is_share(quantity):
            y_axis.tick_values, y_axis.tick_format = SHARE_TICKS, ".1f"
        lines = []
        for place, page in enumerate(self._pages):
            curve = page.curves.get(name)
            if curve is None or not self.shown[place].value:
                continue
            lines.append(
                bqplot.Lines(
                    x=np.array([0 if epoch is None else epoch + 1 for epoch in curve.epochs], dtype=np.float64),
                    y=smoothed(np.array(curve.values), self.smoothing.value),
                    scales={"x": self._x, "y": y},
                    colors=[_color(place)],
                    line_style="solid" if place < len(COLORS) else "dashed",
                    stroke_width=2,
                )
            )
        self._lines += lines
        return bqplot.Figure(
            title=quantity.replace("_", " ").capitalize(),
            marks=lines,
            axes=[
                bqplot.Axis(scale=self._x, label="Epoch", grid_lines="none", tick_format="~g"),
                y_axis,
            ],
            fig_margin={"top": 34, "bottom": 44, "left": 54, "right": 16},
            padding_y=0.0,
            title_style={"font-size": "14px"},
            display_toolbar=False,
            min_aspect_ratio=0.8,
            max_aspect_ratio=8.0,
            layout=ipywidgets.Layout(flex="1 1 340px", min_width="300px", height="280px"),
        )

    def _label(self, place: int) -> str:
        run = self.table.runs[place]
        return f"{place + 1} {run.name}"[:28]

    def _as_html(self) -> str:
        differences = self.table.differences
        best = list(dict.fromkeys(name for run in self.table.runs for name in run.best))
        head = ["Run", *differences, *(name.replace("_", " ") for name in best)]
        rows = [
            [
                f"{_stroke(place)} {escape(self._label(place))}",
                *(_cell(values[place]) for values in differences.values()),
                *(_cell(run.best.get(name)) for name in best),
            ]
            for place, run in enumerate(self.table.runs)
        ]
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        titles = "".join(f"<th>{escape(title.replace('_', ' '))}</th>" for title in head)
        caption = "What the runs differ in, and the best value of each metric"
        return (
            f'<table class="plab-comparison-table"><caption>{caption}</caption><thead><tr>{titles}</tr></thead>'
            f"<tbody>{body}</tbody></table>"
        )

    def _close_figures(self) -> None:
        figures, lines = self._figures, self._lines
        self._figures, self._lines = [], []
        for figure in figures:
            close_figure(figure)
        for line in lines:
            line.close()


def compare(*runs: Any, client: Client | None = None) -> RunComparison:
    """Show several runs on the same axes, with what they differ in.

    Parameters
    ----------
    runs
        Runs of :func:`patholearn_lab.train`, or their ids; at most 20. A list of them is taken too.
    client
        Where they are; found by itself where None.

    Examples
    --------
    >>> lab.compare(run, run.retry(learning_rate=0.0001))  # doctest: +SKIP
    >>> lab.compare(*runs).table.frame()                   # doctest: +SKIP
    """
    flat: list[Any] = []
    for run in runs:
        flat += run if isinstance(run, Sequence) and not isinstance(run, str) else [run]
    return RunComparison(*flat, client=client)


def _color(place: int) -> str:
    return COLORS[place % len(COLORS)]


def _stroke(place: int) -> str:
    stroke = "━━" if place < len(COLORS) else "╍╍"
    return f'<span style="color:{_color(place)}" aria-hidden="true">{stroke}</span>'


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
