"""The job that measures one batch before a training, so that its memory and its time are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.jobs.context import JobContext
    from patholearn_lab.training.estimate import LayerMemory

MOST_LAYERS = 5
"""How many of the graph's layers are named."""


def estimate(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Measure one batch of the training in `payload`, and return what the whole will need.

    Parameters
    ----------
    payload
        As for a training: :class:`patholearn_lab.training.spec.TrainingSpec`.
    context
        The job's run folder and progress.

    Returns
    -------
    dict
        A :class:`patholearn_lab.training.estimate.Estimate`, as JSON.

    Raises
    ------
    JobSpecError
        When the payload cannot be used.
    CodeError
        When the cell cannot be run or trained.
    """
    from patholearn_lab.training.spec import read_spec, settle

    spec = read_spec(payload)
    context.report(0, None, "Preparing the data")

    from patholearn_lab.codegen.reading import inputs_in
    from patholearn_lab.datasets.inputs import ensure_inputs, input_shapes
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.training import run
    from patholearn_lab.training.answers import answers_of
    from patholearn_lab.training.callbacks import SettleOptimizer
    from patholearn_lab.training.cell import load_cell, own_transform
    from patholearn_lab.training.estimate import estimate_of
    from patholearn_lab.training.extras import optional_settings
    from patholearn_lab.training.measuring import measure

    run.seed_everything(spec.seed)
    cell = load_cell(spec.code, context.folder)
    settings = settle(spec, cell.constants)
    datasets = DatasetLibrary(DataPaths(context.data_root))
    if spec.dataset_version is None:
        manifest = datasets.ensure(settings.dataset, context, owner=RunFolder(context.folder).spec()["owner"])
    else:
        manifest = datasets.find(settings.dataset, spec.dataset_version)
    store = datasets.open(manifest.id, manifest.version)
    shape = manifest.shape()
    answers = answers_of(cell.constants, manifest.usual_target, {name: shape.names(name) for name in shape.targets})
    targets = tuple(dict.fromkeys(answer.target for answer in answers))
    inputs = ensure_inputs(manifest, inputs_in(cell.constants))
    takes = list(input_shapes(manifest, inputs, settings.data.size))
    own = own_transform(cell, settings)

    def data_of(batch_size: int) -> DatasetModule:
        return DatasetModule(
            store,
            batch_size,
            seed=settings.seed,
            targets=targets,
            inputs=inputs,
            fold=settings.fold,
            rules=settings.data,
            num_workers=None if own is None else 0,
            transform=own,
        )

    seen = data_of(1).preprocessing
    run.ensure_network_fits(cell, answers, (seen.channels, seen.height, seen.width), takes)
    context.report(0, None, "Measuring one batch")
    with run.plain_words(cell):
        # A step that waits for further batches would show nothing of the optimizer.
        options = optional_settings(settings) | {"accumulate_grad_batches": 1}
        callbacks = [SettleOptimizer(settings.learning_rate)]
        measured = measure(cell.model, data_of, settings.batch_size, callbacks, context.folder, options)
    samples = {split: len(store.indices(split, fold=settings.fold)) for split in ("train", "valid")}
    found = estimate_of(
        measured,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        train_samples=samples["train"],
        valid_samples=samples["valid"],
        layers=_layers(spec.document, manifest, settings.batch_size),
    )
    return found.model_dump(mode="json")


def _layers(document: Mapping[str, Any] | None, manifest: Manifest, batch_size: int) -> list[LayerMemory]:
    """Return the layers of the drawn graph that give most for a batch, by the graph's own rules."""
    from patholearn_lab.errors import DocumentError
    from patholearn_lab.graph.check import check
    from patholearn_lab.graph.document import read_document
    from patholearn_lab.training.estimate import LayerMemory

    try:
        graph = read_document(document or {})
    except DocumentError:
        # It is kept beside the code, and the training does without it as well.
        return []
    shape = manifest.shape()
    facts = check(graph, lambda _name: shape).nodes
    sizes = sorted(
        ((fact.memory_bytes * batch_size, node) for node, fact in facts.items() if node in graph.nodes), reverse=True
    )
    return [LayerMemory(node=node, bytes=size) for size, node in sizes[:MOST_LAYERS] if size]
