"""The table of job kinds, and the one that joins training and serving: train, test, export, publish.

The server reads the table only. The functions run in a job's child process, where torch may be imported.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.errors import DatasetError
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.registry import Registry

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.training.checkpoints import Start
    from patholearn_lab.training.confusions import Confusion
    from patholearn_lab.training.spec import TrainingSpec

JOB_KINDS: Registry[JobKind] = Registry("job kind", "patholearn_lab.job_kinds")
"""What a job may be asked to be. Other packages add theirs by entry points, each a :class:`JobKind`."""
JOB_KINDS.register(
    "import",
    JobKind(
        "patholearn_lab.services.file_import:import_file",
        "patholearn_lab.services.file_import:FileImportSpec",
        needs=Resources(gpus=0),
    ),
)
JOB_KINDS.register(
    "prediction",
    JobKind(
        "patholearn_lab.services.predicting:predict",
        "patholearn_lab.services.predicting:PredictionSpec",
        needs=Resources(gpus=0),
    ),
)
JOB_KINDS.register(
    "export",
    JobKind(
        "patholearn_lab.services.exporting:export",
        "patholearn_lab.services.exporting:ExportSpec",
        needs=Resources(gpus=0),
    ),
)
JOB_KINDS.register(
    "evaluation",
    JobKind("patholearn_lab.services.evaluating:evaluate", "patholearn_lab.services.evaluating:EvaluationSpec"),
)
_TRAINING = "patholearn_lab.training.spec:TrainingSpec"
JOB_KINDS.register("training", JobKind("patholearn_lab.services.job_kinds:train", _TRAINING, resumable=True))
JOB_KINDS.register(
    "search",
    JobKind(
        "patholearn_lab.services.searching:Searching",
        "patholearn_lab.training.search:SearchSpec",
        resumable=True,
        conducted=True,
    ),
)
JOB_KINDS.register("estimate", JobKind("patholearn_lab.services.estimating:estimate", _TRAINING))
JOB_KINDS.register(
    "download",
    JobKind(
        "patholearn_lab.services.public_sets:download_public",
        "patholearn_lab.services.public_sets:DownloadSpec",
        needs=Resources(gpus=0),
    ),
)


def train(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Train the cell in `payload`, test it, export it to ONNX and publish it.

    Parameters
    ----------
    payload
        See :class:`patholearn_lab.training.spec.TrainingSpec`.
    context
        The job's run folder, progress and metrics.

    Returns
    -------
    dict
        ``{test_metrics, inputs, baseline_accuracy, confusion: {classes, matrix, counts}, per_class, epochs, start_s,
        train_wall_s, best_epoch}``, and what :func:`~patholearn_lab.services.publishing.publish` gives; ``best_epoch``
        counts from 1. `confusion` is that of the first output with classes, or None, and ``counts`` says of what:
        "images" or "pixels"; ``per_class`` has for each output that learns masks
        ``{output, dice: {class: value}, iou: {class: value}}``.

    Raises
    ------
    JobSpecError
        When the payload cannot be used.
    CodeError
        When the cell cannot be run or trained.
    """
    began = time.perf_counter()
    from patholearn_lab.training.spec import read_spec, settle

    spec = read_spec(payload)
    context.report(0, None, "Preparing the data")

    from patholearn_lab.codegen.reading import inputs_in
    from patholearn_lab.datasets.baseline import baseline_accuracy
    from patholearn_lab.datasets.inputs import FEATURES, ensure_inputs, input_shapes
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.datasets.standardization import Standardization
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.services.class_weighing import weighed_code
    from patholearn_lab.services.publishing import model_name, publish
    from patholearn_lab.services.trained import answers_on, confusion_of, outputs_of
    from patholearn_lab.serving.models import ModelDraft
    from patholearn_lab.training import run
    from patholearn_lab.training.cell import load_cell, own_transform
    from patholearn_lab.training.record import DataUsed, write_record

    paths = DataPaths(context.data_root)
    run.seed_everything(spec.seed)
    datasets = DatasetLibrary(paths)
    asked = RunFolder(context.folder).spec()
    cell = load_cell(weighed_code(spec, datasets, context, asked["owner"]), context.folder)
    settings = settle(spec, cell.constants)
    if spec.dataset_version is None:
        manifest = datasets.ensure(settings.dataset, context, owner=asked["owner"])
    else:
        manifest = datasets.find(settings.dataset, spec.dataset_version)
    store = datasets.open(manifest.id, manifest.version)
    used = DataUsed.of(manifest, store.splits(settings.fold))
    _ensure_has_splits(manifest, used.splits)
    environment = write_record(context.folder, spec, settings, used)

    answers = answers_on(cell, manifest)
    targets = tuple(dict.fromkeys(answer.target for answer in answers))
    inputs = ensure_inputs(manifest, inputs_in(cell.constants))
    own = own_transform(cell, settings)
    data = DatasetModule(
        store,
        settings.batch_size,
        seed=settings.seed,
        # Transforms that are defined in a cell cannot be sent to another process.
        num_workers=None if own is None else 0,
        targets=targets,
        inputs=inputs,
        fold=settings.fold,
        rules=settings.data,
        transform=own,
    )
    seen = data.preprocessing
    input_shape = (seen.channels, seen.height, seen.width)
    start_s = time.perf_counter() - began
    takes = dict(zip(inputs, input_shapes(manifest, inputs, (seen.height, seen.width)), strict=True))
    start = _start(spec, paths, context)
    outcome = run.train(
        cell, settings, data, answers, input_shape, context, list(takes.values()), start, _team(context)
    )
    if context.rank:
        return {}
    baseline = baseline_accuracy(store, inputs, settings.fold) if "labels" in targets else None
    result = {
        "test_metrics": outcome.test_metrics,
        "inputs": list(inputs),
        "baseline_accuracy": baseline,
        "confusion": confusion_of(outcome.confusions),
        "per_class": _per_class(outcome.confusions),
        "epochs": outcome.epochs,
        "best_epoch": outcome.best_epoch,
        "start_s": start_s,
        "train_wall_s": outcome.train_wall_s,
        "workers": context.workers,
        "equal_weights": outcome.equal_weights,
    }
    outputs = outputs_of(answers, manifest)
    describe = partial(
        ModelDraft,
        name=model_name(spec, cell.class_name),
        inputs=inputs,
        outputs=outputs,
        dataset=manifest.id,
        job=context.id,
        graph=spec.graph,
        owner=asked["owner"],
        visibility=asked["visibility"],
        test_metrics=outcome.test_metrics,
        preprocessing=seen,
        standardization=Standardization.of(manifest) if FEATURES in inputs else None,
        environment=environment,
    )
    return {**result, **publish(cell, takes, outputs, describe, store, seen, context)}


def _team(context: JobContext) -> JobContext | None:
    """Return those who train together, where there are several."""
    return context if context.workers > 1 else None


def _start(spec: TrainingSpec, paths: DataPaths, context: JobContext) -> Start | None:
    """Return the state that the training begins with: its own from before a pause, or another run's."""
    from patholearn_lab.training.checkpoints import Start, checkpoint_file

    own = context.folder / "checkpoints"
    if context.session > 1 and checkpoint_file(own, "last").exists():
        context.log(f"Goes on from the last checkpoint (session {context.session}).")
        return Start(own, "last", own=True)
    if spec.start_from is None:
        return None
    return Start(paths.run(spec.start_from.run) / "checkpoints", spec.start_from.checkpoint)


def _per_class(found: Sequence[Confusion]) -> list[dict[str, Any]]:
    return [
        {"output": confusion.answer.name, "dice": confusion.dice(), "iou": confusion.iou()}
        for confusion in found
        if confusion.answer.target == "masks"
    ]


def _ensure_has_splits(manifest: Manifest, samples: Mapping[str, int]) -> None:
    for split in ("train", "valid", "test"):
        if not samples[split]:
            raise DatasetError(
                f"The data set {manifest.name!r} has no images in its split {split!r}.",
                "A training needs images to learn from (train), to watch it (valid) and to judge it (test).",
                dataset=manifest.id,
            )
