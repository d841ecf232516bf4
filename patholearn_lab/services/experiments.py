"""Writes a run as a zip that trains on without PathoLearn Lab."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import ConflictError
from patholearn_lab.training.experiment import Facts, experiment_files
from patholearn_lab.training.experiment_script import DATA, WEIGHTS
from patholearn_lab.training.record import read_record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.jobs.queue import JobQueue
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.training.spec import FitSettings

_BATCH = 64


class Experiments:
    """Runs, made into folders for other machines.

    Parameters
    ----------
    paths
        The data folder, whose run folders have code and weights.
    jobs
        Knows the runs.
    datasets
        Knows how the samples are normalized, and has them.
    """

    def __init__(self, paths: DataPaths, jobs: JobQueue, datasets: DatasetLibrary) -> None:
        self._paths = paths
        self._jobs = jobs
        self._datasets = datasets

    def write(self, job_id: str, target: Path, *, data: bool = False) -> None:
        """Write the zip of a run, whole or not at all.

        Parameters
        ----------
        job_id
            A training of which there are weights.
        target
            The file.
        data
            Whether the samples of its data set go along.

        Raises
        ------
        JobNotFoundError, DatasetNotFoundError
            When the run, or that version of its data set, is not there any more.
        ConflictError
            When the run has no weights or no record yet.
        """
        job = self._jobs.find(job_id)
        folder = self._paths.run(job.id)
        weights, cell = folder / "checkpoints" / "best.ckpt", folder / "code" / "cell.py"
        if not (weights.is_file() and cell.is_file()):
            raise ConflictError(
                f"The run {job_id} has no weights that could go along: it is {job.state}.",
                "Wait for its first epoch, or take a training that came further.",
                run=job_id,
                state=job.state,
            )
        record = read_record(folder)
        store = self._datasets.open(record.dataset.id, record.dataset.version)
        code, beginning = _with_beginning(cell.read_text(encoding="utf-8"))
        facts = _facts(job.id, job.name, code, record, store, job.result or {}, data)
        part = target.with_name(f"{target.name}.part")
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, text in experiment_files(facts).items():
                    archive.writestr(name, text)
                archive.write(weights, WEIGHTS)
                if beginning is not None:
                    archive.write(beginning, f"beginning{beginning.suffix}")
                graph = folder / "code" / "graph.arch.json"
                if graph.is_file():
                    archive.write(graph, graph.name)
                if data:
                    with tempfile.TemporaryDirectory(dir=self._paths.scratch, prefix="experiment-") as scratch:
                        arrays = Path(scratch) / DATA
                        _write_data(store, arrays, facts, record.settings)
                        archive.write(arrays, DATA, zipfile.ZIP_STORED)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _with_beginning(code: str) -> tuple[str, Path | None]:
    """Return a cell that finds the file of weights that it begins with beside itself, and that file."""
    from patholearn_lab.codegen.reading import read_cell

    named = read_cell(code).settings.get("WEIGHTS")
    file = Path(named) if isinstance(named, str) and named else None
    if file is None or not file.is_file():
        return code, None
    beside = f'"beginning{file.suffix}"'
    for written in (json.dumps(named, ensure_ascii=False), repr(named)):
        code = code.replace(f"WEIGHTS = {written}", f"WEIGHTS = {beside}")
    return code, file


def _facts(
    run: str, name: str, code: str, record: Any, store: DatasetStore, result: dict[str, Any], with_data: bool
) -> Facts:
    from patholearn_lab.codegen.reading import read_cell
    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.standardization import Standardization
    from patholearn_lab.datasets.transforms import augmentation_code

    cell, manifest = read_cell(code), store.manifest
    rules = record.settings.data
    pixels = Preprocessing.of(manifest, rules.normalization, rules.size, rules.fit)
    table = Standardization.of(manifest)
    augmentation = rules.augmentation
    # A cell that does not say what it learns learns what the data set is made for.
    said = cell.targets != ("labels",) or "TARGET" in cell.settings
    return Facts(
        run=run,
        name=name,
        class_name=cell.class_name or "Network",
        code=code,
        record=record,
        inputs=cell.inputs,
        targets=cell.targets if said else (manifest.usual_target,),
        mean=pixels.mean,
        std=pixels.std,
        feature_mean=table.mean,
        feature_std=table.std,
        columns=table.features,
        sizes=(pixels.height, pixels.width, pixels.channels),
        classes=manifest.classes,
        mask_classes=manifest.mask_names if "masks" in manifest.arrays else (),
        result=result,
        with_data=with_data,
        augmentation=augmentation_code(augmentation, pixels.height, pixels.width) if augmentation.steps else "",
        left_out=tuple(_left_out(record.settings)),
    )


def _left_out(settings: FitSettings) -> Iterator[str]:
    """Yield what the training did and the script does not."""
    rules = settings.data
    if rules.sampling.by != "shuffled":
        yield "The training drew samples by their class; `train.py` takes each once in an epoch."
    if settings.patience is not None:
        yield "The training could stop early; `train.py` trains all epochs and keeps the best."
    if settings.average_weights is not None:
        yield "The training averaged its weights; `train.py` does not."
    if settings.find_learning_rate:
        yield "The training found its learning rate itself; give one with `--learning-rate`."


def _write_data(store: DatasetStore, target: Path, facts: Facts, settings: FitSettings) -> None:
    """Write ``images_train`` and so on into an .npz file, a batch at a time."""
    import numpy as np
    from numpy.lib import format as npy

    from patholearn_lab.datasets.manifest import NO_LABEL, SPLITS
    from patholearn_lab.datasets.preprocessing import Preprocessing

    names = (*facts.inputs, *facts.targets)
    rules, manifest = settings.data, store.manifest
    seen = Preprocessing.of(manifest, rules.normalization, rules.size, rules.fit)
    resized = (seen.height, seen.width) != (manifest.height, manifest.width)
    if resized and "masks" in names:
        raise ConflictError(
            f"The run {facts.run} brought its masks to another size, and a data file has no place for that.",
            "Download the experiment without the data.",
            run=facts.run,
        )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for split in SPLITS:
            indices = store.indices(split, fold=settings.fold)
            if "labels" in names and "labels" in store.manifest.sparse:
                indices = indices[store.labels(indices) != NO_LABEL]
            for name in dict.fromkeys(names):
                batches = _batches(store, name, indices, seen if resized else None)
                first = next(batches)
                shape = (len(indices), *first.shape[1:])
                head = {"descr": npy.dtype_to_descr(first.dtype), "fortran_order": False, "shape": shape}
                with archive.open(f"{name}_{split}.npy", "w", force_zip64=True) as file:
                    npy.write_array_header_1_0(file, head)
                    file.write(first.tobytes())
                    for batch in batches:
                        file.write(np.ascontiguousarray(batch).tobytes())


def _batches(
    store: DatasetStore, name: str, indices: NDArray[np.int64], size: Preprocessing | None
) -> Iterator[NDArray[Any]]:
    import numpy as np

    from patholearn_lab.serving.preprocess import fit_image

    for start in range(0, max(1, len(indices)), _BATCH):
        batch = _read(store, name, indices[start : start + _BATCH])
        resize = size is not None and name == "images" and len(batch)
        yield np.stack([fit_image(image, size) for image in batch]) if resize and size is not None else batch


def _read(store: DatasetStore, name: str, indices: NDArray[np.int64]) -> NDArray[Any]:
    import numpy as np

    from patholearn_lab.datasets.targets import shares_of, tags_of

    match name:
        case "images":
            return store.images(indices)
        case "features":
            return store.features(indices)
        case "labels":
            return store.labels(indices)
        case "masks":
            return store.masks(indices)
    if name in store.manifest.arrays:
        return np.asarray((store.tags if name == "tags" else store.values)(indices), np.float32)
    work_out = tags_of if name == "tags" else shares_of
    return work_out(store.masks(indices), len(store.manifest.mask_names))
