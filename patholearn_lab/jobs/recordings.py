"""What jobs have written: curves, logs and files, read from their folders. The reading half of the queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from patholearn_lab.errors import JobNotFoundError, NotFoundError
from patholearn_lab.jobs.curve_reader import CurveReader
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.models import CurvePage, LogFilter, LogLine, LogPage, MetricPage, MetricPoint
from patholearn_lab.jobs.reading import read_epoch_points, read_metrics
from patholearn_lab.paths import NAME_PATTERN, DataPaths


class Recordings:
    """Curves, logs and files of the jobs of one data folder. Without such a job each method raises JobNotFoundError.

    Parameters
    ----------
    paths
        The data folder.
    """

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths
        self._curves = CurveReader()

    def metrics(self, job_id: str, after: int = 0) -> MetricPage:
        """Return the points after number `after`, at most 20,000: go on with ``next`` until none come."""
        return read_metrics(self._folder(job_id), after)

    def curves(self, job_id: str, points: int = 1000) -> CurvePage:
        """Return every curve with at most `points` points, and the last and best value of each."""
        return self._curves.read(self._folder(job_id), max(4, points))

    def epoch_points(self, job_id: str) -> Iterator[MetricPoint]:
        """Yield the points that were written once an epoch."""
        return read_epoch_points(self._folder(job_id))

    def log(
        self,
        job_id: str,
        after: int = 0,
        limit: int = 1000,
        before: int | None = None,
        wanted: LogFilter | None = None,
    ) -> LogPage:
        """Return a page of at most `limit` lines; see :func:`patholearn_lab.jobs.searching.search_log`.

        Raises
        ------
        InvalidInputError
            When the pattern cannot be used.
        """
        from patholearn_lab.jobs.searching import search_log

        return search_log(self._folder(job_id).log, after, limit, before, wanted)

    def log_lines(self, job_id: str, wanted: LogFilter) -> Iterator[LogLine]:
        """Yield every line of a job's log that is wanted."""
        after, more = 0, True
        while more:
            page = self.log(job_id, after, 10_000, wanted=wanted)
            yield from page.lines
            after, more = page.next, page.more

    def file(self, job_id: str, name: str) -> Path:
        """Return where one of the files lies that a job made.

        Raises
        ------
        NotFoundError
            When its result does not name such a file.
        """
        folder = self._folder(job_id)
        made = (folder.result() or {}).get("files", ())
        if name not in made:
            raise NotFoundError(
                f"The job {job_id} made no file {name!r}.",
                f"It made {', '.join(made)}." if made else "It made none, or has not ended yet.",
                job=job_id,
            )
        return folder.files / name

    def _folder(self, job_id: str) -> RunFolder:
        if not NAME_PATTERN.fullmatch(job_id) or not (folder := RunFolder(self._paths.run(job_id))).path.is_dir():
            raise not_found(job_id)
        return folder


def not_found(job_id: str) -> JobNotFoundError:
    """Return the error of a job that is not there."""
    return JobNotFoundError(
        f"There is no job {job_id!r}.", "It may have been deleted. List the jobs to see.", job=job_id
    )
