"""The kind of job that measures a trained network: on the test split it never learned from, or on other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from patholearn_lab.datasets.manifest import Split
from patholearn_lab.errors import DatasetError
from patholearn_lab.jobs.payloads import read_payload
from patholearn_lab.paths import NAME_PATTERN
from patholearn_lab.services.trained import ModelChoice
from patholearn_lab.training.spec import MAX_BATCH_SIZE, CheckpointName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.services.trained import Trained
    from patholearn_lab.training.confusions import Confusion

KIND = "evaluation"


class EvaluationSpec(BaseModel):
    """The payload of a job of kind ``evaluation``.

    Parameters
    ----------
    run, model
        What is measured: the network of a training, or a model as it is served. One of the two.
    checkpoint
        Which weights of the run: those of its best epoch, or of its last.
    dataset, dataset_version
        On which data; what it was trained on where None, the newest version of another set.
    split
        On which part of it.
    batch_size
        Samples at once; as in the training where None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str | None = Field(default=None, pattern=f"^{NAME_PATTERN.pattern}$")
    model: ModelChoice | None = None
    checkpoint: CheckpointName = "best"
    dataset: str | None = Field(default=None, pattern=f"^{NAME_PATTERN.pattern}$")
    dataset_version: int | None = Field(default=None, ge=1, strict=True)
    split: Split = "test"
    batch_size: int | None = Field(default=None, ge=1, le=MAX_BATCH_SIZE, strict=True)

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        if (self.run is None) == (self.model is None):
            raise ValueError("Name either a run or a model.")
        return self


def evaluate(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Measure a trained network.

    Parameters
    ----------
    payload
        See :class:`EvaluationSpec`.
    context
        The job's run folder and progress.

    Returns
    -------
    dict
        ``{dataset: {id, version}, split, samples, metrics, confusion, per_class}``. `metrics` are what the cell logs in
        its ``test_step``, under its own names, whatever the split; `confusion` is as in a training's result;
        ``per_class`` has ``{output, precision, recall, dice, iou}`` of each output with classes, each
        ``{class: value}``, None where it means nothing.

    Raises
    ------
    JobSpecError
        When the payload cannot be used.
    JobNotFoundError, ModelNotFoundError, DatasetNotFoundError
        When the run, the model or the data set is not there.
    DatasetError
        When the data set does not fit the network, or has no samples in that split.
    """
    spec = read_payload(EvaluationSpec, payload, KIND)
    context.report(0, None, "Preparing the data")

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.services.trained import confusion_of, opened, trained_as, trained_in
    from patholearn_lab.training import evaluation
    from patholearn_lab.training.quiet import quiet_lightning
    from patholearn_lab.training.run import plain_words

    if spec.run is not None:
        trained = trained_in(spec.run, spec.checkpoint, context)
    else:
        assert spec.model is not None  # the spec has one of the two
        trained = trained_as(spec.model, context)
    own = spec.dataset in (None, trained.dataset)
    datasets = DatasetLibrary(DataPaths(context.data_root))
    version = spec.dataset_version or (trained.dataset_version if own else None)
    store = opened(datasets, spec.dataset or trained.dataset, version, context)
    ensure_fits(trained, store.manifest)
    data = DatasetModule(
        store,
        spec.batch_size or trained.batch_size,
        preprocessing=trained.preprocessing,
        standardization=trained.standardization,
        targets=tuple(dict.fromkeys(answer.target for answer in trained.answers)),
        inputs=trained.inputs,
        fold=trained.fold if own else None,
    )
    samples = data.in_order(spec.split)
    count = len(data.split(spec.split))
    if not count:
        raise DatasetError(
            f"The data set {store.manifest.name!r} has no samples in its split {spec.split!r}.",
            "Choose another split.",
            dataset=store.manifest.id,
            split=spec.split,
        )
    with quiet_lightning(), plain_words(trained.cell):
        found = evaluation.evaluate(trained.cell, samples, trained.answers, context)
    return {
        "dataset": {"id": store.manifest.id, "version": store.manifest.version},
        "split": spec.split,
        "samples": count,
        "metrics": found.metrics,
        "confusion": confusion_of(found.confusions),
        "per_class": _per_class(found.confusions),
    }


def ensure_fits(trained: Trained, manifest: Manifest) -> None:
    """Raise DatasetError unless the samples of a data set are such as the network knows.

    Images may have another size: they are brought to the network's. Channels, features and the names of the classes
    have to be the same, in the same order: else the figures would mean nothing.
    """
    from patholearn_lab.datasets.inputs import FEATURES, IMAGES, ensure_inputs

    ensure_inputs(manifest, trained.inputs)
    channels = trained.preprocessing.channels
    if IMAGES in trained.inputs and manifest.channels != channels:
        raise _misfit(manifest, "images of {} channels", channels, manifest.channels)
    table = trained.standardization
    if FEATURES in trained.inputs and table is not None and manifest.features != table.features:
        raise _misfit(manifest, "the features {}", ", ".join(table.features), ", ".join(manifest.features))
    shape = manifest.shape()
    named: dict[str, tuple[str, ...]] = {target: shape.names(target) for target in shape.targets}
    for answer in trained.answers:
        names = named.get(answer.target, ())
        if answer.classes and names != answer.classes:
            there = f"{len(names)} ({', '.join(names)})" if names else "none"
            wanted = f"{len(answer.classes)} ({', '.join(answer.classes)})"
            raise _misfit(manifest, f"{answer.target} with the classes {{}}", wanted, there)


def _misfit(manifest: Manifest, what: str, wanted: object, found: object) -> DatasetError:
    return DatasetError(
        f"The network knows {what.format(wanted)}; the data set {manifest.name!r} has {found}.",
        "Choose a data set like the one that it was trained on.",
        dataset=manifest.id,
    )


def _per_class(found: Sequence[Confusion]) -> list[dict[str, Any]]:
    return [
        {
            "output": confusion.answer.name,
            "precision": confusion.precision(),
            "recall": confusion.recall(),
            "dice": confusion.dice(),
            "iou": confusion.iou(),
        }
        for confusion in found
    ]
