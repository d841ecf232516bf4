"""A run is trained again only where that can give the same figures; else the refusal says what is another now."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from patholearn_lab.errors import ConflictError, JobSpecError
from patholearn_lab.jobs.models import Job
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.repeating import Repeating
from patholearn_lab.training.record import DataUsed, TrainingRecord, versions
from patholearn_lab.training.spec import FitSettings

RUN = "20260101-000000-00000001"


class Queue:
    """One job of the past, and what was asked for since."""

    def __init__(self, state: str) -> None:
        self.asked: list[tuple[dict[str, Any], dict[str, str]]] = []
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self._job = Job.model_validate(
            {"id": RUN, "kind": "training", "name": "Net", "owner": "ada", "state": state, "created_at": now,
             "transitions": (), "labels": {"graph": "g"}, "resources": {"workers": 2, "threads": 1}}
        )  # fmt: skip

    def find(self, job_id: str) -> Job:
        assert job_id == RUN
        return self._job

    def payload(self, job_id: str) -> dict[str, Any]:
        return {"code": "x = 1", "dataset": None, "seed": 3}

    def submit(self, kind: str, payload: dict[str, Any], **asked: Any) -> Job:
        self.asked.append((payload, asked["labels"]))
        self.resources = asked["resources"]
        return self._job


def repeating(
    paths: DataPaths, state: str = "done", now: str = "abc", environment: dict[str, Any] | None = None
) -> tuple[Repeating, Queue]:
    record = TrainingRecord(
        settings=FitSettings(dataset="tissue", epochs=2, batch_size=8, learning_rate=None, seed=3),
        code_hash="c0de",
        dataset=DataUsed(id="tissue", version=2, content_hash="abc", splits={"train": 6, "valid": 1, "test": 1}),
        environment=environment or versions(),
    )
    paths.run(RUN).mkdir(parents=True)
    (paths.run(RUN) / "training.json").write_text(record.model_dump_json())
    queue = Queue(state)
    datasets: Any = SimpleNamespace(find=lambda id, version: SimpleNamespace(content_hash=now))
    return Repeating(paths, queue, datasets), queue  # type: ignore[arg-type]


def test_a_run_is_asked_for_as_it_was_on_the_version_of_its_data(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths)
    service.reproduce(RUN, "bea")
    [(payload, labels)] = queue.asked
    assert payload == {"code": "x = 1", "seed": 3, "dataset": "tissue", "dataset_version": 2}
    assert labels == {"graph": "g", "reproduces": RUN}


def test_data_with_another_hash_is_refused_also_when_it_is_wished_for_anyway(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths, now="def")
    with pytest.raises(ConflictError, match="was abc and is def") as caught:
        service.reproduce(RUN, "bea", anyway=True)
    assert caught.value.details["dataset"] == "tissue"
    assert queue.asked == []


def test_other_versions_are_named_and_refused_unless_wished_for(data_paths: DataPaths) -> None:
    before = versions()
    before["packages"]["torch"] = "1.0"
    service, queue = repeating(data_paths, environment=before)
    with pytest.raises(ConflictError, match=r"torch was 1\.0 and is"):
        service.reproduce(RUN, "bea")
    assert queue.asked == []
    service.reproduce(RUN, "bea", anyway=True)
    assert len(queue.asked) == 1


@pytest.mark.parametrize("state", ["running", "failed", "cancelled", "lost"])
def test_a_run_without_figures_cannot_be_reproduced(data_paths: DataPaths, state: str) -> None:
    service, _ = repeating(data_paths, state=state)
    with pytest.raises(ConflictError, match=f"is {state}"):
        service.reproduce(RUN, "bea")


@pytest.mark.parametrize("content", [None, json.dumps({"settings": {}, "dataset_hash": "abc"})])
def test_a_run_that_kept_no_record_says_so(data_paths: DataPaths, content: str | None) -> None:
    service, _ = repeating(data_paths)
    file: Path = data_paths.run(RUN) / "training.json"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with pytest.raises(ConflictError, match="no record"):
        service.record(RUN)


def with_checkpoints(paths: DataPaths, *names: str) -> None:
    folder = paths.run(RUN) / "checkpoints"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.ckpt").touch()


@pytest.mark.parametrize("state", ["failed", "lost", "done", "running"])
def test_a_run_is_queued_again_with_other_settings(data_paths: DataPaths, state: str) -> None:
    service, queue = repeating(data_paths, state=state)
    service.copy(RUN, "bea", {"epochs": 20})
    assert queue.asked == [
        ({"code": "x = 1", "dataset": None, "seed": 3, "epochs": 20}, {"graph": "g", "copy_of": RUN})
    ]


def test_going_on_names_the_checkpoint_and_stays_on_the_version_of_its_data(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths)
    with_checkpoints(data_paths, "best", "last")
    service.copy(RUN, "bea", {"epochs": 4}, "last")
    [(payload, _)] = queue.asked
    assert payload["start_from"] == {"run": RUN, "checkpoint": "last"}
    assert (payload["dataset"], payload["dataset_version"], payload["epochs"]) == ("tissue", 2, 4)


def test_only_the_best_weights_go_to_other_data(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths)
    with_checkpoints(data_paths, "best", "last")
    with pytest.raises(JobSpecError, match="own data set, 'tissue', not with 'digits'"):
        service.copy(RUN, "bea", {"dataset": "digits"}, "last")
    service.copy(RUN, "bea", {"dataset": "digits"}, "best")
    [(payload, labels)] = queue.asked
    assert (payload["dataset"], payload["dataset_version"], labels["dataset"]) == ("digits", None, "digits")


def test_a_wrong_setting_and_a_path_as_a_run_are_refused_before_anything_is_queued(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths)
    with pytest.raises(JobSpecError, match="no setting 'epoch'"):
        service.copy(RUN, "bea", {"epoch": 3})
    with pytest.raises(JobSpecError, match=r"start_from\.run"):
        service.copy(RUN, "bea", {"start_from": {"run": "x/../../secrets"}})
    assert queue.asked == []


@pytest.mark.parametrize(("state", "words"), [("running", "is running"), ("failed", "no last checkpoint")])
def test_a_run_without_that_checkpoint_or_one_that_writes_it_still_cannot_go_on(
    data_paths: DataPaths, state: str, words: str
) -> None:
    service, queue = repeating(data_paths, state=state)
    with_checkpoints(data_paths, "best")
    with pytest.raises(ConflictError, match=words):
        service.copy(RUN, "bea", {"epochs": 4}, "last")
    assert queue.asked == []


def test_what_the_run_needed_of_the_cluster_is_needed_again_unless_it_is_changed(data_paths: DataPaths) -> None:
    service, queue = repeating(data_paths)
    service.reproduce(RUN, "bea")
    assert (queue.resources.workers, queue.resources.threads) == (2, 1)
    service.copy(RUN, "bea", {"resources": {"workers": 3}})
    assert (queue.resources.workers, queue.resources.threads) == (3, 1)
    assert "resources" not in queue.asked[-1][0]
    with pytest.raises(JobSpecError, match="workers"):
        service.copy(RUN, "bea", {"resources": {"workers": 0}})
