"""Real jobs in tests: what they tell, where their processes are, and waiting for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psutil

from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.waiting import eventually

PATIENCE_S = 60
MakeQueue = Callable[..., JobQueue]


class Events:
    """Keeps what was published."""

    def __init__(self) -> None:
        self.all: list[tuple[str, Any]] = []

    def __call__(self, topic: str, data: Any) -> None:
        self.all.append((topic, data))

    def states(self, job_id: str) -> list[str]:
        """The states of a job as they were told, without repeats."""
        told = [data["state"] for topic, data in self.all if topic == "jobs" and data["id"] == job_id]
        return [state for number, state in enumerate(told) if number == 0 or told[number - 1] != state]


def job_processes(paths: DataPaths, module: str = "patholearn_lab.jobs.") -> list[psutil.Process]:
    """The supervisors and children that work in a data folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if module in line and str(paths.root) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def finished(queue: JobQueue, job: Job) -> Job:
    return eventually(lambda: (now := queue.find(job.id)).final and now, PATIENCE_S, what=f"the end of {job.kind}")  # type: ignore[return-value]


def running(queue: JobQueue, job: Job) -> Job:
    eventually(lambda: queue.log(job.id).lines, PATIENCE_S, what="the job's first line")
    return queue.find(job.id)


def log_texts(queue: JobQueue, job: Job) -> list[str]:
    return [line.text for line in queue.log(job.id, limit=100_000).lines]
