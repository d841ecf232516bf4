"""``patholearn doctor``: looks at the installation, and says what is wrong and what to do."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import patholearn_lab
from patholearn_lab.client.connection import find_connections
from patholearn_lab.errors import PathoLearnError
from patholearn_lab.lazy import torchvision_guard_was_needed
from patholearn_lab.paths import DataPaths
from patholearn_lab.services import default_data_dir

PACKAGES = ("torch", "torchvision", "lightning", "dask", "onnxruntime", "zarr", "jupyterlab", "jupyter-server")


@dataclass(frozen=True)
class Finding:
    """One line of the report. `hint` says what to do where it is not `good`."""

    good: bool
    what: str
    hint: str = ""


def doctor() -> int:
    """Print the findings, and return 1 where one of them is bad."""
    findings = [finding for look in CHECKS for finding in look()]
    for finding in findings:
        print(f"{'ok ' if finding.good else 'BAD'}  {finding.what}")
        if not finding.good:
            print(f"     {finding.hint}")
    return 0 if all(finding.good for finding in findings) else 1


def look_at_versions() -> Iterator[Finding]:
    """Python and the packages that results depend on."""
    yield Finding(True, f"patholearn-lab {patholearn_lab.__version__}, Python {platform.python_version()}")
    for package in PACKAGES:
        try:
            yield Finding(True, f"{package} {version(package)}")
        except PackageNotFoundError:
            yield Finding(False, f"{package} is not installed", "Install it with: pip install patholearn-lab")


def look_at_torchvision() -> Iterator[Finding]:
    """Whether torchvision loads, and whether it needed the guard."""
    try:
        importlib.import_module("torchvision")
    except (ImportError, RuntimeError, OSError) as error:
        yield Finding(
            False,
            f"torchvision does not load: {error}",
            "Install torch and torchvision of one build: pip install --force-reinstall torch torchvision",
        )
        return
    if torchvision_guard_was_needed():
        yield Finding(True, "torchvision loads with the guard: its compiled operators are of another build than torch")
    else:
        yield Finding(True, "torchvision loads by itself")


def look_at_gpu() -> Iterator[Finding]:
    """Whether there is a GPU, and whether torch can use it."""
    import torch

    if torch.cuda.is_available():
        yield Finding(True, f"GPU: {torch.cuda.get_device_name(0)}")
    elif (
        shutil.which("nvidia-smi")
        and not subprocess.run(["nvidia-smi", "-L"], capture_output=True, check=False).returncode
    ):
        yield Finding(
            False,
            f"There is an NVIDIA GPU, but torch {torch.__version__} cannot use it",
            "Install a CUDA build of torch: https://pytorch.org/get-started/locally/",
        )
    else:
        yield Finding(True, "no GPU: training runs on the processor")


def look_at_data_folder() -> Iterator[Finding]:
    """Whether the data folder can be written to."""
    paths = DataPaths(default_data_dir(os.environ))
    try:
        paths.ensure()
    except PathoLearnError as error:
        yield Finding(False, error.message, error.hint)
    else:
        yield Finding(True, f"data folder {paths.root}")


def look_at_labextension() -> Iterator[Finding]:
    """Whether the labextension is built."""
    built = Path(patholearn_lab.__file__).parent / "labextension" / "package.json"
    if built.is_file():
        yield Finding(True, "the labextension is built")
    else:
        yield Finding(
            False, "the labextension is not built", "In a checkout: make build. Else install the wheel again."
        )


def look_at_servers() -> Iterator[Finding]:
    """Which servers run."""
    servers = find_connections()
    for server in servers:
        yield Finding(True, f"a server runs at {server.url} (process {server.pid})")
    if not servers:
        yield Finding(True, "no Jupyter server with PathoLearn Lab runs now")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    look_at_versions,
    look_at_torchvision,
    look_at_gpu,
    look_at_data_folder,
    look_at_labextension,
    look_at_servers,
)
