"""The torchvision guard: it lets the real packages load here, and keeps its hands off where they load anyway."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from patholearn_lab.errors import MissingDependencyError
from patholearn_lab.lazy import install_torchvision_guard, optional_import

# The guard is part of what a process has after `import patholearn_lab`, so each case runs in a fresh process.
REPORT = """
import json, sys
from patholearn_lab.lazy import torchvision_guard_was_needed
print(json.dumps({"needed": torchvision_guard_was_needed(), "torch": "torch" in sys.modules}))
"""


def run_fresh(code: str, *, first_path: Path | None = None) -> subprocess.CompletedProcess[str]:
    lines = ["import sys", f"sys.path.insert(0, {str(first_path)!r})"] if first_path else []
    lines += ["import patholearn_lab", textwrap.dedent(code)]
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def report_of(finished: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert finished.returncode == 0, finished.stderr
    report: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return report


def make_torchvision(folder: Path, init: str) -> Path:
    package = folder / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(textwrap.dedent(init))
    (package / "datasets.txt").write_text("a file beside the package")
    return folder


@pytest.mark.parametrize(
    "first",
    [
        pytest.param("import torchvision.transforms.v2 as v2; v2.Resize(8)", id="torchvision"),
        pytest.param("import lightning; lightning.LightningModule()", id="lightning"),
        pytest.param("import timm; timm.create_model('resnet18')", id="timm"),
    ],
)
def test_a_package_on_top_of_torchvision_is_the_first_import_and_loads(first: str) -> None:
    report_of(run_fresh(first + REPORT))


def test_where_the_operators_load_the_guard_declares_nothing_and_loads_once(tmp_path: Path) -> None:
    fake = make_torchvision(tmp_path, "import sys\nsys.loads = getattr(sys, 'loads', 0) + 1\nanswer = 42\n")
    finished = run_fresh(
        "import torchvision\nassert torchvision.answer == 42\nassert sys.loads == 1" + REPORT, first_path=fake
    )
    assert report_of(finished) == {"needed": False, "torch": False}


def test_the_guarded_loader_answers_for_the_real_one(tmp_path: Path) -> None:
    fake = make_torchvision(tmp_path, "answer = 42\n")
    code = """
    import importlib.resources, inspect, pkgutil, torchvision
    assert "answer = 42" in inspect.getsource(torchvision)
    assert torchvision.__spec__.loader.get_filename("torchvision") == torchvision.__file__
    assert pkgutil.get_data("torchvision", "datasets.txt") == b"a file beside the package"
    assert importlib.resources.files("torchvision").joinpath("datasets.txt").read_text().startswith("a file")
    """
    assert report_of(run_fresh(textwrap.dedent(code) + REPORT, first_path=fake))["needed"] is False


def test_a_runtime_error_of_another_kind_is_passed_on(tmp_path: Path) -> None:
    fake = make_torchvision(tmp_path, "raise RuntimeError('the disk is on fire')\n")
    code = """
    try:
        import torchvision
    except RuntimeError as error:
        assert str(error) == "the disk is on fire"
    else:
        raise AssertionError("the error was swallowed")
    """
    assert report_of(run_fresh(textwrap.dedent(code) + REPORT, first_path=fake)) == {"needed": False, "torch": False}


def test_missing_operators_are_declared_and_the_package_is_loaded_again(tmp_path: Path) -> None:
    fake = make_torchvision(
        tmp_path,
        """
        import torch
        import torchvision.broken_half
        if not hasattr(torch.ops.torchvision, "nms"):
            raise RuntimeError("operator torchvision::nms does not exist")
        """,
    )
    # The half-imported submodule is dropped, so that the second import runs it again from the start.
    (tmp_path / "torchvision" / "broken_half.py").write_text("import sys\nsys.halves = getattr(sys, 'halves', 0) + 1\n")
    finished = run_fresh("import torchvision\nassert sys.halves == 2" + REPORT, first_path=fake)
    assert report_of(finished) == {"needed": True, "torch": True}


def test_an_operator_that_the_guard_cannot_declare_is_an_error_after_one_more_try(tmp_path: Path) -> None:
    fake = make_torchvision(
        tmp_path,
        """
        import sys
        sys.loads = getattr(sys, "loads", 0) + 1
        raise RuntimeError("operator torchvision::brand_new does not exist")
        """,
    )
    code = """
    for _ in range(2):
        try:
            import torchvision
        except RuntimeError as error:
            assert "brand_new" in str(error)
        else:
            raise AssertionError("the error was swallowed")
    assert sys.loads == 3, sys.loads
    """
    assert report_of(run_fresh(textwrap.dedent(code) + REPORT, first_path=fake))["needed"] is True


def test_the_guard_is_installed_once() -> None:
    before = list(sys.meta_path)
    install_torchvision_guard()
    assert sys.meta_path == before


def test_a_missing_package_names_the_extra_that_brings_it() -> None:
    with pytest.raises(MissingDependencyError) as missing:
        optional_import("a_package_nobody_has.part", "gpu")
    assert "'a_package_nobody_has'" in missing.value.message
    assert missing.value.hint == "Install it with: pip install 'patholearn-lab[gpu]'"


def test_an_optional_package_that_is_there_is_imported() -> None:
    assert optional_import("json.decoder", "gpu") is sys.modules["json.decoder"]
