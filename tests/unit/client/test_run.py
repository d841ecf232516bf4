"""A run in the hand: it waits, and a failed job raises the job's own error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import pytest

import patholearn_lab as lab
from patholearn_lab.client.run import Run
from patholearn_lab.client.search import Search
from patholearn_lab.errors import CancelledError, CodeError, ConflictError, PathoLearnError, UnavailableError
from patholearn_lab.jobs.models import Job, JobError, LogLine, LogPage, MetricPage, MetricPoint
from patholearn_lab.services.events import Event, EventHub

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def job(state: str, **fields: Any) -> Job:
    return Job(id="j1", kind="training", name="Net", owner="ada", state=state, created_at=NOW, transitions=(), **fields)


class FakeJobs:
    """Answers with the states of a script, the last one for ever."""

    def __init__(self, *states: Job) -> None:
        self._states = list(states)

    def get(self, id: str) -> Job:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]

    def cancel(self, id: str, keep: str | None = None) -> Job:
        return job("stopping")

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        points = [MetricPoint(seq=seq, name="train_loss", value=1 / seq, step=seq, time=NOW) for seq in (1, 2, 3)]
        return MetricPage(points=points[after : after + 2], next=min(after + 2, 3))

    def log(self, id: str, after: int = 0, limit: int = 1000, **wanted: Any) -> LogPage:
        self.wanted = wanted
        lines = [LogLine(seq=seq, stream="stdout", text=f"line {seq}", time=NOW) for seq in (1, 2, 3)]
        return LogPage(lines=lines[after : after + 2], next=min(after + 2, 3), more=after == 0)

    def log_text(self, id: str) -> str:
        return "line 1\nline 2\nline 3\n"


class Telling:
    """Events that come the moment somebody subscribes."""

    def subscribe(self, callback: Callable[[Event], None], topics: list[str]) -> Callable[[], None]:
        hub = EventHub()
        end = hub.subscribe(callback, topics)
        hub.publish("jobs", {"id": "j1"})
        return end


def run(*states: Job) -> Run:
    client: Any = SimpleNamespace(jobs=FakeJobs(*states), events=Telling())
    return Run(client, states[0])


def test_waiting_ends_when_the_job_is_done() -> None:
    result = {"model": {"name": "net", "version": 1}}
    done = run(job("queued"), job("running"), job("done", result=result)).wait(5)
    assert done.result == result
    assert done.model == {"name": "net", "version": 1}
    assert repr(done) == "<Run j1: Net, done>"


def test_a_mistake_in_the_cell_is_raised_as_it_was_found() -> None:
    error = JobError(error="code", message="There is no 'x'.", hint="Define it.", details={"line": 3})
    with pytest.raises(CodeError, match="There is no 'x'") as caught:
        run(job("failed", error=error)).wait()
    assert caught.value.details["line"] == 3


def test_a_cancelled_job_raises() -> None:
    with pytest.raises(CancelledError):
        run(job("cancelled")).wait()


def test_a_lost_job_raises() -> None:
    with pytest.raises(PathoLearnError, match="lost"):
        run(job("lost")).wait()


def test_waiting_has_a_limit_and_the_job_goes_on() -> None:
    with pytest.raises(UnavailableError, match="still running after"):
        run(job("running")).wait(timeout_s=0)


def test_before_the_end_there_is_no_result() -> None:
    early = run(job("running"))
    assert early.result is None
    assert early.model is None
    assert early.cancel().id == "j1"


def test_metrics_and_log_are_read_to_their_end() -> None:
    frame = run(job("running")).metrics()
    assert list(frame.columns) == ["name", "value", "step", "epoch", "time"]
    assert frame["step"].tolist() == [1, 2, 3]
    assert run(job("running")).log() == "line 1\nline 2\nline 3"
    found = run(job("running"))
    assert [line.text for line in found.logs(search="line", level="info")] == ["line 1", "line 2", "line 3"]
    assert found.client.jobs.wanted == {  # type: ignore[attr-defined]
        "search": "line", "regex": "", "stream": None, "session": None, "level": "info",
    }  # fmt: skip


class Packing:
    """Writes a zip of one file where an experiment is asked for."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def experiment(self, id: str, path: Path, data: bool) -> None:
        self.asked.append(data)
        with ZipFile(path, "w") as archive:
            archive.writestr("train.py", f"# {id}\n")


def test_an_experiment_is_a_zip_or_a_folder_and_never_covers_what_is_there(tmp_path: Path) -> None:
    jobs = Packing()
    run = Run(SimpleNamespace(jobs=jobs), SimpleNamespace(id="r1"))  # type: ignore[arg-type]
    packed = run.download_experiment(tmp_path / "mine.zip", data=True)
    assert ZipFile(packed).namelist() == ["train.py"]
    folder = run.download_experiment(tmp_path / "deep" / "mine")
    assert (folder / "train.py").read_text() == "# r1\n"
    assert jobs.asked == [True, False]
    with pytest.raises(ConflictError, match="not an empty folder"):
        run.download_experiment(folder)


def test_a_run_is_found_again_by_its_id_and_a_search_is_one() -> None:
    found = [job("done"), job("done").model_copy(update={"kind": "search"})]
    client = SimpleNamespace(jobs=FakeJobs(*found))
    assert [type(lab.run("j1", client=client)) for _ in found] == [Run, Search]  # type: ignore[arg-type]
