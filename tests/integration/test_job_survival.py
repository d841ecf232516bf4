"""Jobs outlive the server, and what ended without it is found again."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from support.jobs import PATIENCE_S, Events, MakeQueue, finished, job_processes, running

from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.errors import StartupError
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS
from patholearn_lab.testing.waiting import eventually


@pytest.mark.parametrize("backend", [ThreadBackend, local_backend])
def test_a_job_goes_on_while_the_queue_is_closed_and_is_found_again(
    make_queue: MakeQueue,
    tmp_path: Path,
    data_paths: DataPaths,
    events: Events,
    backend: Callable[[int], ClusterBackend],
) -> None:
    queue = make_queue(backend)
    first = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    second = queue.submit("count", {"to": 2})
    queue.close()
    assert job_processes(data_paths, "patholearn_lab.jobs.child")
    reopened = make_queue(backend)
    assert reopened.find(first.id).state == "running"
    assert reopened.find(second.id).state == "queued"
    (tmp_path / "go").touch()
    assert finished(reopened, first).result == {"found": str(tmp_path / "go")}
    assert finished(reopened, second).result == {"counted": 2}
    assert len(job_processes(data_paths, "supervisor")) <= 1
    eventually(lambda: events.states(first.id)[-1] == events.states(second.id)[-1] == "done", 5)


def test_a_job_that_ends_while_no_server_runs_is_found_with_its_result(
    make_queue: MakeQueue, tmp_path: Path, data_paths: DataPaths
) -> None:
    queue = make_queue()
    job = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    queue.close()
    (tmp_path / "go").touch()
    eventually(lambda: not job_processes(data_paths), PATIENCE_S)
    assert make_queue().find(job.id).result == {"found": str(tmp_path / "go")}


SERVER = """
import sys
from pathlib import Path
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS

if __name__ == "__main__":
    paths = DataPaths(Path(sys.argv[1]))
    queue = JobQueue(paths, local_backend(1), KINDS, lambda topic, data: None)
    queue.start()
    queue.submit("wait", {"for": sys.argv[2]})
    queue.submit("count", {"to": 4})
    sys.stdin.read()
"""


def test_jobs_survive_the_killing_of_the_whole_server(
    make_queue: MakeQueue, tmp_path: Path, data_paths: DataPaths
) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    command = [sys.executable, str(script), str(data_paths.root), str(tmp_path / "go")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as server:
        eventually(lambda: job_processes(data_paths, "patholearn_lab.jobs.child"), PATIENCE_S)
        family = psutil.Process(server.pid).children()
        server.kill()
    eventually(lambda: not any(each.is_running() and each.status() != "zombie" for each in family), 10)
    queue = make_queue()
    counting, waiting = queue.list().items
    assert [waiting.kind, counting.kind] == ["wait", "count"]
    assert waiting.state in ("preparing", "running")
    assert counting.state == "queued"
    (tmp_path / "go").touch()
    assert finished(queue, waiting).result == {"found": str(tmp_path / "go")}
    assert finished(queue, counting).result == {"counted": 4}


def test_a_job_dies_with_its_supervisor_and_is_marked_lost(
    queue: JobQueue, data_paths: DataPaths, events: Events
) -> None:
    job = running(queue, queue.submit("wait", {"for": "/nowhere"}))
    (supervisor,) = job_processes(data_paths, "patholearn_lab.jobs.supervisor")
    supervisor.send_signal(signal.SIGKILL)
    eventually(lambda: not job_processes(data_paths), 10, what="the child's end")
    lost = finished(queue, job)
    assert lost.state == "lost"
    assert lost.error is not None
    assert lost.error.message == "The job's processes are gone, and nothing tells how they ended."
    eventually(lambda: events.states(job.id)[-1] == "lost", 5)


def test_a_supervisor_that_cannot_start_fails_the_job_with_what_it_said(
    queue: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    job = finished(queue, queue.submit("count", {"to": 1}))
    assert job.state == "failed"
    assert job.error is not None
    assert job.error.message.startswith("The job could not be started or watched: The supervisor of job")


def test_two_queues_on_one_folder_run_a_job_once(make_queue: MakeQueue, data_paths: DataPaths) -> None:
    closed = make_queue()
    running(closed, closed.submit("wait", {"for": str(data_paths.root / "go")}))
    jobs = [closed.submit("count", {"to": 1}) for _ in range(3)]
    closed.close()
    first, second = make_queue(), make_queue()
    (data_paths.root / "go").touch()
    for job in jobs:
        assert [step.state for step in finished(first, job).transitions] == ["queued", "preparing", "running", "done"]
        assert finished(second, job).result == {"counted": 1}


def test_a_job_whose_machine_was_switched_off_is_lost_after_the_restart(
    make_queue: MakeQueue, data_paths: DataPaths
) -> None:
    queue = make_queue()
    job = running(queue, queue.submit("wait", {"for": "/nowhere"}))
    queue.close()
    for process in job_processes(data_paths):
        process.kill()
    eventually(lambda: not job_processes(data_paths), 10)
    lost = make_queue().find(job.id)
    assert lost.state == "lost"
    assert lost.error is not None
    assert "Start the job again." in lost.error.hint


def test_the_index_is_built_anew_from_the_run_folders(make_queue: MakeQueue, data_paths: DataPaths) -> None:
    queue = make_queue()
    jobs = [finished(queue, queue.submit("count", {"to": number}, labels={"n": str(number)})) for number in (1, 2)]
    queue.close()
    for file in data_paths.root.glob("patholearn.sqlite*"):
        file.unlink()
    (data_paths.runs / "not-a-run").mkdir()
    rebuilt = make_queue()
    assert list(rebuilt.list().items) == jobs[::-1]
    assert [job.id for job in rebuilt.list(labels={"n": "1"}).items] == [jobs[0].id]


def test_a_run_folder_that_was_removed_by_hand_is_forgotten(make_queue: MakeQueue, data_paths: DataPaths) -> None:
    queue = make_queue()
    job = finished(queue, queue.submit("count", {"to": 1}))
    queue.close()
    data_paths.run(job.id).rename(data_paths.root / "elsewhere")
    assert make_queue().list().items == ()


def test_a_queue_does_not_start_on_a_busy_database(data_paths: DataPaths, events: Events) -> None:
    queue = JobQueue(data_paths, ThreadBackend(1), KINDS, events)
    with closing(sqlite3.connect(data_paths.database, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StartupError, match="database is locked"):
            queue.start()
