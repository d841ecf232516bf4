from __future__ import annotations

from collections.abc import Iterator

import pytest

from patholearn_lab.jobs.context import Eta, JobContext
from patholearn_lab.jobs.folder import RunFolder, StopRequest
from patholearn_lab.jobs.jsonl import read_lines
from patholearn_lab.testing.waiting import eventually


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def context(folder: RunFolder, lines: list[str]) -> Iterator[JobContext]:
    context = JobContext(folder, lines.append)
    yield context
    context.close()


def test_metrics_are_numbered_and_are_on_disk_soon(context: JobContext, folder: RunFolder) -> None:
    context.metric("loss", 0.5, step=1, epoch=0)
    context.metric("loss", float("inf"), step=2)
    points = eventually(lambda: read_lines(folder.metrics), 2)
    assert [{**point, "time": None} for point in points] == [
        {"seq": 1, "name": "loss", "value": 0.5, "step": 1, "epoch": 0, "time": None},
        {"seq": 2, "name": "loss", "value": None, "step": 2, "epoch": None, "time": None},
    ]


def test_what_was_not_written_yet_is_written_on_closing(folder: RunFolder) -> None:
    context = JobContext(folder, print)
    context.metric("loss", 1.0, step=1)
    context.report(3, 4, "training")
    context.close()
    assert [point["value"] for point in read_lines(folder.metrics)] == [1.0]
    progress = folder.progress()
    assert progress is not None
    assert (progress["done"], progress["total"], progress["stage"]) == (3, 4, "training")


def test_numbers_go_on_where_an_earlier_process_stopped(folder: RunFolder) -> None:
    for _ in range(2):
        context = JobContext(folder, print)
        context.metric("loss", 1.0, step=1)
        context.close()
    assert [point["seq"] for point in read_lines(folder.metrics)] == [1, 2]


def test_a_wish_to_stop_is_seen_soon_and_stays(context: JobContext, folder: RunFolder) -> None:
    assert not context.cancelled
    folder.ask_to_stop(StopRequest("enough"))
    assert eventually(lambda: context.cancelled, 2)
    (folder.path / "cancel").unlink()
    assert context.cancelled


def test_lines_and_folders_are_handed_on(context: JobContext, folder: RunFolder, lines: list[str]) -> None:
    context.log("hello")
    assert lines == ["hello"]
    assert context.folder == folder.path
    assert context.data_root == folder.path.parent.parent


def test_the_time_left_is_told_from_the_pace_of_the_stage() -> None:
    now = [100.0]
    eta = Eta(lambda: now[0])
    assert eta.estimate(0, 10, "training") is None
    now[0] += 4
    assert eta.estimate(2, 10, "training") == 16.0
    assert eta.estimate(2, None, "training") is None
    assert eta.estimate(0, 5, "testing") is None
    now[0] += 1
    assert eta.estimate(1, 5, "testing") == 4.0
    assert eta.estimate(7, 5, "testing") == 0.0
