"""A client with jobs that the test moves on itself, and no thread, file or socket behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from patholearn_lab.errors import JobNotFoundError, PathoLearnError
from patholearn_lab.jobs.models import CurvePage, Job, LogPage, MetricPage, MetricPoint, Transition
from patholearn_lab.training.findings import Diagnosis
from patholearn_lab.training.history import History
from patholearn_lab.training.signs import read_curves


def read_diagnosis(points: list[MetricPoint]) -> Diagnosis:
    history = History.of(points)
    return Diagnosis(epochs=history.epochs, findings=read_curves(history))


NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def make_job(job_id: str = "run-1", state: str = "running", **changes: Any) -> Job:
    return Job.model_validate(
        {
            "id": job_id,
            "kind": "training",
            "name": "LeNet-5",
            "owner": "ada",
            "state": state,
            "created_at": NOW,
            "transitions": (Transition(state="queued", at=NOW),),
            **changes,
        }
    )


def point(seq: int, name: str, value: float | None, *, epoch: int | None = 0, step: int = 10) -> MetricPoint:
    return MetricPoint(seq=seq, name=name, value=value, step=step, epoch=epoch, time=NOW)


class FakeJobs:
    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.points: dict[str, list[MetricPoint]] = {}
        self.submitted: list[tuple[str, dict[str, Any], str, dict[str, str]]] = []
        self.failure: PathoLearnError | None = None
        self.page_size = 3

    def submit(
        self,
        kind: str,
        payload: dict[str, Any],
        name: str = "",
        labels: dict[str, str] | None = None,
        resources: Any = None,
    ) -> Job:
        self.submitted.append((kind, payload, name, labels or {}))
        job = make_job(f"run-{len(self.jobs) + 1}", "queued", name=name, labels=labels or {})
        self.jobs[job.id] = job
        return job

    def list(self, kind: str | None = None, labels: dict[str, str] | None = None, limit: int = 50) -> list[Job]:
        self._fail()
        wanted = (labels or {}).items()
        return [job for job in reversed(self.jobs.values()) if wanted <= job.labels.items()][:limit]

    def get(self, id: str) -> Job:
        self._fail()
        if id not in self.jobs:
            raise JobNotFoundError(f"There is no job {id!r}.")
        return self.jobs[id]

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        self._fail()
        new = tuple(point for point in self.points.get(id, []) if point.seq > after)[: self.page_size]
        return MetricPage(points=new, next=new[-1].seq if new else after)

    def curves(self, id: str, points: int = 1000) -> CurvePage:
        self._fail()
        return CurvePage(curves={}, figures=(), next=0)

    def diagnosis(self, id: str) -> Diagnosis:
        self._fail()
        return read_diagnosis(self.points.get(id, []))

    def log(self, id: str, after: int = 0, limit: int = 1000) -> LogPage:
        return LogPage(lines=(), next=after)

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


class FakeEvents:
    def __init__(self) -> None:
        self.callbacks: list[Callable[[Any], None]] = []

    def subscribe(self, callback: Callable[[Any], None], topics: list[str]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def send(self) -> None:
        for callback in list(self.callbacks):
            callback(SimpleNamespace(topic="jobs", data={}))


class FakeClient:
    """What the widgets need of a client."""

    def __init__(self) -> None:
        self.jobs = FakeJobs()
        self.events = FakeEvents()
        self.architectures = SimpleNamespace(emit=lambda document: SimpleNamespace(code=CELL))


CELL = """import lightning as L

DATASET = "digits"
EPOCHS = 8
BATCH_SIZE = 32


class LeNet5(L.LightningModule):
    pass
"""
