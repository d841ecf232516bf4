"""A search in a notebook: how it stands, its trials, a line for each trial through its settings, and what mattered."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import bqplot
import ipywidgets
import numpy as np

from patholearn_lab.client.search import Search
from patholearn_lab.widgets.curves import SHARE_TICKS, close_figure
from patholearn_lab.widgets.main_loop import MainLoop
from patholearn_lab.widgets.run_display import RunHeader, SharedClient
from patholearn_lab.widgets.run_follower import RunFollower, RunNews

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.interface import Client

FIXED = ("state", "epoch", "run")
"""Columns of the table that are no setting."""
BEST, OTHERS = "#d9730d", "#2f86d6"


class SearchView(ipywidgets.VBox):  # type: ignore[misc]
    """Shows one search, live while it goes on.

    Parameters
    ----------
    search
        What :func:`patholearn_lab.search` gave, or its id.
    client
        Where it is; found by itself where None.

    Raises
    ------
    JobNotFoundError
        When there is no such search.
    """

    def __init__(self, search: Any, *, client: Client | None = None) -> None:
        shared = SharedClient(client)
        self._search = Search(shared(), search if isinstance(search, str) else search.id)
        self._header = RunHeader(shared)
        self._table = ipywidgets.HTML(layout=ipywidgets.Layout(width="100%", max_height="320px", overflow="auto"))
        self._plots = ipywidgets.Box(layout=ipywidgets.Layout(display="flex", flex_flow="row wrap", width="100%"))
        self._plots.add_class("plab-curves")
        self._drawn: tuple[str, dict[str, float]] | None = None
        super().__init__([self._header, self._plots, self._table], layout=ipywidgets.Layout(width="100%"))
        self.add_class("plab-run-display")
        self._follower = RunFollower(shared(), self._search.id, self._show, MainLoop())
        self._follower.start()

    def close(self) -> None:
        """Stop following, and close everything."""
        if hasattr(self, "_follower"):
            self._follower.close()
            self._clear()
            for widget in (self._header, self._table, self._plots):
                widget.close()
        super().close()

    def _show(self, news: RunNews) -> None:
        if news.job is None:
            return
        self._header.job = news.job.model_dump(mode="json")
        trials = self._search.refresh().trials()
        self._table.value = table(trials, self._search.metric)
        # Made anew only where there is news in them: each is several widgets (see mark_layer.py).
        drawn = trials.drop(columns=[*FIXED], errors="ignore").to_json(), self._search.importance
        if drawn != self._drawn:
            self._drawn = drawn
            self._clear()
            self._plots.children = tuple(plots(trials, self._search.metric, self._search.importance))

    def _clear(self) -> None:
        drawn, self._plots.children = self._plots.children, ()
        for figure in drawn:
            for mark in figure.marks:
                mark.close()
            close_figure(figure)


def plots(trials: pd.DataFrame, metric: str, importance: dict[str, float]) -> list[bqplot.Figure]:
    """Return the parallel coordinates of trials that have a value, and the importance of their settings."""
    if trials.empty or metric not in trials:
        return []
    known = trials[trials[metric].notna()]
    settings = [name for name in known.columns if name not in (*FIXED, metric)]
    figures = [parallel(known, settings, metric)] if len(known) else []
    return [*figures, bars(importance)] if importance else figures


def parallel(trials: pd.DataFrame, settings: list[str], metric: str) -> bqplot.Figure:
    """Return a line for each trial through its settings to its value; each axis goes from its smallest to its largest.

    The best trial is drawn last, in a color of its own.
    """
    names = [*settings, metric]
    rows = np.column_stack([places(trials[name].tolist()) for name in names])
    values = trials[metric].to_numpy(dtype=np.float64)
    best = int(values.argmin() if "loss" in metric or "error" in metric else values.argmax())
    x, y = bqplot.LinearScale(min=-0.1, max=len(names) - 0.9), bqplot.LinearScale(min=-0.05, max=1.05)
    scales, across = {"x": x, "y": y}, np.arange(len(names), dtype=np.float64)
    others = bqplot.Lines(
        x=across, y=rows, scales=scales, colors=[OTHERS], opacities=[0.45] * len(rows), stroke_width=1.5
    )
    winner = bqplot.Lines(x=across, y=rows[best], scales=scales, colors=[BEST], stroke_width=3, marker="circle")
    axis = bqplot.Axis(scale=x, tick_values=across, num_ticks=len(names), grid_lines="solid")
    axis.tick_labels = {str(place): _title(name, trials[name].tolist()) for place, name in enumerate(names)}
    axis.tick_format = "d"
    left = bqplot.Axis(scale=y, side="left", tick_values=[], grid_lines="none", visible=False)
    return _figure("Each line is a trial; the best is orange", [others, winner], [axis, left], grow=2)


def bars(importance: dict[str, float]) -> bqplot.Figure:
    """Return how much of the differences each setting explains, the most important first."""
    names = sorted(importance, key=lambda name: -importance[name])
    x, y = bqplot.OrdinalScale(), bqplot.LinearScale(min=0.0, max=1.0)
    mark = bqplot.Bars(
        x=names, y=[importance[name] for name in names], scales={"x": x, "y": y}, colors=[OTHERS], padding=0.3
    )
    left = bqplot.Axis(scale=y, side="left", tick_format=".0%", tick_values=SHARE_TICKS)
    return _figure("Which setting mattered", [mark], [bqplot.Axis(scale=x, grid_lines="none"), left], grow=1)


def places(values: list[Any]) -> list[float]:
    """Return where values stand between the smallest (0) and the largest (1); words in the order of their letters.

    >>> places([8, 64, 36]), places(["b", "a"]), places([5, 5])
    ([0.0, 1.0, 0.5], [1.0, 0.0], [0.5, 0.5])
    """
    if not all(isinstance(value, int | float) for value in values):
        order = sorted({str(value) for value in values})
        return places([float(order.index(str(value))) for value in values])
    low, high = min(values), max(values)
    return [0.5 if low == high else (value - low) / (high - low) for value in values]


def table(trials: pd.DataFrame, metric: str) -> str:
    """Return the trials as an HTML table, the best first."""
    if trials.empty:
        return "<p>No trial has begun yet.</p>"
    ascending = "loss" in metric or "error" in metric
    ordered = trials.sort_values(metric, ascending=ascending, na_position="last") if metric in trials else trials
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in ["trial", *ordered.columns])
    body = "".join(
        f"<tr><td>{place}</td>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>"
        for place, row in zip(ordered.index, ordered.itertuples(index=False), strict=True)
    )
    return f'<table class="plab-comparison-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _figure(title: str, marks: list[Any], axes: list[Any], grow: int) -> bqplot.Figure:
    return bqplot.Figure(
        title=title,
        marks=marks,
        axes=axes,
        fig_margin={"top": 34, "bottom": 50, "left": 54, "right": 40},
        padding_y=0.0,
        title_style={"font-size": "14px"},
        display_toolbar=False,
        min_aspect_ratio=0.8,
        max_aspect_ratio=8.0,
        layout=ipywidgets.Layout(flex=f"{grow} 1 {340 * grow}px", min_width="300px", height="280px"),
    )


def _title(name: str, values: list[Any]) -> str:
    if all(isinstance(value, int | float) for value in values):
        return f"{name}: {min(values):.3g} to {max(values):.3g}"
    return name


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  (NaN, as pandas has it for what is missing)
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else escape(str(value))
