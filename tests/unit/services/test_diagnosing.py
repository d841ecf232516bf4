from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from unit.widgets.run_fakes import NOW, make_job

from patholearn_lab.errors import DatasetNotFoundError
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import encode
from patholearn_lab.jobs.models import JobError
from patholearn_lab.jobs.reading import read_epoch_points
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.diagnosing import Diagnosing, failure_of
from patholearn_lab.training.record import DataUsed, write_record
from patholearn_lab.training.spec import FitSettings, TrainingSpec

SPLITS = {"train": {"benign": 900, "malignant": 100}, "valid": {"benign": 500, "malignant": 500}}


def folder_of_a_run(paths: DataPaths, *, record: bool = True) -> RunFolder:
    folder = RunFolder.create(paths.run("run-1"), paths.scratch, {"created_at": NOW.isoformat()})
    lines = []
    for epoch in range(6):
        for name, value in (("train_loss", math.exp(-epoch)), ("valid_accuracy", 0.9), ("train_loss_step", None)):
            lines.append({"seq": len(lines) + 1, "name": name, "value": value, "step": 9, "epoch": epoch})
    folder.metrics.write_bytes(b"".join(encode({**line, "time": NOW.isoformat()}) for line in lines))
    if record:
        settings = FitSettings(dataset="tissue", epochs=6, batch_size=8, learning_rate=None, seed=0)
        used = DataUsed(id="tissue", version=1, content_hash="0", splits={})
        write_record(folder.path, TrainingSpec(code="model = 1"), settings, used)
    return folder


def diagnosing(paths: DataPaths, folder: RunFolder, *, is_there: bool = True) -> Diagnosing:
    def find(id: str, version: int) -> Any:
        if not is_there:
            raise DatasetNotFoundError(f"There is no data set {id!r}.")
        return SimpleNamespace(task="classification", splits=SPLITS)

    jobs = SimpleNamespace(find=lambda id: make_job(id, "done"), epoch_points=lambda _id: read_epoch_points(folder))
    return Diagnosing(paths, jobs, SimpleNamespace(find=find))  # type: ignore[arg-type]


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    paths.ensure()
    return paths


def test_the_data_of_a_run_is_judged_with_its_curves(paths: DataPaths) -> None:
    folder = folder_of_a_run(paths)
    found = diagnosing(paths, folder).diagnosis("run-1")
    assert found.epochs == 6
    assert [finding.code for finding in found.findings] == ["class_imbalance"]


def test_of_a_run_whose_data_is_gone_the_curves_alone_are_judged(paths: DataPaths) -> None:
    folder = folder_of_a_run(paths)
    assert diagnosing(paths, folder, is_there=False).diagnosis("run-1").findings == ()


def test_a_run_that_ended_before_it_had_its_data_can_be_judged(paths: DataPaths) -> None:
    folder = folder_of_a_run(paths, record=False)
    assert diagnosing(paths, folder).diagnosis("run-1").findings == ()


def test_points_of_single_steps_are_not_read(paths: DataPaths) -> None:
    points = list(read_epoch_points(folder_of_a_run(paths)))
    assert {point.name for point in points} == {"train_loss", "valid_accuracy"}
    assert len(points) == 12


def test_a_failure_is_told_in_its_own_words_with_the_settings_that_mend_it() -> None:
    error = JobError(
        error="code", message="It is full.", hint="A batch of 4 fits.", details={"changes": {"batch_size": 4}}
    )
    failure = failure_of(error)
    assert failure.sentence == "It is full."
    assert failure.remedies[0].changes == {"batch_size": 4}
