"""A network that was trained, found again with its weights: of a run, or of a model.

Used in a job's child process, where torch may be imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.errors import ConflictError, JobNotFoundError
from patholearn_lab.paths import NAME_PATTERN
from patholearn_lab.training.spec import CheckpointName

if TYPE_CHECKING:
    from pathlib import Path

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.standardization import Standardization
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.serving.models import ModelOutput
    from patholearn_lab.training.answers import Answer
    from patholearn_lab.training.cell import LoadedCell
    from patholearn_lab.training.confusions import Confusion

DEFAULT_BATCH_SIZE = 64


class ModelChoice(BaseModel):
    """A version of a model; the newest where it is None."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=f"^{NAME_PATTERN.pattern}$")
    version: int | None = Field(default=None, ge=1, strict=True)


@dataclass(frozen=True)
class Trained:
    """A network with its weights, and what it was made for.

    Parameters
    ----------
    cell
        The loaded cell.
    answers
        What the network gives.
    inputs
        What it takes, in the order of forward's arguments.
    preprocessing, standardization
        What images and features go through before it; the latter is None where it takes none.
    dataset, dataset_version
        What it was trained on; the version is None where that was not kept.
    fold
        Which fold of that was the validation split.
    batch_size
        How many samples go through it at once.
    """

    cell: LoadedCell
    answers: list[Answer]
    inputs: tuple[str, ...]
    preprocessing: Preprocessing
    standardization: Standardization | None
    dataset: str
    dataset_version: int | None
    fold: int | None = None
    batch_size: int = DEFAULT_BATCH_SIZE

    @property
    def takes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each input for one sample."""
        seen, table = self.preprocessing, self.standardization
        image, row = (seen.channels, seen.height, seen.width), (len(table.features) if table else 0,)
        shapes: dict[str, tuple[int, ...]] = {"images": image, "features": row}
        return {name: shapes[name] for name in self.inputs}

    def ensure_gives_its_answers(self) -> None:
        """Raise CodeError unless the network gives what it should; lazy layers get their sizes by that."""
        from patholearn_lab.training.run import ensure_network_fits

        seen = self.preprocessing
        image = (seen.channels, seen.height, seen.width)
        ensure_network_fits(self.cell, self.answers, image, list(self.takes.values()))


def trained_in(run: str, checkpoint: CheckpointName, context: JobContext) -> Trained:
    """Return the network of a training, with the weights of its best or its last epoch.

    Raises
    ------
    JobNotFoundError, DatasetNotFoundError
        When the run, or the data set that it learned from, is not there any more.
    ConflictError
        When it has kept no record, or no such weights.
    CodeError
        When its cell cannot be run.
    """
    from patholearn_lab.codegen.reading import inputs_in
    from patholearn_lab.datasets.inputs import FEATURES, ensure_inputs
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.preprocessing import Preprocessing
    from patholearn_lab.datasets.standardization import Standardization
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.training.checkpoints import KeepCheckpoints, checkpoint_file
    from patholearn_lab.training.record import read_record

    paths = DataPaths(context.data_root)
    folder = _run_folder(paths, run)
    record = read_record(folder)
    settings = record.settings
    manifest = DatasetLibrary(paths).find(record.dataset.id, record.dataset.version)
    if not checkpoint_file(folder / "checkpoints", checkpoint).is_file():
        raise ConflictError(
            f"The run {run} has no {checkpoint} checkpoint: it ended before its first epoch was over, or they were "
            f"removed.",
            "Train it again.",
            run=run,
        )
    cell = _load(folder / "code" / "cell.py", settings.seed, context)
    inputs = ensure_inputs(manifest, inputs_in(cell.constants))
    rules = settings.data
    trained = Trained(
        cell,
        answers_on(cell, manifest),
        inputs,
        Preprocessing.of(manifest, rules.normalization, rules.size, rules.fit),
        Standardization.of(manifest) if FEATURES in inputs else None,
        manifest.id,
        manifest.version,
        settings.fold,
        settings.batch_size,
    )
    trained.ensure_gives_its_answers()
    KeepCheckpoints(folder / "checkpoints").load(cell.model, checkpoint)
    return trained


def trained_as(model: ModelChoice, context: JobContext) -> Trained:
    """Return the network of a model: its cell, in which the exported network answers in the place of its layers.

    So a model is measured by its own cell as it is served, also when its run was deleted.

    Raises
    ------
    ModelNotFoundError
        When there is no such model.
    ConflictError
        When its cell was not kept beside it.
    CodeError
        When its cell cannot be run.
    """
    from patholearn_lab.graph.learning.tasks import OBJECTIVES
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.serving.bundle import CELL, NETWORK
    from patholearn_lab.serving.library import ModelLibrary
    from patholearn_lab.serving.stand_in import answer_with
    from patholearn_lab.training.answers import Answer

    library = ModelLibrary(DataPaths(context.data_root))
    manifest = library.find(model.name, model.version)
    bundle = library.folder(manifest.name, manifest.version)
    if not (bundle / CELL).is_file():
        raise ConflictError(
            f"The model {manifest.name!r} version {manifest.version} was kept without its cell, which says how it is "
            f"measured.",
            "Evaluate the run that it comes from, or train it again.",
            model=manifest.name,
        )
    cell = _load(bundle / CELL, 0, context)
    several = isinstance(cell.constants.get("TARGETS"), dict)
    answers = [
        Answer(output.name if several else "", OBJECTIVES[output.task].target, output.classes)
        for output in manifest.outputs
    ]
    trained = Trained(
        cell,
        answers,
        manifest.inputs,
        manifest.preprocessing,
        manifest.standardization,
        manifest.dataset,
        None,
    )
    trained.ensure_gives_its_answers()
    answer_with(cell.model, bundle / NETWORK, manifest, as_dictionary=several)
    return replace(trained, cell=replace(cell, stands_in=True))


def opened(datasets: DatasetLibrary, id: str, version: int | None, context: JobContext) -> DatasetStore:
    """Return a data set; a built-in one is made first where it is not stored yet.

    Raises
    ------
    DatasetNotFoundError
        When there is no such set, or no such version of it.
    """
    from patholearn_lab.jobs.folder import RunFolder

    if version is None:
        version = datasets.ensure(id, context, owner=RunFolder(context.folder).spec()["owner"]).version
    return datasets.open(id, version)


def answers_on(cell: LoadedCell, manifest: Manifest) -> list[Answer]:
    """Return what the cell's network has to give on a data set."""
    from patholearn_lab.training.answers import answers_of

    shape = manifest.shape()
    return answers_of(cell.constants, manifest.usual_target, {name: shape.names(name) for name in shape.targets})


def outputs_of(answers: Sequence[Answer], manifest: Manifest) -> tuple[ModelOutput, ...]:
    """Return the answers of a network as those of a model."""
    from patholearn_lab.serving.models import ModelOutput

    return tuple(
        ModelOutput.of(answer.target, answer.classes, answer.name, manifest.unit(answer.target)) for answer in answers
    )


def confusion_of(found: Sequence[Confusion]) -> dict[str, Any] | None:
    """Return the confusion matrix of the first output that has classes, as a job's result has it."""
    if not found:
        return None
    answer = found[0].answer
    counts = "pixels" if answer.target == "masks" else "images"
    return {"classes": list(answer.classes), "matrix": found[0].matrix.tolist(), "counts": counts}


def _run_folder(paths: DataPaths, run: str) -> Path:
    folder = paths.run(run)
    if not folder.is_dir():
        raise JobNotFoundError(f"There is no run {run!r}.", "It may have been deleted.", job=run)
    return folder


def _load(file: Path, seed: int, context: JobContext) -> LoadedCell:
    from patholearn_lab.training.cell import load_cell
    from patholearn_lab.training.run import seed_everything

    seed_everything(seed)
    return load_cell(file.read_text(encoding="utf-8"), context.folder)
