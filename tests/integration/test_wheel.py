"""The wheel holds everything that was built, once, and installs without Node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BUILT = ("patholearn_lab/labextension/package.json", "patholearn_lab/widgets/static/architecture-editor.js")
LABEXTENSION = "share/jupyter/labextensions/@patholearn/lab"


@pytest.fixture(scope="module")
def nodeless(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment in which neither node nor npm is found, nor anything else."""
    return {**os.environ, "PATH": str(tmp_path_factory.mktemp("nothing"))}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory, nodeless: Mapping[str, str]) -> Path:
    """The wheel of this tree; where the tree is not built a skip, but with PATHOLEARN_REQUIRE_BROWSER=1 a failure."""
    missing = [file for file in BUILT if not (PROJECT / file).is_file()]
    if missing:
        reason = f"The labextension and the widgets are not built ({', '.join(missing)}): run 'make build'."
        if os.environ.get("PATHOLEARN_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(PROJECT)]
    done = subprocess.run(command, env=nodeless, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def held(wheel: Path) -> dict[str, bytes]:
    """What the wheel holds; files that go beside the package are named as below the environment's folder."""
    with zipfile.ZipFile(wheel) as archive:
        return {name.partition(".data/data/")[2] or name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_holds_the_built_labextension_once(held: dict[str, bytes]) -> None:
    package = json.loads(held[f"{LABEXTENSION}/package.json"])
    assert package["name"] == "@patholearn/lab"
    assert f"{LABEXTENSION}/{package['jupyterlab']['_build']['load']}" in held
    assert json.loads(held[f"{LABEXTENSION}/install.json"])["packageName"] == "patholearn-lab"
    assert [name for name in held if name.startswith("patholearn_lab/labextension")] == []


def test_the_wheel_holds_every_widget(held: dict[str, bytes]) -> None:
    sources = sorted((PROJECT / "labextension" / "src" / "widgets").glob("*.ts*"))
    assert sources
    for source in sources:
        assert b"export" in held[f"patholearn_lab/widgets/static/{source.stem}.js"]
    assert b".plab-editor" in held["patholearn_lab/widgets/static/architecture-editor.css"]


def test_the_wheel_holds_the_server_s_configuration_and_the_kernel(held: dict[str, bytes]) -> None:
    config = json.loads(held["etc/jupyter/jupyter_server_config.d/patholearn_lab.json"])
    assert config["ServerApp"]["jpserver_extensions"] == {"patholearn_lab": True}
    kernel = json.loads(held["share/jupyter/kernels/patholearn/kernel.json"])
    assert kernel["language"] == "python"


def test_the_wheel_holds_every_help_page(held: dict[str, bytes]) -> None:
    pages = sorted((PROJECT / "patholearn_lab" / "graph" / "help").glob("*.md"))
    assert pages
    for page in pages:
        assert held[f"patholearn_lab/graph/help/{page.name}"] == page.read_bytes()


def test_the_wheel_holds_no_sources_of_the_labextension_and_no_tests(held: dict[str, bytes]) -> None:
    tops = {name.split("/")[0] for name in held}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"patholearn_lab", "share", "etc"}
    assert [name for name in held if name.endswith((".ts", ".tsx", ".pyc"))] == []


def test_the_wheel_installs_without_node(wheel: Path, nodeless: Mapping[str, str], tmp_path: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")
    options = ["--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--target", str(tmp_path)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", *options, str(wheel)]
    done = subprocess.run(command, env=nodeless, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / LABEXTENSION / "package.json").is_file()
    assert (tmp_path / "patholearn_lab" / "widgets" / "static" / "architecture-editor.js").is_file()
