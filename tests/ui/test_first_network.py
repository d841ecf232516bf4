"""The first guided notebook from the top to the prediction, with the mouse, in a real Chromium."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Locator, expect
from support.accessibility import violations
from support.lab_page import LabPage, center
from ui.editor_page import EditorPage

pytestmark = [pytest.mark.browser, pytest.mark.server]

# What the notebook tells the student to draw, and where this student drops it (the document's px).
NETWORK = (
    ("conv2d", {"out_channels": "8"}, (-240.0, 90.0)),
    ("relu", {}, (-240.0, 210.0)),
    ("max_pool2d", {"kernel_size": "4"}, (-240.0, 330.0)),
    ("conv2d", {"out_channels": "16"}, (-240.0, 450.0)),
    ("relu", {}, (240.0, 90.0)),
    ("max_pool2d", {"kernel_size": "4"}, (240.0, 210.0)),
    ("flatten", {}, (240.0, 330.0)),
    ("linear", {"out_features": "2"}, (240.0, 450.0)),
)
DATA, OUTPUT = (0.0, 0.0), (0.0, 600.0)  # where the template "empty" puts them
TRAINING_TIMEOUT_MS = 240_000


def open_editor(lab: LabPage) -> EditorPage:
    """Run the notebook up to the editor."""
    lab.open("01_first_network.ipynb")
    lab.run_cell("import patholearn_lab as lab")
    cell = lab.run_cell("lab.ArchitectureEditor(")
    editor = EditorPage(lab, cell.locator(".plab-editor"))
    expect(editor.root.locator(".plab-chip[data-kind=conv2d]")).to_be_visible()
    editor.root.scroll_into_view_if_needed()
    editor.expect_status("0 layers")
    return editor


def draw_network(editor: EditorPage) -> None:
    """Drag the notebook's eight chips onto the canvas, set their values, and connect everything."""
    for kind, values, place in NETWORK:
        editor.drop_chip(kind, *place)
        for param, value in values.items():
            editor.set_number(param, value)
    editor.show_all()
    way = [DATA, *(place for _, _, place in NETWORK), OUTPUT]
    for source, target in pairwise(way):
        editor.connect(source, target)


def prediction_bars(panel: Locator) -> Locator:
    """Return the bars of class probabilities."""
    return panel.get_by_role("list", name="Probability of each class").get_by_role("listitem")


def see_all_runs(lab: LabPage) -> None:
    """Find the training in the tab of all runs, train it once more, and compare both."""
    lab.page.evaluate("window.jupyterapp.commands.execute('patholearn:show-runs')")
    panel = lab.page.locator(".plab-runs-view")
    panel.get_by_role("searchbox").fill("he_tissue")
    panel.get_by_label("State", exact=True).select_option("done")
    rows = panel.locator("tbody tr", has=lab.page.locator(".plab-runs-name"))
    expect(rows.first).to_contain_text("% right")
    rows.first.get_by_role("rowheader").get_by_role("button").click()
    run = panel.get_by_role("region", name="Chosen run")
    expect(run.locator(".plab-chart-drawing svg path").first).to_be_visible(timeout=30_000)
    expect(run.get_by_text("Last and best values")).to_be_visible()
    run.get_by_text("States", exact=True).click()
    expect(run.get_by_role("list", name="States of the job")).to_contain_text("running")
    with lab.page.expect_download() as saved:
        run.get_by_role("button", name="CSV").click()
    assert "loss,validation," in saved.value.path().read_text()

    panel.get_by_label("State", exact=True).select_option("")
    before = rows.count()
    run.get_by_role("button", name="Train again").click()
    expect(rows).to_have_count(before + 1)  # told by an event
    run.get_by_role("button", name="Cancel").click()
    run.get_by_role("button", name="Make no model").click()
    expect(run.get_by_label("State: cancelled")).to_be_visible(timeout=30_000)
    rows.filter(has_text="% right").first.get_by_role("checkbox").check()
    comparison = panel.get_by_role("region", name="Comparison")
    expect(comparison.locator(".plab-chart-drawing svg path").first).to_be_visible(timeout=30_000)
    expect(comparison.get_by_role("region", name="Differences")).to_contain_text("best value of each metric")
    assert violations(lab.page, ".plab-runs-view") == []
    lab.screenshot("journey-7-runs")


def test_from_the_data_to_a_prediction_with_a_reload_in_the_middle_of_training(lab: LabPage) -> None:
    lab.open("01_first_network.ipynb")
    lab.run_cell("import patholearn_lab as lab")

    browser = lab.run_cell('lab.DatasetBrowser("he_tissue")')
    prepare = browser.get_by_role("button", name=re.compile("Prepare"))
    pictures = browser.locator(".plab-grid img")
    expect(prepare.or_(pictures).first).to_be_visible(timeout=60_000)
    if prepare.is_visible():
        prepare.click()
    expect(pictures.first).to_be_visible(timeout=120_000)
    browser.get_by_label("Class", exact=True).select_option(label="tumor")
    expect(browser.locator(".plab-grid .plab-tile").first).to_contain_text("tumor")
    lab.screenshot("journey-1-data")

    cell = lab.run_cell("lab.ArchitectureEditor(")
    editor = EditorPage(lab, cell.locator(".plab-editor"))
    editor.root.scroll_into_view_if_needed()
    draw_network(editor)
    editor.root.get_by_role("button", name="Tidy up").click()
    lab.screenshot("journey-2-network")
    expect(editor.root.locator(".plab-issue-error")).to_have_count(0)

    editor.root.get_by_role("button", name="Write code").click()
    written = lab.code_cell("class ")
    expect(written).to_contain_text("L.LightningModule")
    # The student changes the code: training has to use the cell as it stands, not the graph.
    written.locator(".cm-line", has_text="EPOCHS = ").click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.press("Backspace")
    lab.page.keyboard.type("6")
    expect(written).to_contain_text("EPOCHS = 6")
    lab.run_cell("class ")
    lab.screenshot("journey-3-code")

    panel = lab.run_cell("lab.TrainingPanel(")
    panel.get_by_role("button", name="Train", exact=True).click()
    expect(panel.get_by_label("State: Running")).to_be_visible(timeout=60_000)
    expect(panel.locator(".bqplot").first).to_be_visible(timeout=60_000)
    lab.expect_saved()  # the panel saves the notebook, so that a reload finds what was drawn and started

    lab.page.reload()
    lab.wait_for_kernel()
    panel = lab.code_cell("lab.TrainingPanel(").first
    panel.scroll_into_view_if_needed()
    # JupyterLab gives up on widgets when the kernel is silent for four seconds, as it may be on a machine that trains:
    # then the panel's place shows the run as the server knows it, with the same curves.
    live, record = panel.locator(".bqplot path.line"), panel.locator(".plab-chart-drawing svg path")
    expect(live.or_(record).first).to_be_visible(timeout=60_000)
    expect(panel.get_by_label("State: Done")).to_be_visible(timeout=TRAINING_TIMEOUT_MS)
    if live.count() == 0:
        lab.page.reload()
        lab.wait_for_kernel()
        panel.scroll_into_view_if_needed()
    expect(live.first).to_be_visible(timeout=60_000)
    expect(panel.get_by_label("Epochs")).to_have_value("6")  # read from the cell, not from the graph
    expect(panel.get_by_role("region", name="Confusion matrix")).to_contain_text("tumor")
    lab.screenshot("journey-4-training")

    predictor = lab.run_cell("lab.Predictor(")
    predictor.get_by_role("button", name="Random test image").click()
    expect(prediction_bars(predictor)).to_have_count(2, timeout=60_000)
    expect(predictor).to_contain_text(re.compile("normal|tumor"))
    lab.screenshot("journey-5-prediction")

    # Tomorrow: the kernel is long gone, and the notebook still shows how the training went.
    lab.save()
    lab.close_kernels()
    lab.page.reload()
    lab.wait_for_kernel()
    panel = lab.code_cell("lab.TrainingPanel(").first
    panel.scroll_into_view_if_needed()
    expect(panel.get_by_role("group", name="Curves").locator(".plab-chart-drawing svg path").first).to_be_visible(
        timeout=60_000
    )
    expect(panel.get_by_label("State: Done")).to_be_visible()
    expect(panel.get_by_role("region", name="Confusion matrix")).to_contain_text("tumor")
    lab.screenshot("journey-6-another-day")

    see_all_runs(lab)
    assert lab.console_errors == []


def test_a_wrong_edge_is_refused_with_the_reason_and_its_mend(lab: LabPage) -> None:
    editor = open_editor(lab)
    editor.drop_chip("linear", 0.0, 300.0)
    editor.connect(DATA, (0.0, 300.0))

    bubble = editor.root.locator(".plab-bubble")
    expect(bubble).to_contain_text("Flatten")
    lab.screenshot("refused-edge")
    bubble.get_by_role("button", name=re.compile("Flatten")).click()
    editor.expect_status("Remove flatten_1")  # it is there, wired to Linear, and leads nowhere yet
    assert lab.console_errors == []


def test_undo_and_redo_take_a_dropped_layer_back_and_bring_it_again(lab: LabPage) -> None:
    editor = open_editor(lab)
    dropped = editor.root.get_by_role("button", name="Remove conv_1")  # the mend of a layer that leads nowhere yet
    editor.drop_chip("conv2d", 0.0, 300.0)
    expect(dropped).to_be_visible()

    lab.page.keyboard.press("Delete")  # what was dropped is selected
    expect(dropped).to_have_count(0)
    lab.page.keyboard.press("Control+z")
    expect(dropped).to_be_visible()
    lab.page.keyboard.press("Control+z")
    expect(dropped).to_have_count(0)
    lab.page.keyboard.press("Control+Shift+z")
    expect(dropped).to_be_visible()
    assert lab.console_errors == []


def test_keys_in_the_editor_never_reach_the_notebook(lab: LabPage) -> None:
    editor = open_editor(lab)
    cells = lab.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    lab.page.mouse.click(*center(editor.root.locator(".plab-canvas")))
    for key in ("b", "a", "d", "d", "x", "Enter"):
        lab.page.keyboard.press(key)
    lab.page.mouse.click(*editor.to_window(-300.0, 300.0))
    assert cells.count() == before


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_the_editor_fits_into_the_page_in_both_themes(lab: LabPage, theme: str, width: int) -> None:
    lab.page.set_viewport_size({"width": width, "height": 1000})
    editor = open_editor(lab)
    lab.use_theme(theme)
    editor.root.scroll_into_view_if_needed()
    box, cell = editor.root.bounding_box(), lab.code_cell("lab.ArchitectureEditor(").first.bounding_box()
    assert box is not None
    assert cell is not None
    assert box["x"] + box["width"] <= cell["x"] + cell["width"] + 1
    lab.screenshot(f"editor-{theme.split()[1].lower()}-{width}")
