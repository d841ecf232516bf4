"""The kind of job that makes a model of a run: of one that was stopped, of its last epoch, or under another name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.errors import error_from_dict
from patholearn_lab.jobs.payloads import read_payload
from patholearn_lab.paths import NAME_PATTERN
from patholearn_lab.training.spec import CheckpointName

if TYPE_CHECKING:
    from patholearn_lab.jobs.context import JobContext

KIND = "export"


class ExportSpec(BaseModel):
    """The payload of a job of kind ``export``.

    Parameters
    ----------
    run
        The training.
    checkpoint
        Which weights of it: those of its best epoch, or of its last.
    name
        What to publish it as; as the training would have been where None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str = Field(pattern=f"^{NAME_PATTERN.pattern}$")
    checkpoint: CheckpointName = "best"
    name: str | None = Field(default=None, min_length=1, max_length=200)


def export(payload: dict[str, Any], context: JobContext) -> dict[str, Any]:
    """Test the network of a training, export it to ONNX, compare the two and publish it as a model.

    Parameters
    ----------
    payload
        See :class:`ExportSpec`.
    context
        The job's run folder and progress.

    Returns
    -------
    dict
        ``{test_metrics}``, and what :func:`~patholearn_lab.services.publishing.publish` gives.

    Raises
    ------
    JobSpecError
        When the payload cannot be used.
    JobNotFoundError, DatasetNotFoundError, ConflictError
        When the run, its data or its weights are not there any more.
    CodeError
        When ONNX cannot hold the network.
    """
    spec = read_payload(ExportSpec, payload, KIND)
    context.report(0, None, "Preparing the data")

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.jobs.folder import RunFolder
    from patholearn_lab.paths import DataPaths
    from patholearn_lab.services.publishing import model_name, publish
    from patholearn_lab.services.trained import outputs_of, trained_in
    from patholearn_lab.serving.models import ModelDraft
    from patholearn_lab.training import evaluation
    from patholearn_lab.training.quiet import quiet_lightning
    from patholearn_lab.training.record import read_record
    from patholearn_lab.training.run import plain_words
    from patholearn_lab.training.spec import read_spec

    paths = DataPaths(context.data_root)
    trained = trained_in(spec.run, spec.checkpoint, context)
    store = DatasetLibrary(paths).open(trained.dataset, trained.dataset_version)
    data = DatasetModule(
        store,
        trained.batch_size,
        preprocessing=trained.preprocessing,
        targets=tuple(dict.fromkeys(answer.target for answer in trained.answers)),
        inputs=trained.inputs,
    )
    with quiet_lightning(), plain_words(trained.cell):
        tested = evaluation.evaluate(trained.cell, data.test_dataloader(), trained.answers, context)

    training, asked = RunFolder(paths.run(spec.run)).spec(), RunFolder(context.folder).spec()
    described = read_spec(training["payload"])
    if spec.name is not None:
        described = described.model_copy(update={"model_name": spec.name})
    describe = partial(
        ModelDraft,
        name=model_name(described, trained.cell.class_name),
        inputs=trained.inputs,
        outputs=outputs_of(trained.answers, store.manifest),
        dataset=trained.dataset,
        job=spec.run,
        graph=described.graph,
        owner=asked["owner"],
        visibility=asked["visibility"],
        test_metrics=tested.metrics,
        preprocessing=trained.preprocessing,
        standardization=trained.standardization,
        environment=read_record(paths.run(spec.run)).environment,
    )
    outputs = outputs_of(trained.answers, store.manifest)
    published = publish(trained.cell, trained.takes, outputs, describe, store, trained.preprocessing, context)
    if published["export_error"] is not None:
        # A training that cannot be exported is a training all the same; an export is none.
        raise error_from_dict(published["export_error"])
    return {"test_metrics": tested.metrics, **published}
