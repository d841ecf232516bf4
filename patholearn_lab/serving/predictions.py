"""Writes what a model says about many samples: a table for people, and a zarr with the numbers."""

from __future__ import annotations

import csv
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.serving.tables import row_of_answers

if TYPE_CHECKING:
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.serving.models import ModelManifest, ModelOutput
    from patholearn_lab.serving.predict import Batch

TABLE = "predictions.csv"
ARRAYS = "predictions.zarr.zip"
_CHUNK = 64


class PredictionWriter:
    """Writes ``predictions.csv``, and ``predictions.zarr.zip``, which ``zarr.open`` reads as it is.

    The zarr is a group with an array for each output, under its name, with the rows of the table:
    ``float32[n,classes]`` probabilities or values, as they are read (softmax, sigmoid, or the number itself);
    ``float16[n,classes,H,W]`` for masks and images. The attribute ``classes`` of each has the names.

    Parameters
    ----------
    folder
        Where to.
    manifest
        The model.
    most
        How many samples there are at most.
    arrays
        Whether the zarr is written.
    """

    def __init__(self, folder: Path, manifest: ModelManifest, most: int, *, arrays: bool) -> None:
        self._folder = folder
        self._manifest = manifest
        self._most = most
        self._table = (folder / TABLE).open("w", encoding="utf-8", newline="")
        self._rows: csv.DictWriter[str] | None = None
        self._zarr = folder / ".predictions.zarr" if arrays else None
        self._arrays: dict[str, Any] = {}
        self.written = 0
        """How many samples are written."""

    @property
    def files(self) -> list[str]:
        """The names of what is written."""
        return [TABLE, *([ARRAYS] if self._zarr is not None else [])]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._table.close()
        if self._zarr is not None:
            if kind is None:
                self._pack(self._zarr)
            shutil.rmtree(self._zarr, ignore_errors=True)

    def add(self, begins: Sequence[dict[str, Any]], found: Batch) -> None:
        """Write some samples: what their rows begin with, and what the model says of them."""
        from patholearn_lab.serving.reading import scaled

        for cells, answers in zip(begins, found.answers, strict=True):
            row = {**cells, **row_of_answers(answers)}
            if self._rows is None:
                self._rows = csv.DictWriter(self._table, list(row))
                self._rows.writeheader()
            self._rows.writerow({name: _spelled(value) for name, value in row.items()})
        stop = self.written + len(begins)
        for output in self._manifest.outputs if self._zarr is not None else ():
            values = scaled(found.raw[output.name], OBJECTIVES[output.task].scale)
            self._array(output, values)[self.written : stop] = values
        self.written = stop

    def _array(self, output: ModelOutput, values: NDArray[np.float64]) -> Any:
        if output.name not in self._arrays:
            import zarr

            form = values.shape[1:]
            group = zarr.open_group(self._zarr, mode="a")
            made = group.create_array(
                output.name,
                shape=(self._most, *form),
                chunks=(_CHUNK if len(form) == 1 else 1, *form),
                dtype="float32" if len(form) == 1 else "float16",
            )
            made.attrs["classes"] = list(output.classes)
            made.attrs["task"] = output.task
            self._arrays[output.name] = made
        return self._arrays[output.name]

    def _pack(self, folder: Path) -> None:
        for array in self._arrays.values():
            # Pictures that could not be read have no row.
            array.resize((self.written, *array.shape[1:]))
        with zipfile.ZipFile(self._folder / ARRAYS, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.write(file, file.relative_to(folder))


def _spelled(value: object) -> object:
    """Return a cell as a table has it: floats with the digits that matter, and no text that a spreadsheet would run."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"}:
        return f"'{value}"
    return value
