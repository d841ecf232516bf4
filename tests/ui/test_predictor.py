"""The predictor in a real Chromium: what a canvas shows, which no other test can see."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, expect
from support.jupyter_server import JupyterServer
from support.lab_page import LabPage
from support.models import publish_every_task

from patholearn_lab.paths import DataPaths

pytestmark = [pytest.mark.browser, pytest.mark.server]

NOTEBOOK = "predictor.ipynb"
SIDE = 32
COUNT_PAINTED = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, place) => place % 4 === 3 && value > 0).length / (canvas.width * canvas.height);
}"""


@pytest.fixture
def predictor(lab: LabPage, lab_server: JupyterServer, tmp_path: Path) -> Locator:
    """A predictor of a model that answers in the way of every task; a pixel is a nucleus where it is dark."""
    lab_server.http.post(
        "datasets", json={"builtin": "he_tissue", "id": "tiles", "parameters": {"samples": 60, "tile_px": SIDE}}
    ).raise_for_status()
    publish_every_task(DataPaths(lab_server.data_dir), tmp_path, "tiles", SIDE)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    cells = [nbformat.v4.new_code_cell("import patholearn_lab as lab\nlab.Predictor('every-task')")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), lab_server.root_dir / NOTEBOOK)
    lab.open(NOTEBOOK)
    return lab.run_cell("lab.Predictor(")


def test_every_task_has_its_view_and_the_mask_is_painted_over_the_image(lab: LabPage, predictor: Locator) -> None:
    predictor.get_by_role("button", name="Random test image").click()
    answers = predictor.get_by_role("article")
    expect(answers).to_have_count(5, timeout=60_000)

    nuclei = predictor.get_by_role("article", name="nuclei")
    shares = nuclei.get_by_role("row", name="nucleus").get_by_role("cell").nth(1)
    share = float(shares.inner_text().removesuffix(" %")) / 100
    canvas = nuclei.locator("canvas")
    expect(canvas).to_have_js_property("width", 256)
    assert canvas.evaluate(COUNT_PAINTED) == pytest.approx(share, abs=0.001)
    nuclei.get_by_role("radio", name="Image only").check(force=True)
    expect(canvas).to_be_hidden()
    nuclei.get_by_role("radio", name="Differences").check(force=True)
    expect(nuclei.get_by_role("list", name="Colors of the differences")).to_be_visible()

    kinds = predictor.get_by_role("article", name="kinds")
    kinds.get_by_role("slider").fill("1")
    expect(kinds).to_contain_text("The network finds none of the labels.")
    pictures = predictor.get_by_role("article", name="images").get_by_role("img")
    expect(pictures).to_have_count(3)
    lab.screenshot("predictor")
    assert lab.console_errors == []
