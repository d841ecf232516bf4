"""Two people draw in one `*.arch.json` at once, each in a browser of their own."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Error as PlaywrightError
from support.accessibility import violations
from support.jupyter_server import JupyterServer
from support.lab_page import LabPage
from ui.editor_page import EditorPage

from patholearn_lab.testing.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.server]

PROJECT = Path(__file__).parent.parent.parent
DRAWING = PROJECT / "tests/golden/documents/small_cnn.arch.json"
FILE = "shared.arch.json"
OPTIONS = ("--LabApp.expose_app_in_browser=True", "--YDocExtension.document_save_delay=0.2")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[JupyterServer]:
    """A JupyterLab with jupyter-collaboration and one drawing; a test may put another in its place."""
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", app="lab", options=OPTIONS, shared=True) as server:
        shutil.copy(DRAWING, server.root_dir / FILE)
        yield server


def opened(browser: Browser, server: JupyterServer) -> EditorPage:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script("localStorage.setItem('patholearn-tour', 'seen')")  # it has a test of its own
    lab = LabPage(context.new_page(), server)
    lab.page.goto(f"{server.url}lab/tree/{FILE}?token={server.token}&reset")
    editor = EditorPage(lab, lab.page.locator(".plab-document .plab-editor"))
    expect(editor.root).to_be_visible(timeout=60_000)
    expect(editor.root.locator(".plab-status")).to_contain_text("layers", timeout=30_000)  # drawn, placed and checked
    return editor


def on_disk(server: JupyterServer) -> dict[str, Any]:
    """Return the nodes in the file; none while it is just being written."""
    with contextlib.suppress(json.JSONDecodeError):
        return dict(json.loads((server.root_dir / FILE).read_text(encoding="utf-8"))["nodes"])
    return {}


def filters_on_disk(server: JupyterServer) -> Any:
    return on_disk(server).get("conv_1", {"params": {}})["params"].get("out_channels")


def click_card(editor: EditorPage, node: str) -> None:
    """Click a card where the file had it at first, and wait until it is selected."""
    place = json.loads(DRAWING.read_text(encoding="utf-8"))["nodes"][node]
    name = editor.root.locator(".plab-inspector").get_by_text(node)

    def selected() -> bool:
        editor.lab.page.mouse.click(*editor.to_window(place["x"], place["y"]))
        return name.count() > 0

    eventually(selected, every_s=0.5, what=f"{node} to be selected")


def filters(editor: EditorPage) -> Locator:
    return editor.root.locator('.plab-param[data-param="out_channels"] input')


def add_dropout(editor: EditorPage) -> None:
    """Add a layer without the mouse: JupyterLab may have put up its dialog that the server is away."""
    add = """() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.graph.dispatch([
      { op: 'addNode', id: 'dropout_2', node: { kind: 'dropout', params: {}, x: -190, y: 180, note: '' } }
    ], 'Add')"""
    editor.lab.page.evaluate(add)


def one_comments_and_the_other_answers_and_resolves(one: EditorPage, other: EditorPage) -> None:
    """Go through a conversation about the first convolution, all of it by keyboard but for the two buttons."""
    one.root.press("a")
    one.lab.page.keyboard.type("Why so many filters?")
    one.lab.page.keyboard.press("Control+Enter")
    expect(other.root.locator(".plab-status")).to_contain_text("wrote a comment on conv_1")
    other.root.press("Shift+A")
    dialog = other.root.get_by_role("dialog", name="Open comments")
    expect(dialog).to_contain_text("Why so many filters?")
    dialog.get_by_role("button", name="conv_1").press("Enter")
    expect(other.root.get_by_role("textbox", name="Write a comment")).to_be_focused()
    other.root.get_by_role("button", name="Answer").click()
    other.lab.page.keyboard.type("As in the paper.")
    other.lab.page.keyboard.press("Control+Enter")
    expect(one.root.locator(".plab-comment")).to_contain_text(["Why so many filters?", "As in the paper."])
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        one.lab.use_theme(theme)
        assert violations(one.lab.page, ".plab-editor") == []
    one.lab.screenshot("comments")
    other.root.get_by_role("button", name="Resolve").click()
    expect(one.root.get_by_text("1 resolved comment")).to_be_visible()
    expect(one.root.locator(".plab-thread:visible")).to_have_count(0)


def test_two_people_draw_at_once_see_each_other_and_lose_nothing_with_the_server(
    browser: Browser, server: JupyterServer
) -> None:
    one, other = opened(browser, server), opened(browser, server)
    for editor in (one, other):
        expect(editor.root.locator(".plab-person")).to_have_count(1)

    # What one selects, edits and drags is seen by the other while it happens.
    click_card(other, "conv_1")
    filters(other).click()
    expect(one.root.locator(".plab-person-box")).to_contain_text("Filters")
    click_card(one, "conv_1")
    expect(one.root.locator(".plab-param-busy")).to_have_attribute("data-param", "out_channels")

    # Both change the same layer, and both changes stay; undo takes back one's own.
    before = filters(one).input_value()
    other.set_number("out_channels", "21")
    expect(filters(one)).to_have_value("21")
    one.set_number("kernel_size", "5")
    expect(other.root.locator('.plab-param[data-param="kernel_size"] input')).to_have_value("5")
    other.root.get_by_role("button", name="Undo").click()
    expect(filters(one)).to_have_value(before)
    expect(other.root.locator('.plab-param[data-param="kernel_size"] input')).to_have_value("5")
    other.root.get_by_role("button", name="Redo").click()
    expect(filters(one)).to_have_value("21")
    one.lab.screenshot("two-people")

    one_comments_and_the_other_answers_and_resolves(one, other)

    # Who only looks changes nothing, and sees what the other does.
    look_only = "() => window.jupyterapp.commands.execute('patholearn:toggle-read-only')"
    other.lab.page.evaluate(look_only)
    click_card(other, "conv_1")
    other.lab.page.keyboard.press("Delete")
    expect(other.lab.page.get_by_text("is only shown here")).to_be_visible()
    one.set_number("stride", "2")
    expect(other.root.locator('.plab-param[data-param="stride"] input')).to_have_value("2")
    other.lab.page.evaluate(look_only)

    # Both go on while the server is gone, and all of it is in the file when it is back.
    eventually(lambda: filters_on_disk(server) == 21, what="the file")
    server.kill()
    taken = {"port": int(server.url.rsplit(":", 1)[1].split("/")[0]), "token": server.token}
    other.set_number("out_channels", "33")
    add_dropout(one)
    add_dropout(other)
    with JupyterServer.started(server.root_dir, server.data_dir, "lab", options=OPTIONS, shared=True, **taken):
        eventually(lambda: {"dropout_2", "dropout_3"} <= on_disk(server).keys(), 20, what="both layers in the file")
        eventually(lambda: filters_on_disk(server) == 33, 20, what="the number of filters in the file")
        for editor in (one, other):
            # JupyterLab itself says that the server was away; nothing else is complained of.
            others = editor.lab.page.locator(".jp-Dialog").filter(has_not_text="Server Connection Error")
            expect(others).to_have_count(0)
            assert set(editor.lab.console_errors) <= {"Failed to fetch"}  # while the server was away
        # Whose browser crashes is gone soon, with the pointer and the selection, though nothing could say so.
        with contextlib.suppress(PlaywrightError):
            other.lab.page.goto("chrome://crash")
        expect(one.root.locator(".plab-person")).to_have_count(0, timeout=12_000)
        expect(one.root.locator(".plab-people-layer *")).to_have_count(0)
        assert not (server.root_dir / ".jupyter").exists()
