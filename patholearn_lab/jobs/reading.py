"""Run folders, read into the models that people and programs see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from patholearn_lab.jobs.endings import CANCELLED
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import read_after
from patholearn_lab.jobs.models import Job, JobError, MetricPage, MetricPoint
from patholearn_lab.jobs.states import FINAL

METRICS_A_PAGE = 20_000


def read_job(folder: RunFolder) -> Job:
    """Return the job as its folder tells it now."""
    spec = folder.spec()
    transitions = folder.transitions()
    state = transitions[-1]["state"]
    ended = state in FINAL
    return Job.model_validate(
        {
            **{name: spec[name] for name in ("kind", "name", "owner", "visibility", "labels", "created_at")},
            **{name: spec[name] for name in ("priority", "resources", "resumable") if name in spec},
            "id": folder.id,
            "state": state,
            "session": sum(step["state"] == "preparing" for step in transitions),
            "started_at": next((step["at"] for step in transitions if step["state"] == "running"), None),
            "ended_at": transitions[-1]["at"] if ended else None,
            "transitions": transitions,
            "progress": folder.progress(),
            "error": _error(folder, state) if ended else None,
            "result": folder.result() if state == "done" else None,
        }
    )


def read_metrics(folder: RunFolder, after: int) -> MetricPage:
    """Return the points after number `after`, at most 20,000."""
    lines = read_after(folder.metrics, after, METRICS_A_PAGE)
    points = tuple(MetricPoint.model_validate(line) for line in lines)
    return MetricPage(points=points, next=points[-1].seq if points else max(after, 0))


def read_epoch_points(folder: RunFolder) -> Iterator[MetricPoint]:
    """Yield the points that were written once an epoch: of a million points of single steps only these are parsed."""
    try:
        file = folder.metrics.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if b'_step",' not in line and line.endswith(b"\n"):
                point = MetricPoint.model_construct(**json.loads(line))
                if point.epoch is not None:
                    yield point


def _error(folder: RunFolder, state: str) -> JobError | None:
    error: dict[str, Any] | None = folder.error()
    # That it stopped because it was asked to is no error.
    if error is None or state == "done" or error["error"] == CANCELLED:
        return None
    return JobError.model_validate(error)
