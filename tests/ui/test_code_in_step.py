"""The graph and its notebook cell follow each other, with the mouse and the keyboard, in a real Chromium."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Locator, expect
from support.lab_page import LabPage
from ui.editor_page import EditorPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

FOLLOWS_WITHIN_MS = 300
WAIT_FOR_VALUE = """([selector, value]) => new Promise(done => {
  const begin = performance.now();
  const look = () => document.querySelector(selector).value === value
    ? done(performance.now() - begin) : requestAnimationFrame(look);
  look();
})"""


def put_cursor_behind(lab: LabPage, line: Locator, text: str) -> None:
    """Click into a line of code and go behind its first letters, without the indentation."""
    line.click()
    lab.page.keyboard.press("Home")
    for _ in text:
        lab.page.keyboard.press("ArrowRight")


def test_what_is_typed_in_the_cell_comes_into_the_graph_and_back(lab: LabPage) -> None:
    source = "import patholearn_lab as lab\nlab.ArchitectureEditor('lenet5', dataset='he_tissue', height=420)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.server.root_dir / "in_step.ipynb")
    lab.open("in_step.ipynb")
    editor = EditorPage(lab, lab.run_cell("import patholearn_lab").locator(".plab-editor"))
    editor.root.get_by_role("button", name="Write code").click()
    cell, sign = lab.code_cell("class "), editor.root.locator(".plab-link")
    expect(sign).to_contain_text("In step")

    # The cursor in a line selects its node; typing there changes the node, soon after the pause.
    layer = cell.locator(".cm-line", has_text="self.conv_1 = ")
    put_cursor_behind(lab, layer, "self.conv_1 = nn.Conv2d(3, 6")
    field = '.plab-param[data-param="out_channels"] input'
    expect(editor.root.locator(field)).to_have_value("6")
    expect(cell.locator(".plab-cell-line", has_text="self.conv_1")).to_have_count(2)
    lab.page.keyboard.type("4")
    assert lab.page.evaluate(WAIT_FOR_VALUE, [field, "64"]) < FOLLOWS_WITHIN_MS

    # A syntax error makes the graph wait, and nothing is lost.
    lab.page.keyboard.type("(")
    expect(sign).to_contain_text("The code has a syntax error in line")
    expect(editor.root.locator(field)).to_have_value("64")
    lab.page.keyboard.press("Backspace")
    expect(sign).to_contain_text("In step")

    # A change in the graph goes into the cell, and a comment of the author's stays.
    layer.click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type("  # mine")
    editor.root.scroll_into_view_if_needed()
    editor.set_number("kernel_size", "3")
    expect(layer).to_have_text("self.conv_1 = nn.Conv2d(3, 64, kernel_size=3)  # mine")

    # Both are changed in the same place: a person is asked.
    lab.page.evaluate(
        """() => { const cells = window.jupyterapp.shell.currentWidget.content.widgets;
        const model = cells[1].model.sharedModel;
        model.setSource(model.getSource().replace('kernel_size=3)  # mine', 'kernel_size=7)  # mine')); }"""
    )
    editor.set_number("kernel_size", "9")
    panel = editor.root.locator(".plab-link-panel")
    expect(panel).to_contain_text("You changed these lines in the cell")
    panel.get_by_role("button", name="Show the difference").click()
    expect(panel.locator(".plab-difference-cell", has_text="conv_1 =")).to_contain_text("kernel_size=7")
    expect(panel.locator(".plab-difference-graph", has_text="conv_1 =")).to_contain_text("kernel_size=9")
    lab.screenshot("both-changed")
    panel.get_by_role("button", name="Keep the graph").click()
    expect(layer).to_contain_text("kernel_size=9")
    expect(sign).to_contain_text("In step")
    assert lab.console_errors == []
