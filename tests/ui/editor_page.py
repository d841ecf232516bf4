"""The architecture editor as a person sees it: chips, cards, ports and the inspector."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, expect
from support.lab_page import LabPage, center

CARD_HEIGHT = 72.0  # the cards' height in the document's px; `labextension/src/editor/cards.ts`


@dataclass
class EditorPage:
    """One editor in a notebook.

    Parameters
    ----------
    lab
        The window it is in.
    root
        The editor's element.
    """

    lab: LabPage
    root: Locator

    def to_window(self, x: float, y: float) -> tuple[float, float]:
        """Return the place in the window, in CSS px, of a place in the document, when the view has come to rest."""
        canvas, seen = self.root.locator(".plab-canvas"), ""
        while (view := canvas.get_attribute("data-view") or "") != seen:
            seen = view
            self.lab.page.wait_for_timeout(100)  # an animation has no event to wait for; this polls until it rests
        box = canvas.bounding_box()
        assert box is not None
        zoom, pan_x, pan_y = map(float, view.split())
        return box["x"] + x * zoom + pan_x, box["y"] + y * zoom + pan_y

    def output_port(self, x: float, y: float) -> tuple[float, float]:
        """Return where the output port of a card at (x, y) is, in the window."""
        return self.to_window(x, y + CARD_HEIGHT / 2)

    def input_port(self, x: float, y: float) -> tuple[float, float]:
        """Return where the input port of a card at (x, y) is, in the window."""
        return self.to_window(x, y - CARD_HEIGHT / 2)

    def drop_chip(self, kind: str, x: float, y: float) -> None:
        """Drag a chip from the palette to a place in the document."""
        chip = self.root.locator(f'.plab-chip[data-kind="{kind}"]')
        chip.scroll_into_view_if_needed()
        self.lab.drag(center(chip), self.to_window(x, y))

    def connect(self, source: tuple[float, float], target: tuple[float, float]) -> None:
        """Pull a line from the output of the card at `source` to the input of the card at `target`."""
        self.lab.drag(self.output_port(*source), self.input_port(*target))

    def show_all(self) -> None:
        """Press the button that brings the whole graph into view."""
        self.root.get_by_role("button", name="Show all", exact=True).click()

    def set_number(self, param: str, value: str) -> None:
        """Type a value into the inspector's field of the selected card."""
        field = self.root.locator(f'.plab-param[data-param="{param}"] input')
        field.fill(value)
        field.press("Tab")

    def expect_status(self, text: str) -> None:
        """Wait until the status line says `text`."""
        expect(self.root.locator(".plab-status")).to_contain_text(text)
