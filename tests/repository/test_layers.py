"""The layers point downwards; import-linter reads the contracts of .importlinter."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest
from repository.project import ROOT, python_files

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"


def lint(config: Path, *, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--config", str(config), "--no-cache"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_layers_point_downwards() -> None:
    finished = lint(ROOT / ".importlinter", cwd=ROOT)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def test_every_module_of_the_package_but_the_server_is_kept_from_tornado() -> None:
    tops = {f"patholearn_lab.{file.parts[1].removesuffix('.py')}" for file in python_files("patholearn_lab")}
    listed = set(contracts()["importlinter:contract:web"]["source_modules"].split())
    assert listed == tops - {"patholearn_lab.__init__", "patholearn_lab.server", "patholearn_lab.testing"}


# One import against each contract: the file that gets it, and what it imports.
BREAKS = {
    "an upper layer": ("graph/document.py", "import patholearn_lab.services", "The layers point downwards"),
    "a sibling edge": ("widgets/__init__.py", "import patholearn_lab.server", "The layers point downwards"),
    "a hidden import": ("jobs/states.py", "def later():\n    import patholearn_lab.training", "point downwards"),
    "the web in a job": ("jobs/states.py", "import tornado.web", "tornado and jupyter_server only"),
    "torch in the graph": ("graph/document.py", "def later():\n    import torch", "are pure Python"),
    "torch in a job": ("jobs/states.py", "import torch", "know nothing of training"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_an_import_against_a_contract_is_found(name: str, tmp_path: Path) -> None:
    where, line, contract = BREAKS[name]
    for file in python_files("patholearn_lab"):
        copy = tmp_path / file
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / file).read_bytes())
    broken = tmp_path / "patholearn_lab" / where
    broken.write_text(broken.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    finished = lint(ROOT / ".importlinter", cwd=tmp_path)
    assert finished.returncode != 0, finished.stdout
    assert "BROKEN" in next(row for row in finished.stdout.splitlines() if contract in row)
