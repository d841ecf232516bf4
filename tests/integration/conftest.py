"""One real Jupyter server for the tests that only talk to it, and queues of real jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.jobs import Events, MakeQueue, job_processes
from support.jupyter_server import JupyterServer

from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS
from patholearn_lab.testing.waiting import eventually


@pytest.fixture(scope="session")
def jupyter_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A running server with an empty data folder; tests give their things names of their own."""
    folder = tmp_path_factory.mktemp("server")
    with JupyterServer.started(
        folder / "work", folder / "data", options=("--PathoLearnApp.max_upload_mb=5",)
    ) as server:
        yield server


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def make_queue(data_paths: DataPaths, events: Events) -> Iterator[MakeQueue]:
    """Builds queues over one data folder, one after the other; at the end no process of a job may be left."""
    made: list[JobQueue] = []

    def make(backend: Callable[[int], ClusterBackend] = ThreadBackend, workers: int = 1, **settings: Any) -> JobQueue:
        queue = JobQueue(data_paths, backend(workers), KINDS, events, **{"stop_grace_s": 0.5, **settings})
        queue.start()
        made.append(queue)
        return queue

    yield make
    for queue in made:
        queue.close()
    try:
        eventually(lambda: not job_processes(data_paths), 5, what="the end of every process of the test's jobs")
    finally:
        for process in job_processes(data_paths):
            process.kill()


@pytest.fixture
def queue(make_queue: MakeQueue) -> JobQueue:
    return make_queue()
