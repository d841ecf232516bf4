"""An `*.arch.json` file as a document: drawn, saved, and the same as in a notebook."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect
from support.lab_page import LabPage
from ui.editor_page import EditorPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

DIRTY = re.compile("jp-mod-dirty")
FILTERS = '.plab-param[data-param="out_channels"] input'


def command(lab: LabPage, name: str, **args: Any) -> None:
    lab.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args])


def test_a_drawing_is_a_document_and_the_same_one_in_a_notebook(lab: LabPage) -> None:
    source = "import patholearn_lab as lab\nlab.ArchitectureEditor(file='untitled.arch.json', height=420)"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, lab.server.root_dir / "beside.ipynb")
    lab.page.goto(f"{lab.server.url}lab?token={lab.server.token}&reset")
    expect(lab.page.locator(".jp-Launcher").first).to_be_visible(timeout=60_000)

    # A new document needs no kernel: it is checked by the server.
    command(lab, "patholearn:create-architecture")
    tab = lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current")
    expect(tab).to_contain_text("untitled.arch.json")
    editor = EditorPage(lab, lab.page.locator(".plab-document .plab-editor"))
    editor.expect_status("0 layers")
    editor.drop_chip("conv2d", 0.0, 300.0)
    expect(tab).to_have_class(DIRTY)
    lab.page.keyboard.press("Control+s")
    expect(tab).not_to_have_class(DIRTY)
    file = lab.server.root_dir / "untitled.arch.json"
    assert "conv_1" in json.loads(file.read_text())["nodes"]

    # The notebook's editor keeps the same file: what one saves comes into the other.
    command(lab, "docmanager:open", path="beside.ipynb", options={"mode": "split-right"})
    lab.wait_for_kernel()
    beside = EditorPage(lab, lab.run_cell("import patholearn_lab").locator(".plab-editor"))
    expect(beside.root).to_be_visible()
    lab.page.mouse.click(*editor.to_window(0.0, 300.0))
    editor.set_number("out_channels", "9")
    lab.page.keyboard.press("Control+s")
    lab.page.mouse.click(*beside.to_window(0.0, 300.0))
    expect(beside.root.locator(FILTERS)).to_have_value("9", timeout=10_000)
    beside.set_number("out_channels", "21")
    expect(editor.root.locator(FILTERS)).to_have_value("21", timeout=10_000)
    assert json.loads(file.read_text())["nodes"]["conv_1"]["params"]["out_channels"] == 21
    lab.screenshot("document-and-notebook")

    assert lab.console_errors == []


def test_a_file_that_is_no_architecture_says_why(lab: LabPage) -> None:
    (lab.server.root_dir / "newer.arch.json").write_text('{"schemaVersion": 99}')
    lab.page.goto(f"{lab.server.url}lab/tree/newer.arch.json?token={lab.server.token}&reset")
    message = lab.page.locator(".plab-document-message")
    expect(message).to_contain_text("schema version 99", timeout=60_000)
    assert lab.console_errors == []
