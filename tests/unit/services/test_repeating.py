"""A run is trained again only where that can give the same figures; else the refusal says what is another now."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from patholearn_lab.errors import ConflictError
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
             "transitions": (), "labels": {"graph": "g"}}
        )  # fmt: skip

    def find(self, job_id: str) -> Job:
        assert job_id == RUN
        return self._job

    def payload(self, job_id: str) -> dict[str, Any]:
        return {"code": "x = 1", "dataset": None, "seed": 3}

    def submit(self, kind: str, payload: dict[str, Any], **asked: Any) -> Job:
        self.asked.append((payload, asked["labels"]))
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
