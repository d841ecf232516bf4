"""What is written beside a run so that it can be done again: settings, versions, processor."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from patholearn_lab.paths import write_atomically
from patholearn_lab.training.spec import FitSettings, TrainingSpec

_PACKAGES = (
    "patholearn-lab",
    "torch",
    "lightning",
    "torchmetrics",
    "numpy",
    "zarr",
    "onnx",
    "onnxruntime",
    "onnxscript",
)


def describe_environment() -> dict[str, Any]:
    """Return the versions and the processor that this process trains with."""
    import torch

    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
    }


def write_record(folder: Path, spec: TrainingSpec, settings: FitSettings, dataset_hash: str) -> dict[str, Any]:
    """Write ``training.json`` into the run folder, and the drawn graph beside the cell; return the environment.

    With ``code/cell.py`` this is all that a second run needs: the same code, settings, seed, data (its content hash)
    and versions give the same figures on the same processor.
    """
    environment = describe_environment()
    record = {"settings": settings.model_dump(), "dataset_hash": dataset_hash, "environment": environment}
    write_atomically(folder / "training.json", json.dumps(record, indent=2))
    if spec.document is not None:
        (folder / "code").mkdir(exist_ok=True)
        write_atomically(folder / "code" / "graph.arch.json", json.dumps(spec.document, indent=2))
    return environment


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        # Run from a checkout that is not installed.
        return None
