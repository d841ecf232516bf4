"""A job from its start to its end, good or bad: real supervisors, real children, real signals."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.jobs import PATIENCE_S, Events, MakeQueue, finished, job_processes, log_texts, running

from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.jobs.confine import landlock_version
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.waiting import eventually


@pytest.mark.parametrize("backend", [ThreadBackend, local_backend])
def test_a_job_counts_and_everything_about_it_is_kept(
    make_queue: MakeQueue, events: Events, backend: Callable[[int], ClusterBackend]
) -> None:
    queue = make_queue(backend)
    job = queue.submit("count", {"to": 3, "seed": 7}, name="Counting", owner="ada", labels={"graph": "g"})
    assert (job.state, job.name, job.owner, job.labels) == ("queued", "Counting", "ada", {"graph": "g"})
    done = finished(queue, job)
    assert done.result == {"counted": 3}
    assert done.error is None
    assert [step.state for step in done.transitions] == ["queued", "preparing", "running", "done"]
    assert done.started_at is not None
    assert done.ended_at is not None
    assert done.created_at < done.started_at < done.ended_at
    assert done.progress is not None
    assert (done.progress.done, done.progress.total, done.progress.stage) == (3, 3, "counting")
    points = queue.metrics(job.id).points
    assert [(p.seq, p.name, p.value, p.step, p.epoch) for p in points] == [(n, "number", n, n, 0) for n in (1, 2, 3)]
    assert log_texts(queue, job) == ["number 1", "number 2", "number 3", "counted"]
    assert [line.stream for line in queue.log(job.id).lines] == ["stdout"] * 3 + ["log"]
    eventually(lambda: events.states(job.id)[-1] == "done", 5)
    assert eventually(lambda: queue._store.find(job.id) == done, 5)


def test_everything_a_job_wrote_is_told_before_its_end(queue: JobQueue, events: Events) -> None:
    job = queue.submit("count", {"to": 200})
    eventually(lambda: events.all and events.all[-1][1].get("state") == "done", PATIENCE_S)
    told = [topic for topic, _ in events.all]
    assert told[0] == told[-1] == "jobs"
    points = [point for topic, data in events.all if topic == f"job.{job.id}.metrics" for point in data["points"]]
    lines = [line for topic, data in events.all if topic == f"job.{job.id}.log" for line in data["lines"]]
    assert [point["value"] for point in points] == list(range(1, 201))
    assert [line["seq"] for line in lines] == list(range(1, 202))


def test_the_run_folder_keeps_versions_hardware_and_seed(queue: JobQueue, data_paths: DataPaths) -> None:
    job = finished(queue, queue.submit("count", {"to": 1, "seed": 7}))
    environment = RunFolder(data_paths.run(job.id)).environment()
    assert environment is not None
    assert environment["seed"] == 7
    assert environment["cores"] == os.cpu_count()
    assert {"torch", "lightning", "numpy"} <= set(environment["packages"])


def test_a_job_has_a_session_of_its_own_and_the_threads_of_its_share(
    make_queue: MakeQueue, data_paths: DataPaths, tmp_path: Path
) -> None:
    queue = make_queue(local_backend)
    job = queue.submit("wait", {"for": str(tmp_path / "go")})
    running(queue, job)
    (child,) = job_processes(data_paths, "patholearn_lab.jobs.child")
    environment = child.environ()
    (supervisor,) = job_processes(data_paths, "patholearn_lab.jobs.supervisor")
    # Ctrl-C in the server's terminal goes to the server's session.
    assert os.getsid(supervisor.pid) == supervisor.pid != os.getsid(0)
    (tmp_path / "go").touch()
    finished(queue, job)
    assert environment["OMP_NUM_THREADS"] == str(os.cpu_count())
    assert environment["MALLOC_TRIM_THRESHOLD_"] == "536870912"


def test_odd_values_in_a_result_become_plain_ones(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("give_odd_values", {}))
    assert job.result == {"nan": None, "scalar": 0.5, "array": [0, 1, 2], "path": "a/b", "pair": [1, 2]}


def test_a_metric_that_is_not_finite_is_told_as_none(queue: JobQueue, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    job = finished(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    assert [point.value for point in queue.metrics(job.id).points] == [1.0, None]


@pytest.mark.parametrize(
    ("kind", "payload", "error", "words"),
    [
        ("fail", {}, "job_failed", "ValueError: mat1 and mat2 shapes cannot be multiplied"),
        ("fail_in_plain_words", {}, "code", "Line 7 of the cell divides by zero."),
        ("exit_with", {"code": 0}, "job_failed", "The job's code ended the process itself: sys.exit(0)."),
        (
            "exit_at_once",
            {"code": 3},
            "job_failed",
            "The job's process ended without a result and without an error (exit code 3).",
        ),
        ("kill_itself", {}, "job_killed", "The job was killed from outside (SIGKILL)."),
        ("kill_itself", {"signal": "SIGSEGV"}, "job_killed", "The job crashed in compiled code (SIGSEGV)."),
        ("give_no_json", {}, "job_failed", "TypeError: A value of type object cannot be written as JSON."),
        (
            "missing_module",
            {},
            "job_failed",
            "ModuleNotFoundError: No module named 'patholearn_lab.testing.no_such_module'",
        ),
        (
            "missing_function",
            {},
            "job_failed",
            "AttributeError: module 'patholearn_lab.testing.jobs' has no attribute 'no_such_function'",
        ),
    ],
)
def test_a_job_that_fails_says_why(queue: JobQueue, kind: str, payload: dict[str, Any], error: str, words: str) -> None:
    job = finished(queue, queue.submit(kind, payload))
    assert job.state == "failed"
    assert job.result is None
    assert job.error is not None
    assert (job.error.error, job.error.message) == (error, words)
    assert job.error.hint
    assert job.transitions[-1].reason == words


@pytest.mark.skipif(not landlock_version(), reason="this machine's kernel has no Landlock, or it is switched off")
def test_confined_code_writes_into_its_own_places_only(
    make_queue: MakeQueue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The folder of temporary files is open to a confined job, and this test may lie in it.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    forbidden = tmp_path.parent / "forbidden.txt"
    queue = make_queue(workers=2, writable=[])
    jobs = [queue.submit("write_to", {"file": str(file)}) for file in ("own.txt", forbidden)]
    own, outside = (finished(queue, job) for job in jobs)
    assert own.result is not None
    assert Path(own.result["file"]).parent.name == own.id
    assert not forbidden.exists()
    assert outside.error is not None
    assert outside.error.message == f"The job's code may not write {str(forbidden)!r}."
    assert "working folder" in outside.error.hint


def test_code_that_forks_ends_once_and_leaves_no_process(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("fork", {}))
    assert (job.state, job.result) == ("done", {"first": True})


def test_an_error_keeps_its_traceback_and_its_details(queue: JobQueue) -> None:
    ours = finished(queue, queue.submit("fail_in_plain_words", {}))
    theirs = finished(queue, queue.submit("fail", {"text": "café"}))
    assert ours.error is not None
    assert ours.error.details == {"line": 7}
    assert theirs.error is not None
    assert theirs.error.traceback.endswith("ValueError: café\n")
    assert log_texts(queue, theirs)[-1] == "ValueError: café"
    assert queue.log(theirs.id).lines[-1].stream == "stderr"


def test_the_last_words_of_a_process_that_ends_at_once_are_kept(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("exit_at_once", {"code": 0}))
    assert log_texts(queue, job)[0] == "last words"


def test_processes_that_a_job_leaves_behind_are_ended(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("leave_a_process", {}))
    assert job.result is not None
    pid = job.result["pid"]
    assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", 5)


def test_a_running_job_stops_by_itself_when_it_is_cancelled(make_queue: MakeQueue, events: Events) -> None:
    queue = make_queue(stop_grace_s=30)
    job = running(queue, queue.submit("wait", {"for": "/nowhere"}))
    assert not queue.cancel(job.id).final
    stopped = finished(queue, job)
    assert (stopped.state, stopped.error, stopped.result) == ("cancelled", None, None)
    assert [step.state for step in stopped.transitions][-2:] == ["stopping", "cancelled"]
    eventually(lambda: events.states(job.id)[-1] == "cancelled", 5)
    assert queue.cancel(job.id) == stopped


def test_a_stubborn_job_is_killed_with_its_processes(queue: JobQueue) -> None:
    job = running(queue, queue.submit("refuse_to_stop", {}))
    pids = [int(word) for word in log_texts(queue, job)[0].split()[1:]]
    queue.cancel(job.id)
    stopped = finished(queue, job)
    assert stopped.state == "cancelled"
    assert log_texts(queue, job)[-1] == "The job did not stop by itself within 0.5 s. It is ended now."
    for pid in pids:
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("backend", [ThreadBackend, local_backend])
def test_a_queued_job_is_cancelled_at_once_and_never_starts(
    make_queue: MakeQueue, tmp_path: Path, backend: Callable[[int], ClusterBackend]
) -> None:
    queue = make_queue(backend)
    first = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    second, third = (queue.submit("count", {"to": number}) for number in (2, 3))
    assert queue.cancel(second.id).state == "cancelled"
    (tmp_path / "go").touch()
    assert finished(queue, third).state == finished(queue, first).state == "done"
    assert [step.state for step in queue.find(second.id).transitions] == ["queued", "cancelled"]
