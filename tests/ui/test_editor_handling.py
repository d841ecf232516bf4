"""What the best node editors can do, with the mouse and the keyboard; and that nobody is shut out of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support.accessibility import violations
from support.finger import swipe
from support.jupyter_server import JupyterServer
from support.lab_page import LabPage, center
from ui.editor_page import EditorPage

from patholearn_lab.graph.document import read_document
from patholearn_lab.testing.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.server]

GOLDEN = Path(__file__).parent.parent / "golden" / "documents"
CONV, RELU, POOL, CONV_2 = (0.0, 120.0), (0.0, 240.0), (0.0, 360.0), (0.0, 480.0)


def opened(lab: LabPage, name: str) -> EditorPage:
    """Open a copy of a golden document in a tab of its own."""
    shutil.copy(GOLDEN / f"{name}.arch.json", lab.server.root_dir)
    lab.page.goto(f"{lab.server.url}lab/tree/{name}.arch.json?token={lab.server.token}&reset")
    editor = EditorPage(lab, lab.page.locator(".plab-document .plab-editor"))
    expect(editor.root).to_be_visible(timeout=60_000)
    editor.expect_status("12 layers")
    return editor


def test_a_network_is_drawn_and_annotated_without_leaving_the_canvas(lab: LabPage, tmp_path: Path) -> None:
    editor, keys = opened(lab, "lenet5"), lab.page.keyboard
    choices = editor.root.locator(".plab-chooser")

    # A line that is let go over nothing offers what fits there, and connects it.
    start = editor.output_port(*CONV)
    lab.drag(start, (start[0] + 220, start[1] + 20))
    expect(choices).to_contain_text("Batch norm")
    expect(choices.get_by_role("option", name=re.compile("^Linear "))).to_have_count(0)
    keys.type("batch norm")
    keys.press("Enter")
    expect(editor.root.locator(".plab-inspector")).to_contain_text("from conv_1")
    keys.press("Control+z")

    # A double click on nothing asks what to add; a layer becomes another with its connections.
    lab.page.mouse.dblclick(*editor.to_window(-320, 240))
    expect(choices).to_be_visible()
    keys.press("Escape")
    lab.page.mouse.click(*editor.to_window(*RELU))
    keys.press("k")
    keys.type("GELU")
    keys.press("Enter")
    inspector = editor.root.locator(".plab-inspector")
    expect(inspector).to_contain_text("gelu_1")
    expect(inspector).to_contain_text("from conv_1")

    # A frame around three layers, and a note; both are in the file, and undo takes them back.
    lab.page.mouse.click(*editor.to_window(*CONV))
    keys.down("Shift")
    for place in (RELU, POOL):
        lab.page.mouse.click(*editor.to_window(*place))
    keys.up("Shift")
    keys.press("g")
    keys.type("Features")
    keys.press("Escape")
    lab.page.mouse.click(*editor.to_window(*CONV_2))
    keys.press("m")
    keys.type("Why 16?")
    keys.press("Escape")
    keys.press("Control+s")
    lab.expect_saved()
    saved = read_document((lab.server.root_dir / "lenet5.arch.json").read_text(encoding="utf-8"))
    assert [(frame.label, frame.nodes) for frame in saved.frames.values()] == [
        ("Features", ("conv_1", "gelu_1", "pool_1"))
    ]
    assert [remark.text for remark in saved.remarks.values()] == ["Why 16?"]

    # The picture is a file in three formats.
    for key, beginning in (("P", b"\x89PNG"), ("S", b"<svg"), ("D", b"%PDF-1.4")):
        with lab.page.expect_download() as download:
            keys.press(f"Shift+{key}")
        download.value.save_as(tmp_path / key)
        assert (tmp_path / key).read_bytes().startswith(beginning)
    assert lab.console_errors == []


def test_nobody_is_shut_out_of_a_document(lab: LabPage) -> None:
    editor, keys = opened(lab, "lenet5"), lab.page.keyboard
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.use_theme(theme)
        lab.page.mouse.click(*editor.to_window(*CONV))
        expect(editor.root.locator(".plab-inspector")).to_contain_text("conv_1")
        lab.page.locator(".plab-editor").focus()
        keys.press("g")
        keys.press("Escape")
        assert violations(lab.page, ".plab-editor") == [], theme
        for key, name in (("?", "Keys"), ("l", "The network as a list"), ("Shift+G", "Draw a network for a data set")):
            keys.press(key)
            dialog = editor.root.get_by_role("dialog", name=name)
            expect(dialog).to_be_visible()
            assert violations(lab.page, ".plab-editor") == [], f"{name}, {theme}"
            keys.press("Escape")
            expect(dialog).to_be_hidden()
    assert lab.console_errors == []


def test_a_finger_scrolls_the_palette_drops_a_layer_and_connects_it(
    browser: Browser, lab_server: JupyterServer
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, has_touch=True)
    context.add_init_script("localStorage.setItem('patholearn-tour', 'seen')")
    lab = LabPage(context.new_page(), lab_server)
    editor = opened(lab, "lenet5")

    palette, chip = editor.root.locator(".plab-palette"), editor.root.locator('.plab-chip[data-kind="dropout"]')
    x, y = center(chip)
    swipe(lab.page, (x, y), (x, y - 150))
    eventually(lambda: palette.evaluate("element => [element, ...element.children].some(one => one.scrollTop > 0)"))
    chip.scroll_into_view_if_needed()
    swipe(lab.page, center(chip), editor.to_window(240.0, 300.0))
    expect(editor.root.locator(".plab-inspector")).to_contain_text("dropout_1")
    swipe(lab.page, editor.output_port(*RELU), editor.input_port(240.0, 300.0))
    expect(editor.root.locator(".plab-inspector")).to_contain_text("from relu_1")
    # The card that the line began at stays where it is.
    nodes = lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.context.model.sharedModel.graph.document.nodes"
    )
    assert (nodes["relu_1"]["x"], nodes["relu_1"]["y"]) == RELU
    assert lab.console_errors == []
    context.close()
