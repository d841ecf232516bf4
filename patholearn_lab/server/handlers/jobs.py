"""Jobs: submitted, listed, followed, cancelled, deleted."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.client.models import CancelRequest, CopyRequest, JobRequest, PriorityRequest, ReproductionRequest
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs.models import LogFilter
from patholearn_lab.server.base import JsonHandler


class JobsQuery(BaseModel):
    """Which jobs: of a kind, with all of the labels (``name:value``), created before a cursor."""

    kind: str | None = None
    label: list[str] = Field(default_factory=list)
    limit: int = Field(50, ge=1, le=1000)
    before: str | None = None


class MetricsQuery(BaseModel):
    """The number of the last point that was seen."""

    after: int = Field(0, ge=0)


class ComparisonQuery(BaseModel):
    """Which runs, each as one ``id=``."""

    id: list[str] = Field(default_factory=list)


class CurvesQuery(BaseModel):
    """How many points a curve may have."""

    points: int = Field(1000, ge=4, le=20_000)


class LogQuery(LogFilter):
    """Which lines, how many, and from which number on; `before` takes those before a number instead.

    A negative `after` counts from the end.
    """

    after: int = 0
    limit: int = Field(1000, ge=1, le=10_000)
    before: int | None = Field(default=None, ge=1)

    @property
    def filter(self) -> dict[str, Any]:
        """The part that says which lines."""
        return self.model_dump(include=set(LogFilter.model_fields))


class JobsHandler(JsonHandler):
    """``/jobs``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with jobs, the newest first."""
        wanted = self.read_query(JobsQuery)
        page = await self.call(self.client.jobs.page, wanted.kind, _labels(wanted.label), wanted.limit, wanted.before)
        self.answer(page)

    @web.authenticated
    async def post(self) -> None:
        """Queue a job."""
        wanted = self.read_body(JobRequest)
        self.answer(
            await self.call(
                self.client.jobs.submit,
                wanted.kind,
                wanted.payload,
                wanted.name,
                wanted.labels,
                wanted.priority,
                None if wanted.resources is None else wanted.resources.model_dump(),
            ),
            201,
        )


class JobHandler(JsonHandler):
    """``/jobs/{id}``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with one job."""
        self.answer(await self.call(self.client.jobs.get, id))

    @web.authenticated
    async def delete(self, id: str) -> None:
        """Delete a job that has ended."""
        await self.call(self.client.jobs.delete, id)
        self.answer_nothing()


class CancelHandler(JsonHandler):
    """``/jobs/{id}/cancel``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Ask a job to stop."""
        wanted = self.read_body(CancelRequest) if self.request.body else CancelRequest()
        self.answer(await self.call(self.client.jobs.cancel, id, wanted.keep))


class PauseHandler(JsonHandler):
    """``/jobs/{id}/pause``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Ask a training to stop such that it can go on."""
        self.answer(await self.call(self.client.jobs.pause, id))


class ResumeHandler(JsonHandler):
    """``/jobs/{id}/resume``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Queue a paused job again."""
        self.answer(await self.call(self.client.jobs.resume, id))


class PriorityHandler(JsonHandler):
    """``/jobs/{id}/priority``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Put a waiting job before or behind others."""
        wanted = self.read_body(PriorityRequest)
        self.answer(await self.call(self.client.jobs.prioritize, id, wanted.priority))


class RecordHandler(JsonHandler):
    """``/jobs/{id}/record``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with what a training used."""
        self.answer(await self.call(self.client.jobs.record, id))


class ExperimentQuery(BaseModel):
    """Whether the samples of the data set go along."""

    data: bool = False


class ExperimentHandler(JsonHandler):
    """``/jobs/{id}/experiment``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with a zip that trains on without PathoLearn Lab."""
        wanted = self.read_query(ExperimentQuery)
        with tempfile.TemporaryDirectory(dir=self.app.services.paths.scratch, prefix="experiment-") as folder:
            path = Path(folder) / "experiment.zip"
            await self.call(self.client.jobs.experiment, id, path, wanted.data)
            await self.answer_file(path, "application/zip")


class FileHandler(JsonHandler):
    """``/jobs/{id}/files/{name}``."""

    @web.authenticated
    async def get(self, id: str, name: str) -> None:
        """Answer with a file that a job made."""
        path = await self.call(self.app.services.jobs.file, id, name)
        self.set_header("Content-Disposition", f'attachment; filename="{path.name}"')
        await self.answer_file(path, "application/octet-stream")


class DiagnosisHandler(JsonHandler):
    """``/jobs/{id}/diagnosis``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with what went wrong, and what the curves say."""
        self.answer(await self.call(self.client.jobs.diagnosis, id))


class CopiesHandler(JsonHandler):
    """``/jobs/{id}/copies``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Train a run again, with other settings or from one of its checkpoints."""
        wanted = self.read_body(CopyRequest)
        self.answer(await self.call(self.client.jobs.copy, id, wanted.changes, wanted.checkpoint), 201)


class ReproductionsHandler(JsonHandler):
    """``/jobs/{id}/reproductions``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Train a run again as it was."""
        wanted = self.read_body(ReproductionRequest)
        self.answer(await self.call(self.client.jobs.reproduce, id, wanted.anyway), 201)


class MetricsHandler(JsonHandler):
    """``/jobs/{id}/metrics``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with metric points."""
        wanted = self.read_query(MetricsQuery)
        self.answer(await self.call(self.client.jobs.metrics, id, wanted.after))


class ComparisonHandler(JsonHandler):
    """``/jobs/comparison``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with runs beside each other."""
        self.answer(await self.call(self.client.jobs.compare, self.read_query(ComparisonQuery).id))


class CurvesHandler(JsonHandler):
    """``/jobs/{id}/curves``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with thinned curves."""
        wanted = self.read_query(CurvesQuery)
        self.answer(await self.call(self.client.jobs.curves, id, wanted.points))


class LogHandler(JsonHandler):
    """``/jobs/{id}/log``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with log lines."""
        wanted = self.read_query(LogQuery)
        page = partial(self.client.jobs.log, id, wanted.after, wanted.limit, wanted.before, **wanted.filter)
        self.answer(await self.call(page))


class LogTextHandler(JsonHandler):
    """``/jobs/{id}/log.txt``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the log as text: an address to keep, to send, and to download from."""
        wanted = self.read_query(LogFilter)
        text = await self.call(partial(self.client.jobs.log_text, id, **wanted.model_dump()))
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(text)


def _labels(given: list[str]) -> dict[str, str]:
    labels = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon:
            raise InvalidInputError(f"The label {text!r} has no value.", "Write name:value.", label=text)
        labels[name] = value
    return labels
