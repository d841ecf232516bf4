"""The history of a drawing, as a person uses it: save, change, see what became of it, come back, fork."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect
from support.accessibility import violations
from support.graphs import golden_document
from support.lab_page import LabPage
from ui.editor_page import EditorPage

from patholearn_lab.graph.document import write_document

pytestmark = [pytest.mark.browser, pytest.mark.server]

FILTERS = '.plab-param[data-param="out_channels"] input'


def test_a_version_is_saved_compared_restored_and_forked(lab: LabPage) -> None:
    folder = lab.server.root_dir
    document = golden_document("lenet5")
    (folder / "lenet.arch.json").write_text(write_document(document))
    lab.page.goto(f"{lab.server.url}lab/tree/lenet.arch.json?token={lab.server.token}&reset")
    editor = EditorPage(lab, lab.page.locator(".plab-document .plab-editor"))
    expect(editor.root).to_be_visible(timeout=60_000)
    dialog = editor.root.get_by_role("dialog", name="Versions of LeNet-5")
    keys = lab.page.keyboard
    editor.root.focus()
    keys.press("v")
    expect(dialog).to_contain_text("No versions yet")
    assert violations(lab.page, ".plab-history") == []
    lab.screenshot("versions-empty")
    dialog.get_by_label("Name of this version").fill("before the change")
    keys.press("Enter")
    expect(dialog.locator(".plab-history-row")).to_contain_text(["before the change"])
    expect(dialog).to_contain_text("The network is the same.")
    keys.press("Escape")
    expect(dialog).to_be_hidden()

    conv = document.nodes["conv_1"]
    lab.page.mouse.click(*editor.to_window(conv.x, conv.y))
    editor.set_number("out_channels", "32")
    editor.root.focus()
    keys.press("v")
    expect(dialog.get_by_role("list", name="What is different")).to_contain_text("conv_1: out_channels 6 → 32")
    picture = dialog.locator(".plab-history-picture img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 200
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.use_theme(theme)
        assert violations(lab.page, ".plab-history") == [], theme
        lab.screenshot(f"versions-{theme.split()[1].lower()}")

    dialog.get_by_role("button", name="Rename").click()
    dialog.get_by_label("Name of the version").fill("as in the paper")
    keys.press("Enter")
    expect(dialog.locator(".plab-history-row")).to_contain_text(["as in the paper"])
    dialog.get_by_role("button", name="Restore").click()
    expect(dialog).to_be_hidden()
    expect(editor.root.locator(FILTERS)).to_have_value("6")
    keys.press("Control+z")
    expect(editor.root.locator(FILTERS)).to_have_value("32")

    keys.press("v")
    dialog.get_by_role("button", name="Fork").click()
    dialog.get_by_label("Name of the new drawing").fill("Mine")
    keys.press("Enter")
    expect(lab.page.locator(".lm-TabBar-tab.jp-mod-current")).to_contain_text(["Mine.arch.json"])
    forked = json.loads((folder / "Mine.arch.json").read_text())
    assert forked["nodes"]["conv_1"]["params"]["out_channels"] == 6
    assert "as in the paper" in forked["meta"]["origin"]

    lab.page.locator(".lm-TabBar-tab", has_text=re.compile("lenet.arch.json")).click()
    editor.root.first.focus()
    keys.press("v")
    dialog.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete it").click()
    expect(dialog).to_contain_text("No versions yet")
    assert lab.console_errors == []
