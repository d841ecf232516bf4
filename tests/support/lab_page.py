"""JupyterLab as a person sees it: notebooks, cells and the mouse."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from support.jupyter_server import JupyterServer

RUN_TIMEOUT_MS = 60_000
_NUMBERED = re.compile(r"\[\d+\]:")  # the prompt of a cell that has run: [3]:


class LabPage:
    """One browser window on one JupyterLab.

    Parameters
    ----------
    page
        The browser's page.
    server
        The running JupyterLab.
    """

    def __init__(self, page: Page, server: JupyterServer) -> None:
        self.page = page
        self.server = server
        self.console_errors: list[str] = []
        page.on("pageerror", lambda error: self.console_errors.append(str(error)))

    def open(self, notebook: str, *, reset: bool = True) -> None:
        """Open a notebook in a workspace of its own and wait for its kernel."""
        reset_query = "&reset" if reset else ""
        self.page.goto(f"{self.server.url}lab/tree/{notebook}?token={self.server.token}{reset_query}")
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until the notebook is drawn and its kernel is idle."""
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=RUN_TIMEOUT_MS)
        idle = self.page.locator('.jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status="idle"]')
        expect(idle.first).to_be_visible(timeout=RUN_TIMEOUT_MS)
        expect(self.page.get_by_text(re.compile(r"\| Idle$"))).to_be_visible(timeout=RUN_TIMEOUT_MS)

    def code_cell(self, text: str) -> Locator:
        """Return the code cell whose source contains `text`."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").filter(
            has=self.page.locator(".jp-InputArea", has_text=text)
        )

    def run_cell(self, text: str) -> Locator:
        """Click into the cell whose source contains `text`, press Shift+Enter, wait for it to finish, and return it."""
        cell = self.code_cell(text).first
        cell.scroll_into_view_if_needed()
        cell.locator(".jp-InputArea-editor").click()
        # A keystroke before the cursor is in the cell would be lost: a person would see no cursor either.
        expect(cell.locator(".cm-editor.cm-focused")).to_be_visible(timeout=RUN_TIMEOUT_MS)
        self.page.keyboard.press("Shift+Enter")
        expect(cell.locator(".jp-InputArea-prompt")).to_have_text(_NUMBERED, timeout=RUN_TIMEOUT_MS)
        return cell

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the mouse at `start`, move in steps as a hand does, release at `end` (CSS px in the window)."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=5)
        self.page.mouse.move(*end, steps=5)
        self.page.mouse.up()

    def save(self) -> None:
        """Save the notebook with the keyboard, and wait for it."""
        self.page.keyboard.press("Control+s")
        self.expect_saved()

    def close_kernels(self) -> None:
        """End all kernels, as the server does overnight."""
        sessions = f"{self.server.url}api/sessions"
        for session in self.server.http.get(sessions).json():
            self.server.http.delete(f"{sessions}/{session['id']}").raise_for_status()

    def expect_saved(self) -> None:
        """Wait until the notebook has no changes that are not saved."""
        expect(self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current.jp-mod-dirty")).to_have_count(0)

    def use_theme(self, name: str) -> None:
        """Switch to ``"JupyterLab Dark"`` or ``"JupyterLab Light"``."""
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        dark = "false" if name.endswith("Dark") else "true"
        expect(self.page.locator(f'body[data-jp-theme-light="{dark}"]')).to_be_attached()

    def screenshot(self, name: str) -> None:
        """Save a picture below ``screenshots/``, for a person's eye."""
        folder = Path(__file__).parent.parent.parent / "screenshots"
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png")


def center(locator: Locator) -> tuple[float, float]:
    """Return the middle of an element, in CSS px in the window."""
    box = locator.bounding_box()
    assert box is not None, f"{locator} is not on the screen"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
