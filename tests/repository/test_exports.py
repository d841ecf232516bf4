"""The public names: all there, all importable, all documented, and nothing heavy before their first use."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from repository.project import ROOT, module_name, python_files

import patholearn_lab

HEAVY = (
    "torch", "torchvision", "lightning", "torchmetrics", "dask", "distributed", "onnx", "onnxruntime", "zarr",
    "sqlalchemy", "skimage", "sklearn", "scipy", "timm", "libcst", "bqplot",
)  # fmt: skip
NAMES = [name for name in patholearn_lab.__all__ if name != "__version__"]


def heavy_after(code: str) -> set[str]:
    """Return which heavy packages a fresh process has loaded after running `code`."""
    report = f"\nimport sys\nprint(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code + report],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_is_there_and_says_what_it_is(name: str) -> None:
    thing = getattr(patholearn_lab, name)
    assert thing.__name__ == name
    assert thing.__module__.startswith("patholearn_lab.")
    assert (inspect.getdoc(thing) or "").strip(), f"lab.{name} has no docstring"


def test_the_list_of_exports_is_exact() -> None:
    assert set(patholearn_lab.__all__) <= set(dir(patholearn_lab))
    assert set(NAMES) == set(patholearn_lab._EXPORTS)
    public = {name for name in vars(patholearn_lab) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(patholearn_lab, name))}
    assert public - modules - set(NAMES) <= {"annotations", "Any", "install_torchvision_guard"}


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
        patholearn_lab.Nonsense  # noqa: B018


def test_the_package_can_be_imported_without_anything_heavy() -> None:
    assert heavy_after("import patholearn_lab") == set()


def test_the_server_extension_can_be_imported_without_anything_heavy() -> None:
    assert heavy_after("import patholearn_lab.server.app, patholearn_lab.services, patholearn_lab.client") == set()


def test_a_heavy_import_is_found() -> None:
    assert "zarr" in heavy_after("import patholearn_lab, zarr")


@pytest.mark.parametrize("module", [module_name(file) for file in python_files("patholearn_lab")])
def test_every_module_says_what_it_is_for(module: str) -> None:
    file = ROOT / (module.replace(".", "/") + ".py")
    text = (file if file.is_file() else file.with_suffix("") / "__init__.py").read_text(encoding="utf-8")
    assert text.lstrip().startswith(('"""', 'r"""', "#!")), f"{module} has no docstring"
