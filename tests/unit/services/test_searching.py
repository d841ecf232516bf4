from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from unit.widgets.run_fakes import NOW, make_job

from patholearn_lab.errors import CodeError, JobNotFoundError
from patholearn_lab.jobs.folder import RunFolder, StopRequest
from patholearn_lab.jobs.models import Job
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.searching import Searching
from patholearn_lab.testing.waiting import eventually


class Trainings:
    """A queue whose trainings reach a loss of (rate - 0.3)² at once, or what a test says."""

    def __init__(self, curve: Callable[[float], list[float]] | None = None, ends: str = "done") -> None:
        self.jobs: dict[str, Job] = {}
        self.rates: dict[str, float] = {}
        self.cancelled: list[str] = []
        self.ends = ends
        self.curve = curve or (lambda rate: [(rate - 0.3) ** 2 + 1, (rate - 0.3) ** 2])

    def submit(self, kind: str, payload: dict[str, Any], *, labels: dict[str, str], **asked: Any) -> Job:
        job = make_job(f"child-{len(self.jobs) + 1}", self.ends, labels=labels, name=asked["name"])
        self.jobs[job.id] = job
        self.rates[job.id] = payload["learning_rate"]
        return job

    def find(self, id: str) -> Job:
        if id not in self.jobs:
            raise JobNotFoundError(f"There is no job {id!r}.")
        return self.jobs[id]

    def curves(self, id: str, points: int) -> Any:
        return SimpleNamespace(curves={"valid_loss": SimpleNamespace(values=self.curve(self.rates[id]))})

    def cancel(self, id: str) -> Job:
        self.cancelled.append(id)
        self.jobs[id] = self.jobs[id].model_copy(update={"state": "cancelled"})
        return self.jobs[id]


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    paths.ensure()
    return paths


def asked(paths: DataPaths, **changes: Any) -> RunFolder:
    payload = {
        "training": {"code": "model = 1"},
        "space": {"learning_rate": {"low": 0.01, "high": 1.0}},
        "trials": 8,
        **changes,
    }
    spec = {
        "kind": "search", "payload": payload, "owner": "ada", "visibility": "private", "name": "Search: Net",
        "labels": {"dataset": "tissue"}, "created_at": NOW.isoformat(), "resumable": True, "tries": 3,
    }  # fmt: skip
    return RunFolder.create(paths.run("search-1"), paths.scratch, spec)


def conducted(folder: RunFolder, jobs: Trainings, until: Callable[[], bool] | None = None) -> Searching:
    searching = Searching(jobs, lambda document: document, look_every_s=0.01)  # type: ignore[arg-type]
    searching.conduct(folder)
    eventually(until or (lambda: folder.state in {"done", "failed", "cancelled"}))
    return searching


def test_a_search_trains_its_trials_and_finds_the_best(paths: DataPaths) -> None:
    folder, jobs = asked(paths), Trainings()
    conducted(folder, jobs).close()
    assert folder.state == "done"
    result = folder.result()
    assert result is not None
    assert len(result["trials"]) == len(jobs.jobs) == 8
    best = min(jobs.rates, key=lambda id: abs(jobs.rates[id] - 0.3))
    assert result["best"]["job"] == best
    assert result["best"]["values"] == {"learning_rate": jobs.rates[best]}
    assert result["importance"] == {"learning_rate": 1.0}
    child = jobs.jobs["child-3"]
    assert child.labels["search"] == "search-1"
    assert (child.labels["trial"], child.labels["dataset"]) == ("3", "tissue")
    assert json.loads(child.labels["values"]) == {"learning_rate": jobs.rates["child-3"]}


def test_a_trial_that_leads_nowhere_is_stopped(paths: DataPaths) -> None:
    jobs = Trainings()
    # From the sixth on a training goes on and on, and is worse than all before.
    submit = jobs.submit

    def going_on(kind: str, payload: dict[str, Any], **given: Any) -> Job:
        job = submit(kind, payload, **given)
        if len(jobs.jobs) > 5:
            jobs.jobs[job.id] = job.model_copy(update={"state": "running"})
            jobs.rates[job.id] = 9.0
        return jobs.jobs[job.id]

    jobs.submit = going_on  # type: ignore[method-assign, assignment]
    jobs.curve = lambda rate: [rate, rate, rate]
    folder = asked(paths)
    conducted(folder, jobs).close()
    result = folder.result()
    assert result is not None
    assert [trial["state"] for trial in result["trials"]] == ["complete"] * 5 + ["pruned"] * 3
    assert jobs.cancelled == ["child-6", "child-7", "child-8"]


def test_a_search_goes_on_with_its_trials_after_a_restart(paths: DataPaths) -> None:
    folder, jobs = asked(paths, at_once=2), Trainings(ends="running")
    first = conducted(folder, jobs, until=lambda: len(jobs.jobs) == 2)
    first.close()
    assert folder.state == "running"
    assert not folder.is_watched()
    # As `settle` does where nobody watches.
    assert folder.move_to("queued")
    jobs.ends = "done"
    jobs.jobs = {id: job.model_copy(update={"state": "done"}) for id, job in jobs.jobs.items()}
    conducted(folder, jobs).close()
    result = folder.result()
    assert result is not None
    assert [trial["job"] for trial in result["trials"]] == [f"child-{number}" for number in range(1, 9)]
    assert {trial["state"] for trial in result["trials"]} == {"complete"}


def test_stopping_a_search_ends_its_trainings(paths: DataPaths) -> None:
    folder, jobs = asked(paths, at_once=3), Trainings(ends="running")
    searching = conducted(folder, jobs, until=lambda: len(jobs.jobs) == 3)
    folder.ask_to_stop(StopRequest("Stopped on request."))
    eventually(lambda: folder.state == "cancelled")
    searching.close()
    assert jobs.cancelled == ["child-1", "child-2", "child-3"]


def test_a_search_without_any_value_fails_and_says_why(paths: DataPaths) -> None:
    folder = asked(paths, trials=2)
    conducted(folder, Trainings(curve=lambda _rate: [])).close()
    error = folder.error()
    assert folder.state == "failed"
    assert error is not None
    assert error["message"].startswith("None of the 2 trials came to a value of 'valid_loss'.")


def test_a_network_that_cannot_be_is_a_trial_without_value(paths: DataPaths) -> None:
    folder = asked(
        paths,
        trials=3,
        training={"code": "x", "document": {"schemaVersion": 2, "nodes": {"conv_1": NODE}, "edges": {}, "meta": META}},
        space={"conv_1.kernel_size": {"choices": [3]}},
    )

    def emit(_document: Any) -> Any:
        raise CodeError("The image gets too small.")

    searching = Searching(Trainings(), emit, look_every_s=0.01)  # type: ignore[arg-type]
    searching.conduct(folder)
    eventually(lambda: folder.state == "failed")
    searching.close()
    error = folder.error()
    assert error is not None
    assert "The image gets too small." in error["message"]


META = {"id": "g0f3c", "name": "Net"}
NODE = {"kind": "conv2d", "params": {}, "x": 0, "y": 0, "note": ""}
