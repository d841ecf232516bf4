"""How quick jobs are: the cluster's start, from submit to the job's first line, from a metric to its event.

Prints a table, and as its last line one JSON object of figures in seconds.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from patholearn_lab.cluster.local import local_backend
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS
from patholearn_lab.testing.waiting import eventually

WARM_JOBS = 7
METRICS = 12


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        paths = DataPaths(Path(folder))
        paths.ensure()
        delays: list[float] = []

        def publish(topic: str, data: Any) -> None:
            if topic.endswith(".metrics"):
                delays.extend(time.time() - point["value"] for point in data["points"])

        queue = JobQueue(paths, local_backend(1), KINDS, publish)
        began = time.perf_counter()
        queue.start()
        start_s = time.perf_counter() - began
        queue.list()
        index_s = time.perf_counter() - began
        cold_s = first_line_after(queue)
        warm_s = statistics.median(first_line_after(queue) for _ in range(WARM_JOBS))
        finished(queue, queue.submit("stamp", {"metrics": METRICS}))
        began = time.perf_counter()
        queue.close()
        close_s = time.perf_counter() - began
    figures = {
        "queue_start_s": start_s,
        "index_open_s": index_s,
        "first_line_cold_s": cold_s,
        "first_line_warm_s": warm_s,
        "metric_to_event_p50_s": statistics.median(delays),
        "metric_to_event_max_s": max(delays),
        "close_s": close_s,
    }
    figures = {name: round(value, 4) for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:24}{value:>10.4f}")
    print(json.dumps(figures))


def first_line_after(queue: JobQueue) -> float:
    """Return the seconds from submitting a job to its function's first line."""
    began = time.time()
    result = finished(queue, queue.submit("stamp", {})).result
    assert result is not None
    return float(result["first_line_at"]) - began


def finished(queue: JobQueue, job: Job) -> Job:
    """Return the job when it has ended."""

    def ended() -> Job | None:
        now = queue.find(job.id)
        return now if now.final else None

    found = eventually(ended, 60)
    assert found is not None
    return found


if __name__ == "__main__":
    main()
