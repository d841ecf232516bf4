"""Trains a run again: exactly as it was, to see whether its figures come out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patholearn_lab.errors import ConflictError
from patholearn_lab.training.record import TrainingRecord, changes, read_record, versions

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.jobs.models import Job
    from patholearn_lab.jobs.queue import JobQueue
    from patholearn_lab.paths import DataPaths

REPRODUCES = "reproduces"
"""The label that names the run which a run repeats."""


class Repeating:
    """Runs, trained again.

    Parameters
    ----------
    paths
        The data folder, whose run folders tell what a run used.
    jobs
        Queues the new run.
    datasets
        Asked whether the data is still the same.
    """

    def __init__(self, paths: DataPaths, jobs: JobQueue, datasets: DatasetLibrary) -> None:
        self._paths = paths
        self._jobs = jobs
        self._datasets = datasets

    def record(self, job_id: str) -> TrainingRecord:
        """Return what a run used: settings, data, environment.

        Raises
        ------
        JobNotFoundError
            When there is no such run.
        ConflictError
            When it kept no record.
        """
        return read_record(self._paths.run(self._jobs.find(job_id).id))

    def reproduce(self, job_id: str, owner: str, *, anyway: bool = False) -> Job:
        """Queue a run again as it was, on the same version of its data.

        Parameters
        ----------
        job_id
            The run; it is done.
        owner
            Who asks.
        anyway
            Whether to train also where the versions are others; the figures may differ then.

        Raises
        ------
        JobNotFoundError, DatasetNotFoundError
            When the run, or that version of its data, is not there any more.
        ConflictError
            When the run is not done, its data is another one now, or the versions are others.
        """
        job = self._jobs.find(job_id)
        if job.state != "done":
            raise ConflictError(
                f"The run {job_id} is {job.state}, so it has no figures that could come out again.",
                "Only a run that is done can be reproduced.",
                run=job_id,
                state=job.state,
            )
        record = self.record(job_id)
        self._ensure_same_data(job_id, record)
        if not anyway:
            _ensure_same_versions(job_id, record)
        used = {"dataset": record.dataset.id, "dataset_version": record.dataset.version}
        return self._jobs.submit(
            job.kind,
            self._jobs.payload(job_id) | used,
            name=job.name,
            owner=owner,
            labels=job.labels | {REPRODUCES: job_id},
            visibility=job.visibility,
        )

    def _ensure_same_data(self, job_id: str, record: TrainingRecord) -> None:
        used = record.dataset
        found = self._datasets.find(used.id, used.version).content_hash
        if found != used.content_hash:
            raise ConflictError(
                f"The data set {used.id!r} (version {used.version}) is not the one that the run {job_id} learned from: "
                f"the hash of its content was {used.content_hash[:12]} and is {found[:12]}.",
                "It was deleted and made anew, perhaps. Import the data of then as a set of its own and train on that.",
                dataset=used.id,
                was=used.content_hash,
                found=found,
            )


def _ensure_same_versions(job_id: str, record: TrainingRecord) -> None:
    found = changes(record.environment, versions())
    if found:
        raise ConflictError(
            f"The run {job_id} was trained with other versions: {'; '.join(found)}.",
            "Install the versions of then, or repeat it all the same: reproduce(anyway=True), or --anyway on the "
            "command line. Its figures may differ then.",
            run=job_id,
            changes=found,
        )
