"""What lies in a bundle: the folder of one version of a model.

::

    model.onnx            images float32[batch,C,H,W], normalized, and features float32[batch,F], standardized, as the
                          manifest says -> one tensor for each of its outputs
    manifest.json         ModelManifest
    preprocessing.json    the preprocessing alone, for programs that know nothing else of this one
    code/cell.py          the cell it was trained from

Opening a bundle reads JSON and ONNX only. Nothing in it is ever unpickled, and the cell is never run.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pydantic import ValidationError

from patholearn_lab.errors import ModelNotFoundError
from patholearn_lab.paths import write_atomically
from patholearn_lab.serving.models import ModelManifest

NETWORK = "model.onnx"
MANIFEST = "manifest.json"
PREPROCESSING = "preprocessing.json"
CELL = Path("code") / "cell.py"


def write_bundle(folder: Path, manifest: ModelManifest, network: Path, cell: Path | None) -> None:
    """Fill `folder` with a bundle; the network and the cell are copied."""
    shutil.copyfile(network, folder / NETWORK)
    if cell is not None:
        (folder / CELL).parent.mkdir()
        shutil.copyfile(cell, folder / CELL)
    write_atomically(folder / PREPROCESSING, manifest.preprocessing.model_dump_json(indent=2))
    write_atomically(folder / MANIFEST, manifest.model_dump_json(indent=2))


def read_manifest(folder: Path) -> ModelManifest:
    """Return the manifest in `folder`.

    Raises
    ------
    ModelNotFoundError
        When there is none, or one that cannot be read.
    """
    try:
        return ModelManifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelNotFoundError(
            f"The model {folder.parent.name!r} version {folder.name} cannot be read: "
            f"its {MANIFEST} is missing or damaged.",
            "Delete this version, or train it again.",
        ) from error
