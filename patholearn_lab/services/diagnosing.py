"""Says what went wrong with a run, and what its curves mean: brings its folder, its settings and its data together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import ConflictError, DatasetNotFoundError
from patholearn_lab.training.findings import Diagnosis, Finding, Remedy
from patholearn_lab.training.history import History
from patholearn_lab.training.record import TrainingRecord, read_record
from patholearn_lab.training.signs import read_curves

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.jobs.models import Job, JobError
    from patholearn_lab.jobs.queue import JobQueue
    from patholearn_lab.paths import DataPaths


class Diagnosing:
    """Runs, judged.

    Parameters
    ----------
    paths
        The data folder, whose run folders have the records.
    jobs
        Has the runs and their metrics.
    datasets
        Says how many samples of which class a run had.
    """

    def __init__(self, paths: DataPaths, jobs: JobQueue, datasets: DatasetLibrary) -> None:
        self._paths = paths
        self._jobs = jobs
        self._datasets = datasets

    def diagnosis(self, job_id: str) -> Diagnosis:
        """Return what is to be said about a run.

        Raises
        ------
        JobNotFoundError
            When there is no such run.
        """
        job = self._jobs.find(job_id)
        history = History.of(self._jobs.epoch_points(job_id), **self._facts(job))
        failure = None if job.error is None else failure_of(job.error)
        return Diagnosis(epochs=history.epochs, failure=failure, findings=read_curves(history))

    def _facts(self, job: Job) -> dict[str, Any]:
        """Return what is known of a run besides its curves; less where it ended early or its data is gone."""
        try:
            record = read_record(self._paths.run(job.id))
        except ConflictError:
            return {}
        settings = record.settings
        return {
            "learning_rate": settings.learning_rate,
            "epochs_wanted": settings.epochs,
            "batch_size": settings.batch_size,
            **self._data(record),
        }

    def _data(self, record: TrainingRecord) -> dict[str, Any]:
        try:
            manifest = self._datasets.find(record.dataset.id, record.dataset.version)
        except DatasetNotFoundError:
            return {}
        if manifest.task == "classification":
            return {"splits": manifest.splits}
        names = manifest.mask_classes or manifest.classes
        pixels = dict(zip(names, manifest.mask_pixels, strict=False))
        return {"splits": {"train": pixels}, "counts": "pixels"}


def failure_of(error: JobError) -> Finding:
    """Return why a run failed, as a finding: its error's words, and the settings that mend it where there are some."""
    changes = error.details.get("changes")
    remedies = [Remedy(label=error.hint, changes=changes or {})] if error.hint else []
    return Finding(
        code=str(error.details.get("cause", error.error)),
        severity="warning",
        title="The training failed",
        sentence=error.message,
        explanation="",
        remedies=tuple(remedies),
    )
