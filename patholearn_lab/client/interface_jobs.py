"""What can be asked of jobs, near and far alike."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.client.versions import RunDrawings

if TYPE_CHECKING:
    from patholearn_lab.client.runs_table import RunsTable
    from patholearn_lab.jobs.folder import Keep
    from patholearn_lab.jobs.levels import LogLevel
    from patholearn_lab.jobs.models import CurvePage, Job, LogPage, LogStream, MetricPage
    from patholearn_lab.jobs.scheduling import Priority
    from patholearn_lab.training.findings import Diagnosis
    from patholearn_lab.training.record import TrainingRecord
    from patholearn_lab.training.spec import CheckpointName


class Jobs(RunDrawings, Protocol):
    """Long work that goes on without the notebook."""

    def submit(
        self,
        kind: str,
        payload: dict[str, Any],
        name: str = "",
        labels: dict[str, str] | None = None,
        priority: Priority = "normal",
        resources: Mapping[str, Any] | None = None,
    ) -> Job:
        """Queue a job and return it at once.

        `priority` says which of one's own jobs goes first; `resources` what it needs: ``{"gpus", "share_gpu",
        "threads", "memory_mb"}``, see :class:`patholearn_lab.cluster.resources.Resources`.

        Raises
        ------
        JobSpecError
            When there is no such kind, or nothing could ever give what it needs.
        """

    def list(
        self, kind: str | None = None, labels: dict[str, str] | None = None, limit: int = 50
    ) -> builtins.list[Job]:
        """Return jobs, the newest first; only those of `kind` and with all of `labels` where they are given."""

    def get(self, id: str) -> Job:
        """Return one job as it is now."""

    def cancel(self, id: str, keep: Keep | None = None) -> Job:
        """Ask a job to stop. Does nothing where it has ended.

        `keep` is what is kept of a training: ``"best"`` or ``"last"`` makes a model of that epoch, ``"nothing"``
        removes its checkpoints; with None they stay, so that it can go on later.
        """

    def pause(self, id: str) -> Job:
        """Ask a training to stop such that it goes on from its last finished epoch when it is resumed.

        Raises
        ------
        ConflictError
            When it has ended, or is of a kind that cannot go on.
        """

    def resume(self, id: str) -> Job:
        """Queue a paused job again.

        Raises
        ------
        ConflictError
            When it is not paused.
        """

    def prioritize(self, id: str, priority: Priority) -> Job:
        """Put a waiting job before (``"high"``) or behind (``"low"``) one's other jobs.

        Raises
        ------
        ConflictError
            When it waits no longer.
        """

    def delete(self, id: str) -> None:
        """Delete a job that has ended, with everything that it wrote."""

    def record(self, id: str) -> TrainingRecord:
        """Return what a training used: settings, data set with version and hash, versions, processor.

        Raises
        ------
        ConflictError
            When it ended before it had opened its data.
        """

    def experiment(self, id: str, path: str | Path, data: bool = False) -> None:
        """Write a training as a zip that trains on without PathoLearn Lab: code, weights, environment, container file.

        With `data`, the samples of its data set go along.

        Raises
        ------
        ConflictError
            When it has no weights yet.
        """

    def download(self, id: str, name: str, path: str | Path) -> None:
        """Write one of the files that a job made, named in its result under ``files``, to `path`.

        Raises
        ------
        NotFoundError
            When it made no such file.
        """

    def diagnosis(self, id: str) -> Diagnosis:
        """Return what went wrong with a training, and what its curves say: sentences, evidence, what to try."""

    def copy(self, id: str, changes: dict[str, Any] | None = None, checkpoint: CheckpointName | None = None) -> Job:
        """Train a run again, with other settings where some are given, and return the new job at once.

        With a checkpoint it begins with that state: ``"last"`` goes on where the run stopped, for further `epochs`,
        ``"best"`` takes the weights of its best epoch.

        Raises
        ------
        JobSpecError
            When a setting is unknown or out of range.
        ConflictError
            When the run has no such checkpoint, or has not ended.
        """

    def reproduce(self, id: str, anyway: bool = False) -> Job:
        """Train a run again as it was, and return the new job at once.

        Raises
        ------
        ConflictError
            When the run is not done, its data is another one now, or the versions are others and `anyway` is False.
        DatasetNotFoundError
            When that version of its data is not there any more.
        """

    def compare(self, ids: Sequence[str]) -> RunsTable:
        """Return up to 20 runs beside each other: settings, in which of them they differ, the best of each metric.

        Raises
        ------
        InvalidInputError
            When there are none, or more than 20.
        """

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        """Return the metric points after number `after`."""

    def curves(self, id: str, points: int = 1000) -> CurvePage:
        """Return every curve thinned to at most `points` points, and the last and the best value of each metric.

        The smallest and the largest values of every stretch are among the points. What comes later is read with
        ``metrics(id, after=page.next)``.
        """

    def log(
        self,
        id: str,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> LogPage:
        """Return a page of the log.

        Parameters
        ----------
        id
            The job.
        after
            Lines with a greater number; ``-200`` begins with the last 200.
        limit
            The most lines of the page.
        before
            Lines with a smaller number, the last ones of them, instead of those after `after`.
        search
            Words that all have to occur, in any case.
        regex
            A regular expression that has to match.
        stream
            ``"stdout"``, ``"stderr"`` or ``"log"``.
        session
            Which process of the job, from 1: a job that was paused has several.
        level
            ``"debug"``, ``"info"``, ``"warning"`` or ``"error"``; what is graver is taken too.

        Raises
        ------
        InvalidInputError
            When the pattern is no regular expression, or takes too long.
        """

    def log_text(
        self,
        id: str,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> str:
        """Return the whole log as text, or the lines of it that :meth:`log` would take."""
