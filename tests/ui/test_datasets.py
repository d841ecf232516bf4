"""The way of a person who cannot program: from a zip of pictures to a data set, and back to a file."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, expect
from support.archives import zip_of
from support.lab_page import LabPage

from patholearn_lab.testing.waiting import eventually

pytestmark = [pytest.mark.browser, pytest.mark.server]

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
DROP = """(target, [name, data]) => {
  const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name));
  target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}"""


def tiles(each: int = 12) -> bytes:
    """Return a zip of two classes of spotted tiles: dark spots, and many of them."""
    files = {}
    generator = np.random.default_rng(0)
    for name, spots in (("normal", 6), ("tumor", 30)):
        for number in range(each):
            pixels = np.full((48, 48, 3), (224, 170, 200), np.uint8)
            for x, y in generator.integers(0, 44, (spots, 2)):
                pixels[y : y + 4, x : x + 4] = (90, 50, 130)
            target = io.BytesIO()
            Image.fromarray(pixels).save(target, "PNG")
            files[f"{name}/{number}.png"] = target.getvalue()
    return zip_of(files)


def drop(target: Locator, name: str, data: bytes) -> None:
    target.evaluate(DROP, [name, base64.b64encode(data).decode()])


def test_a_zip_becomes_a_data_set_is_looked_at_renamed_exported_and_deleted(lab: LabPage, tmp_path: Path) -> None:
    http, page = lab.server.http, lab.page
    # A run that uses the set to come: it fails at once, and is kept as every run is.
    request = {"kind": "training", "payload": {"code": "1"}, "name": "LeNet", "labels": {"dataset": "our-tiles"}}
    run = http.post("jobs", json=request).json()["id"]
    page.goto(f"{lab.server.url}lab?token={lab.server.token}&reset")
    page.locator(".jp-LauncherCard", has_text="Data sets").click()
    browser = page.locator(".plab-datasets-panel")

    bad = zip_of({f"{name}/{number}.png": b"no picture" for name in "ab" for number in range(3)})
    drop(browser.locator(".plab-upload"), "bad.zip", bad)
    expect(browser.get_by_role("alert")).to_contain_text("'a/0.png'")
    expect(browser.get_by_label("Files that cannot be taken").get_by_role("listitem")).to_have_count(6)
    browser.get_by_role("button", name="Give up").click()
    browser.get_by_role("button", name="Forget it").click()

    drop(browser.locator(".plab-upload"), "tiles.zip", tiles())
    expect(browser.get_by_label("What was found")).to_contain_text("24 images of 48 × 48 pixels, color")
    expect(browser.get_by_label("Examples", exact=True).get_by_role("img")).to_have_count(8)
    browser.get_by_label("Name", exact=True).fill("Our tiles")
    expect(browser.get_by_label("Id, for code")).to_have_value("our-tiles")
    browser.get_by_label("Licence").fill("CC0 1.0")
    browser.get_by_label("A new one, at random within each class").check()
    browser.get_by_label("Validation, %").fill("25")
    lab.screenshot("datasets-import")
    browser.get_by_role("button", name="Import", exact=True).click()

    card = browser.get_by_role("article", name="Our tiles")
    expect(card.locator(".plab-tile img")).to_have_count(24)
    expect(card).to_contain_text("CC0 1.0")
    expect(card).to_contain_text("60% training, 25% validation and 15% test")
    card.get_by_role("button", name="Measure brightness and sharpness").click()
    expect(card.get_by_role("img", name=re.compile("^Brightness"))).to_be_visible()
    card.get_by_role("button", name="Find duplicates").click()
    expect(card.get_by_role("status").filter(has_text="No two pictures")).to_be_visible()
    card.get_by_role("button", name="Change classes").click()
    card.get_by_label("New name of tumor").fill("cancer")
    lab.screenshot("datasets-classes")
    card.get_by_role("button", name="Write a new version").click()
    expect(card.get_by_text("Version 2 is written")).to_be_visible()
    expect(card.get_by_label("Versions", exact=True).get_by_role("listitem")).to_have_count(2)
    card.get_by_label("A part of the name").fill("tumor/1")
    expect(card.locator(".plab-tile")).to_have_count(3)
    card.get_by_role("button", name="cancer").first.click()
    card.get_by_role("button", name="Zoom in").click()
    expect(card.get_by_text("150 %")).to_be_visible()
    card.get_by_role("button", name="Close").click()

    card.get_by_role("button", name="Edit").click()
    card.get_by_label("Name", exact=True).fill("Spotted tiles")
    card.get_by_role("button", name="Save").click()
    card = browser.get_by_role("article", name="Spotted tiles")
    expect(card.get_by_role("heading", name="Spotted tiles")).to_be_visible()
    with page.expect_download() as download:
        card.get_by_label("Export").select_option("folders")
    download.value.save_as(tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 24

    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run('.plab-datasets-panel', { resultTypes: ['violations'] })")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []
    lab.screenshot("datasets-card")

    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Delete it").click()
    expect(card.get_by_role("alert")).to_contain_text("used by 1 run: 'LeNet'")
    eventually(lambda: http.get(f"jobs/{run}").json()["state"] == "failed", 60, what="the end of the run")
    assert http.delete(f"jobs/{run}").status_code == 204
    card.get_by_role("button", name="Delete").click()
    card.get_by_role("button", name="Delete it").click()
    expect(browser.get_by_role("button", name="Spotted tiles")).to_have_count(0)
    assert lab.console_errors == []
