from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.curve_reader import CurveReader
from patholearn_lab.jobs.folder import RunFolder


def write(folder: RunFolder, *points: tuple[str, float, int, int | None]) -> None:
    """Write points as a job writes them."""
    context = JobContext(folder, lambda _line: None)
    for name, value, step, epoch in points:
        context.metric(name, value, step=step, epoch=epoch)
    context.close()


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    path = tmp_path / "runs" / "run-1"
    path.mkdir(parents=True)
    return RunFolder(path)


def test_every_curve_has_its_points_in_order(folder: RunFolder) -> None:
    write(folder, ("train_loss", 0.9, 10, 0), ("train_loss_step", 0.95, 5, None), ("train_loss", 0.5, 20, 1))
    page = CurveReader().read(folder, 100)
    assert list(page.curves) == ["train_loss", "train_loss_step"]
    loss = page.curves["train_loss"]
    assert (loss.steps, loss.epochs, loss.values, loss.total) == ([10, 20], [0, 1], [0.9, 0.5], 2)
    assert loss.times == sorted(loss.times)
    assert page.curves["train_loss_step"].epochs == [None]
    assert page.next == 3


def test_a_long_curve_keeps_its_smallest_and_its_largest_value(folder: RunFolder) -> None:
    values = [random.Random(1).random() for _ in range(5000)]
    values[1234], values[4321] = -7.0, 7.0
    write(folder, *(("loss_step", value, step, 0) for step, value in enumerate(values)))
    curve = CurveReader().read(folder, 50).curves["loss_step"]
    assert curve.total == 5000
    assert len(curve.values) <= 50
    assert (min(curve.values), max(curve.values)) == (-7.0, 7.0)
    assert (curve.steps[0], curve.steps[-1]) == (0, 4999)
    assert curve.values == [values[step] for step in curve.steps]


def test_only_what_was_appended_is_read_again(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = CurveReader()
    write(folder, ("train_loss", 0.9, 10, 0))
    reader.read(folder, 100)
    taken: list[bytes] = []
    run: Any = reader._runs[folder.id]
    take = run._take
    monkeypatch.setattr(run, "_take", lambda content: (taken.append(content), take(content)))
    write(folder, ("train_loss", 0.5, 20, 1))
    assert reader.read(folder, 100).curves["train_loss"].values == [0.9, 0.5]
    assert b"".join(taken).count(b"\n") == 1


def test_a_line_that_is_being_written_waits(folder: RunFolder) -> None:
    write(folder, ("train_loss", 0.9, 10, 0))
    whole = folder.metrics.read_bytes()
    reader = CurveReader()
    folder.metrics.write_bytes(whole + whole[:20])
    assert len(reader.read(folder, 100).curves["train_loss"].values) == 1
    folder.metrics.write_bytes(whole + whole)
    assert len(reader.read(folder, 100).curves["train_loss"].values) == 2


def test_the_best_of_a_loss_is_the_smallest_and_of_an_accuracy_the_largest(folder: RunFolder) -> None:
    for epoch, (loss, accuracy) in enumerate([(0.9, 0.5), (0.3, 0.8), (0.4, 0.7)]):
        write(folder, ("valid_loss", loss, epoch, epoch), ("valid_accuracy", accuracy, epoch, epoch))
    accuracy, loss = CurveReader().read(folder, 100).figures
    assert (accuracy.best, accuracy.best_epoch, accuracy.last, accuracy.last_epoch) == (0.8, 2, 0.7, 3)
    assert (loss.best, loss.best_epoch) == (0.3, 2)


def test_a_value_that_is_no_number_is_left_out(folder: RunFolder) -> None:
    write(folder, ("loss", float("nan"), 1, 0), ("loss", 1e-30, 2, 1))
    page = CurveReader().read(folder, 100)
    assert page.curves["loss"].values == [1e-30]
    assert page.next == 2


@pytest.mark.parametrize("name", ["../../etc", 'say "x"', "späte Größe", "a\\b", "x/y:z"])
def test_a_metric_may_be_named_as_it_likes(folder: RunFolder, name: str) -> None:
    write(folder, (name, 0.5, 1, 0))
    assert list(CurveReader().read(folder, 100).curves) == [name]


def test_a_run_without_points_has_no_curves(folder: RunFolder) -> None:
    page = CurveReader().read(folder, 100)
    assert (page.curves, page.next) == ({}, 0)


def test_a_damaged_line_takes_no_other_with_it(folder: RunFolder) -> None:
    write(folder, *(("loss", value, step, 0) for step, value in enumerate([0.9, 0.5, 0.4])))
    first, second, third = folder.metrics.read_bytes().splitlines(keepends=True)
    folder.metrics.write_bytes(first + second.replace(b'"value"', b"\0\0\0") + third)
    assert CurveReader().read(folder, 100).curves["loss"].values == [0.9, 0.4]
