"""A real JupyterLab with the built labextension, in a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from support.jupyter_server import JupyterServer
from support.lab_page import LabPage

PROJECT = Path(__file__).parent.parent.parent
BUILT = PROJECT / "patholearn_lab" / "labextension" / "package.json"
# Chromium's own errands to the network are switched off; its sandbox does not work for root in a container.
CHROMIUM_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


# A module's, not the session's: while Playwright runs, its event loop is the main thread's running loop, and whatever
# another test makes there (a kernel's MainLoop) would hand its work to a loop that only Playwright turns.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the system; without one a skip, but with PATHOLEARN_REQUIRE_BROWSER=1 (as in CI) a failure."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    missing = None if chromium else "There is no Chromium on the PATH (Debian: apt-get install chromium)."
    missing = missing or (None if BUILT.exists() else "The labextension is not built (make build).")
    if missing:
        if os.environ.get("PATHOLEARN_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        instance = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield instance
        instance.close()


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """One JupyterLab for all browser tests: it serves copies of the guided notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(PROJECT / "notebooks", folder / "work", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    options = ("--LabApp.expose_app_in_browser=True",)  # for choosing a theme without the menus
    with JupyterServer.started(folder / "work", folder / "data", app="lab", options=options) as server:
        yield server


@pytest.fixture
def lab(browser: Browser, lab_server: JupyterServer) -> Iterator[LabPage]:
    """A fresh browser window, logged in, with nothing open and nothing drawn yet."""
    for drawing in lab_server.root_dir.glob("*.arch.json"):
        drawing.unlink()
    context = browser.new_context(viewport={"width": 1600, "height": 1000})
    context.add_init_script("localStorage.setItem('patholearn-tour', 'seen')")  # it has a test of its own
    page = LabPage(context.new_page(), lab_server)
    yield page
    context.close()
