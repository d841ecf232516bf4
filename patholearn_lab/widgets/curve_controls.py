"""The row above curves by which one chooses how they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ipywidgets

from patholearn_lab.widgets.curve_series import CurveView

POINTS = (50, 100, 200, 500, 1000, 2000)
SERIES = (("train", "Training"), ("valid", "Validation"), ("step", "Batches"), ("test", "Test"))


class CurveControls:
    """Buttons and sliders for a :class:`~patholearn_lab.widgets.curve_series.CurveView`.

    Parameters
    ----------
    on_view
        Told of another view.
    on_png
        Called to save the figures as pictures.
    on_zoom
        Told whether the pointer zooms.
    on_whole
        Called to show the whole of the curves again.

    Attributes
    ----------
    box
        The row.
    """

    def __init__(
        self,
        on_view: Callable[[CurveView], None],
        on_png: Callable[[], None],
        on_zoom: Callable[[bool], None],
        on_whole: Callable[[], None],
    ) -> None:
        self._on_view = on_view
        self._view = CurveView()
        narrow = ipywidgets.Layout(width="auto")
        self.x = ipywidgets.Dropdown(
            options=[("Epoch", "epoch"), ("Step", "step"), ("Time", "time")],
            description="Along",
            layout=ipywidgets.Layout(width="150px"),
            style={"description_width": "44px"},
        )
        self.smoothing = ipywidgets.FloatSlider(
            min=0.0,
            max=0.95,
            step=0.05,
            description="Smooth",
            readout_format=".2f",
            layout=ipywidgets.Layout(width="230px"),
            style={"description_width": "52px"},
            tooltip="How much of the values before goes into each value",
        )
        self.points = ipywidgets.SelectionSlider(
            options=POINTS,
            value=POINTS[-1],
            description="Points",
            layout=ipywidgets.Layout(width="220px"),
            style={"description_width": "46px"},
            tooltip="How many points of a curve are drawn; the smallest and the largest always are",
        )
        self.log = ipywidgets.ToggleButton(description="Log", tooltip="A logarithmic axis of values", layout=narrow)
        self.series = {
            name: ipywidgets.ToggleButton(value=True, description=words, tooltip="Show or hide", layout=narrow)
            for name, words in SERIES
        }
        self.zoom = ipywidgets.ToggleButton(
            description="Zoom", tooltip="Zoom with the wheel, move by dragging", layout=narrow
        )
        self.whole = ipywidgets.Button(description="Whole", tooltip="Show the whole of the curves", layout=narrow)
        self.png = ipywidgets.Button(description="PNG", tooltip="Save the figures as pictures", layout=narrow)
        self._all: list[Any] = [
            *self.series.values(), self.x, self.log, self.smoothing, self.points, self.zoom, self.whole, self.png,
        ]  # fmt: skip
        layout = ipywidgets.Layout(display="flex", flex_flow="row wrap", align_items="center", width="100%")
        self.box = ipywidgets.Box(self._all, layout=layout)
        self.box.add_class("plab-curves-controls")
        for control in (self.x, self.smoothing, self.points, self.log, *self.series.values()):
            control.observe(lambda _change: self._tell(), "value")
        self.zoom.observe(lambda change: on_zoom(change["new"]), "value")
        self.whole.on_click(lambda _button: on_whole())
        self.png.on_click(lambda _button: on_png())

    def close(self) -> None:
        """Close the row and all that is in it."""
        for control in (*self._all, self.box):
            control.close()

    def _tell(self) -> None:
        view = replace(
            self._view,
            x=self.x.value,
            log=self.log.value,
            smoothing=self.smoothing.value,
            points=self.points.value,
            hidden=frozenset(name for name, button in self.series.items() if not button.value),
        )
        if view != self._view:
            self._view = view
            self._on_view(view)
