"""Trains a run again: with other settings, from where it stopped, or as it was, to see its figures come out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from patholearn_lab.cluster.resources import read_resources
from patholearn_lab.errors import ConflictError, JobSpecError
from patholearn_lab.training.record import TrainingRecord, changes, read_record, versions
from patholearn_lab.training.spec import CheckpointName, read_spec

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.jobs.models import Job
    from patholearn_lab.jobs.queue import JobQueue
    from patholearn_lab.paths import DataPaths

REPRODUCES = "reproduces"
"""The label that names the run which a run repeats."""
COPY_OF = "copy_of"
"""The label that names the run which a run was made from."""


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
            resources=job.resources,
        )

    def copy(
        self, job_id: str, owner: str, changes: Mapping[str, Any], checkpoint: CheckpointName | None = None
    ) -> Job:
        """Queue a run again, with other settings where some are given, or from one of its checkpoints.

        Parameters
        ----------
        job_id
            The run, in whatever state; with a checkpoint it has ended.
        owner
            Who asks.
        changes
            What takes the place of the run's own settings; see :class:`patholearn_lab.training.spec.TrainingSpec`.
            ``resources`` takes the place of what it needed of the cluster.
        checkpoint
            ``"last"`` goes on where the run stopped, for `epochs` further ones; ``"best"`` begins with the weights of
            its best epoch; None with fresh weights, or as the run began itself.

        Raises
        ------
        JobNotFoundError
            When there is no such run.
        JobSpecError
            When a setting is unknown or out of range.
        ConflictError
            When the run goes on still, or has no such checkpoint.
        """
        job = self._jobs.find(job_id)
        before = self._jobs.payload(job_id)
        changes = dict(changes)
        resources = read_resources({**job.resources.model_dump(), **(changes.pop("resources", None) or {})})
        payload = before | changes
        if isinstance(changes.get("data"), Mapping):
            # Other rules for a part of the data leave the other rules as they were.
            payload["data"] = {**(before.get("data") or {}), **changes["data"]}
        if changes.get("dataset"):
            # A version that the run was bound to is one of its own data set.
            payload["dataset_version"] = changes.get("dataset_version")
        if checkpoint is not None:
            self._ensure_checkpoint(job, checkpoint)
            payload["start_from"] = {"run": job_id, "checkpoint": checkpoint}
        if checkpoint == "last":
            # Its best epoch so far was measured on this data, and stays the one to beat.
            used = self.record(job_id).dataset
            payload = {**payload, "dataset": used.id, "dataset_version": used.version}
            if changes.get("dataset", used.id) != used.id:
                raise JobSpecError(
                    f"A run goes on with its own data set, {used.id!r}, not with {changes['dataset']!r}.",
                    "To train its weights on other data, begin with checkpoint 'best'.",
                    dataset=changes["dataset"],
                )
        read_spec(payload)
        labels = {name: value for name, value in job.labels.items() if name != REPRODUCES} | {COPY_OF: job_id}
        if changes.get("dataset"):
            labels["dataset"] = changes["dataset"]
        return self._jobs.submit(
            job.kind,
            payload,
            name=job.name,
            owner=owner,
            labels=labels,
            visibility=job.visibility,
            resources=resources,
        )

    def _ensure_checkpoint(self, job: Job, name: CheckpointName) -> None:
        if not job.final:
            raise ConflictError(
                f"The run {job.id} is {job.state}, and would change the checkpoint while it is used.",
                "Wait until it has ended, or cancel it.",
                run=job.id,
                state=job.state,
            )
        if not (self._paths.run(job.id) / "checkpoints" / f"{name}.ckpt").is_file():
            raise ConflictError(
                f"The run {job.id} has no {name} checkpoint: it ended before its first epoch was over.",
                "Train it again from the beginning.",
                run=job.id,
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
