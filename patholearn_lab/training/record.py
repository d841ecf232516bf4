"""What is written beside a run so that it can be done again: settings, data, versions, processor."""

from __future__ import annotations

import json
import platform
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from patholearn_lab.datasets.manifest import SPLITS
from patholearn_lab.errors import ConflictError
from patholearn_lab.paths import write_atomically
from patholearn_lab.training.spec import FitSettings, TrainingSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.manifest import Manifest

_FILE = "training.json"
_CPU_FACTS = Path("/proc/cpuinfo")
_PACKAGES = (
    "patholearn-lab",
    "torch",
    "torchvision",
    "timm",
    "lightning",
    "torchmetrics",
    "numpy",
    "zarr",
    "onnx",
    "onnxruntime",
    "onnxscript",
)
"""Those that can change a figure. The run's ``environment.json`` has all that were installed."""


class DataUsed(BaseModel):
    """The data that a run learned from: its content, its division and its labels are all in the hash."""

    model_config = ConfigDict(frozen=True)

    id: str
    version: int
    content_hash: str
    splits: dict[str, int]
    """How many samples each split has."""

    @classmethod
    def of(cls, manifest: Manifest, codes: NDArray[np.uint8]) -> Self:
        """Return what a data set's manifest says of this, and the split of each of its samples: ``uint8[n]``."""
        splits = {split: int((codes == code).sum()) for code, split in enumerate(SPLITS)}
        return cls(id=manifest.id, version=manifest.version, content_hash=manifest.content_hash, splits=splits)


class TrainingRecord(BaseModel):
    """What one training used.

    The same code, settings (the seed among them), data and environment give the same figures on a CPU, to the last
    digit. `code_hash` is the SHA-256 of ``code/cell.py``, in hex.
    """

    model_config = ConfigDict(frozen=True)

    settings: FitSettings
    code_hash: str
    dataset: DataUsed
    environment: dict[str, Any]


def versions() -> dict[str, Any]:
    """Return the versions of Python and of the packages that can change a figure. Imports none of them."""
    return {"python": platform.python_version(), "packages": {name: _version(name) for name in _PACKAGES}}


def describe_environment() -> dict[str, Any]:
    """Return the versions and the processor that this process trains with."""
    import torch

    return {
        **versions(),
        "platform": platform.platform(),
        "processor": _processor(),
        "accelerator": torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
    }


def write_record(folder: Path, spec: TrainingSpec, settings: FitSettings, dataset: DataUsed) -> dict[str, Any]:
    """Write ``training.json`` into the run folder, and the drawn graph beside the cell; return the environment."""
    record = TrainingRecord(
        settings=settings,
        code_hash=sha256(spec.code.encode()).hexdigest(),
        dataset=dataset,
        environment=describe_environment(),
    )
    write_atomically(folder / _FILE, record.model_dump_json(indent=2))
    if spec.document is not None:
        (folder / "code").mkdir(exist_ok=True)
        write_atomically(folder / "code" / "graph.arch.json", json.dumps(spec.document, indent=2))
    return record.environment


def read_record(folder: Path) -> TrainingRecord:
    """Return what the training in a run folder used.

    Raises
    ------
    ConflictError
        When it kept no record: it ended before it had its data, or an older version made it.
    """
    try:
        return TrainingRecord.model_validate_json((folder / _FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValidationError) as error:
        raise ConflictError(
            f"The run {folder.name} has kept no record of the data and the versions that it used.",
            "It ended before it had opened its data, or an older version of PathoLearn Lab made it. Train it anew.",
            run=folder.name,
        ) from error


def changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Say in words what of an environment is another now; what `now` does not know is passed over."""
    plain = [name for name in ("python", "processor", "accelerator", "threads") if name in now]
    pairs = [(name, before.get(name), now[name]) for name in plain]
    packages = now.get("packages", {})
    pairs += [(name, before.get("packages", {}).get(name), packages[name]) for name in packages]
    return [f"{name} was {_said(old)} and is {_said(new)}" for name, old, new in pairs if old != new]


def _said(value: object) -> str:
    return "not there" if value is None else str(value)


def _processor() -> str:
    """Return the processor's model; another one may round in another order."""
    lines = _CPU_FACTS.read_text().splitlines() if _CPU_FACTS.is_file() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        # Run from a checkout that is not installed.
        return None
