"""Copy, paste, blocks and the menu, with the mouse and the keyboard, in two documents."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support.lab_page import LabPage
from ui.editor_page import EditorPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

GOLDEN = Path(__file__).parent.parent / "golden" / "documents"
CONV, RELU, POOL = (0.0, 120.0), (0.0, 240.0), (0.0, 360.0)


def test_layers_become_a_block_that_opens_and_are_pasted_into_another_drawing(lab: LabPage) -> None:
    for name in ("lenet5", "empty"):
        shutil.copy(GOLDEN / f"{name}.arch.json", lab.server.root_dir)
    lab.page.goto(f"{lab.server.url}lab/tree/lenet5.arch.json?token={lab.server.token}&reset")
    editor = EditorPage(lab, lab.page.locator(".plab-document .plab-editor"))
    expect(editor.root).to_be_visible(timeout=60_000)
    editor.expect_status("12 layers")

    # Select with clicks, and make a block in the menu of the right button.
    lab.page.mouse.click(*editor.to_window(*CONV))
    lab.page.keyboard.down("Shift")
    for place in (RELU, POOL):
        lab.page.mouse.click(*editor.to_window(*place))
    lab.page.keyboard.up("Shift")
    lab.page.mouse.click(*editor.to_window(*RELU), button="right")
    lab.screenshot("menu")
    editor.root.get_by_role("menuitem", name="Make a block of the selection").click()
    expect(editor.root.get_by_text("block_1", exact=True)).to_be_visible()
    # Its name is asked for at once: it is marked, to be typed over.
    expect(editor.root.get_by_role("textbox", name="Name of the block")).to_be_focused()
    lab.page.keyboard.type("Features")
    lab.page.keyboard.press("Enter")

    # Open it, change it inside, and leave it.
    lab.page.keyboard.press("o")
    crumb = editor.root.get_by_role("navigation", name="Open blocks")
    expect(crumb).to_contain_text("block_1")
    lab.page.mouse.click(*editor.to_window(*CONV))
    editor.set_number("out_channels", "9")
    lab.screenshot("inside-a-block")
    crumb.get_by_role("button", name="LeNet-5").click()
    expect(crumb).to_be_hidden()
    editor.expect_status("12 layers")

    # Undo goes back over all of it; every action is listed with its key.
    for _ in range(3):
        lab.page.keyboard.press("Control+z")
    expect(editor.root.get_by_text("block_1", exact=True)).to_have_count(0)
    lab.page.keyboard.press("?")
    panel = editor.root.get_by_role("dialog", name="Keys")
    expect(panel).to_contain_text("Make a block of the selection")
    lab.screenshot("keys")
    lab.page.keyboard.press("Escape")

    # Copied here, pasted there; a second data set is refused with the reason.
    lab.page.keyboard.press("Control+a")
    expect(editor.root.locator(".plab-inspector")).to_contain_text("layers selected")
    lab.page.keyboard.press("Control+c")
    lab.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:open', {path: 'empty.arch.json'})")
    other = EditorPage(lab, lab.page.locator(".lm-DockPanel-widget:not(.lm-mod-hidden) .plab-editor"))
    other.expect_status("0 layers")
    other.root.locator(".plab-canvas").click(position={"x": 20, "y": 20})
    lab.page.keyboard.press("Control+v")
    other.expect_status("12 layers")
    expect(other.root.locator(".plab-bubble")).to_contain_text("A network has one Data set")
    assert lab.console_errors == []
