"""Jobs as they are: real supervisors, real children, real signals."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from patholearn_lab.cluster.local import LocalBackend
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.errors import ConflictError, JobNotFoundError, JobSpecError, StartupError, TooLargeError
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS
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


@pytest.fixture
def events() -> Events:
    return Events()


def job_processes(paths: DataPaths, module: str = "patholearn_lab.jobs.") -> list[psutil.Process]:
    """The supervisors and children that work in a data folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = " ".join(process.info["cmdline"] or [])
        if module in line and str(paths.root) in line and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


@pytest.fixture
def make_queue(data_paths: DataPaths, events: Events) -> Iterator[MakeQueue]:
    """Builds queues over one data folder, one after the other; at the end no process of a job may be left."""
    made: list[JobQueue] = []

    def make(backend: type[ThreadBackend] | type[LocalBackend] = ThreadBackend, **settings: Any) -> JobQueue:
        queue = JobQueue(data_paths, backend(1), KINDS, events, **{"stop_grace_s": 0.5, **settings})
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


def finished(queue: JobQueue, job: Job) -> Job:
    return eventually(lambda: (now := queue.find(job.id)).final and now, PATIENCE_S, what=f"the end of {job.kind}")  # type: ignore[return-value]


def running(queue: JobQueue, job: Job) -> Job:
    eventually(lambda: queue.log(job.id).lines, PATIENCE_S, what="the job's first line")
    return queue.find(job.id)


def log_texts(queue: JobQueue, job: Job) -> list[str]:
    return [line.text for line in queue.log(job.id, limit=100_000).lines]


# --- a job that goes well --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [ThreadBackend, LocalBackend])
def test_a_job_counts_and_everything_about_it_is_kept(
    make_queue: MakeQueue, events: Events, backend: type[ThreadBackend] | type[LocalBackend]
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
    queue = make_queue(LocalBackend)
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


# --- output ----------------------------------------------------------------------------------------------------------


def test_five_megabytes_on_two_streams_keep_their_order(queue: JobQueue) -> None:
    lines = 110_000
    job = queue.submit("print_much", {"lines": lines})
    assert finished(queue, job).state == "done"
    page = queue.log(job.id, after=0, limit=lines)
    assert [line.text for line in page.lines] == [f"{number} {'x' * 40}" for number in range(lines)]
    assert [line.stream for line in page.lines] == ["stdout", "stderr"] * (lines // 2)
    assert page.next == lines
    assert queue.log(job.id, after=lines).lines == ()
    assert [line.seq for line in queue.log(job.id, after=50_000, limit=2).lines] == [50_001, 50_002]
    assert [line.seq for line in queue.log(job.id, after=-2).lines] == [lines - 1, lines]


def test_output_of_every_origin_comes_into_the_log(queue: JobQueue) -> None:
    job = finished(queue, queue.submit("print_oddly", {}))
    texts = log_texts(queue, job)
    assert texts[0].startswith("aaaa")
    assert texts[0].endswith("(83,616 more bytes of this line were cut off)")
    assert texts[1:3] == ["100%", "not \ufffd text"]
    assert {"from compiled code", "from a program"} < set(texts)
    assert texts[-1] == "no newline at the end"


# --- jobs that do not go well ----------------------------------------------------------------------------------------


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


# --- stopping --------------------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("backend", [ThreadBackend, LocalBackend])
def test_a_queued_job_is_cancelled_at_once_and_never_starts(
    make_queue: MakeQueue, tmp_path: Path, backend: type[ThreadBackend] | type[LocalBackend]
) -> None:
    queue = make_queue(backend)
    first = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    second, third = (queue.submit("count", {"to": number}) for number in (2, 3))
    assert queue.cancel(second.id).state == "cancelled"
    (tmp_path / "go").touch()
    assert finished(queue, third).state == finished(queue, first).state == "done"
    assert [step.state for step in queue.find(second.id).transitions] == ["queued", "cancelled"]


# --- the server's end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [ThreadBackend, LocalBackend])
def test_a_job_goes_on_while_the_queue_is_closed_and_is_found_again(
    make_queue: MakeQueue,
    tmp_path: Path,
    data_paths: DataPaths,
    events: Events,
    backend: type[ThreadBackend] | type[LocalBackend],
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
from patholearn_lab.cluster.local import LocalBackend
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.jobs import KINDS

if __name__ == "__main__":
    paths = DataPaths(Path(sys.argv[1]))
    queue = JobQueue(paths, LocalBackend(1), KINDS, lambda topic, data: None)
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


# --- asking ----------------------------------------------------------------------------------------------------------


def test_jobs_are_listed_newest_first_in_pages(queue: JobQueue) -> None:
    jobs = [finished(queue, queue.submit("count", {"to": 1})) for _ in range(3)]
    page = queue.list(limit=2)
    assert [job.id for job in page.items] == [jobs[2].id, jobs[1].id]
    rest = queue.list(limit=2, before=page.next)
    assert [job.id for job in rest.items] == [jobs[0].id]
    assert rest.next is None
    assert queue.list(kind="fail").items == ()


def test_a_job_is_deleted_with_everything_once_it_has_ended(
    queue: JobQueue, data_paths: DataPaths, events: Events, tmp_path: Path
) -> None:
    job = running(queue, queue.submit("wait", {"for": str(tmp_path / "go")}))
    with pytest.raises(ConflictError, match="is running and cannot be deleted"):
        queue.delete(job.id)
    (tmp_path / "go").touch()
    finished(queue, job)
    queue.delete(job.id)
    assert not data_paths.run(job.id).exists()
    assert events.all[-1] == ("jobs", {"id": job.id, "deleted": True})
    assert queue.list().items == ()
    for ask in (queue.find, queue.cancel, queue.delete, queue.metrics, queue.log):
        with pytest.raises(JobNotFoundError, match=job.id):
            ask(job.id)


@pytest.mark.parametrize("job_id", ["no-such-job", "", "../models", "a/b", "A"])
def test_a_job_that_is_not_there_is_not_found_whatever_its_name(queue: JobQueue, job_id: str) -> None:
    for ask in (queue.find, queue.cancel, queue.delete, queue.metrics, queue.log):
        with pytest.raises(JobNotFoundError, match="There is no job"):
            ask(job_id)


def test_what_cannot_be_a_job_is_refused_and_leaves_nothing(queue: JobQueue, data_paths: DataPaths) -> None:
    with pytest.raises(JobSpecError, match="There is no kind of job called 'brew'"):
        queue.submit("brew", {})
    with pytest.raises(JobSpecError, match="The job's name has 201 characters"):
        queue.submit("count", {}, name="x" * 201)
    for payload in ({"a": object()}, {"a": float("nan")}):
        with pytest.raises(JobSpecError, match="cannot be written as JSON"):
            queue.submit("count", payload)
    with pytest.raises(JobSpecError, match="payload is a list"):
        queue.submit("count", [1])  # type: ignore[arg-type]
    with pytest.raises(TooLargeError, match="1,000,000 are allowed"):
        queue.submit("count", {"a": "x" * 1_000_000})
    assert list(data_paths.runs.iterdir()) == []
