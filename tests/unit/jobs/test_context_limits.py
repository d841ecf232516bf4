"""What a job may write of metrics, and what happens when the disk is full."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from patholearn_lab.jobs import context as module
from patholearn_lab.jobs.child import _told
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.reading import read_metrics


def test_more_metrics_than_anybody_looks_at_are_left_out_and_that_is_told_once(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "METRIC_LIMIT", 3)
    lines: list[str] = []
    context = JobContext(folder, lines.append)
    for number in range(6):
        context.metric(f"m{number}", 1.0, step=number)
    context.metric("m0", 2.0, step=9)
    context.close()
    assert [point.name for point in read_metrics(folder, 0).points] == ["m0", "m1", "m2", "m0"]
    assert lines == ["A job keeps at most 3 different metrics. 'm3' and what comes after it is left out."]


def test_points_beyond_the_limit_are_left_out(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POINT_LIMIT", 2)
    lines: list[str] = []
    context = JobContext(folder, lines.append)
    for number in range(5):
        context.metric("loss", number, step=number)
    context.close()
    assert [point.value for point in read_metrics(folder, 0).points] == [0, 1]
    assert lines == ["A job keeps at most 2 points. 'loss' and what comes after it is left out."]


def test_a_very_long_name_is_cut(folder: RunFolder, sink: Callable[[str], None]) -> None:
    context = JobContext(folder, sink)
    context.metric("x" * 5000, 1.0, step=0)
    context.close()
    assert [len(point.name) for point in read_metrics(folder, 0).points] == [200]


@pytest.fixture
def sink() -> Callable[[str], None]:
    return [].append


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_on_a_full_disk_the_job_goes_on_and_its_end_says_so(folder: RunFolder) -> None:
    folder.metrics.symlink_to("/dev/full")
    lines: list[str] = []
    context = JobContext(folder, lines.append)
    for number in range(3):
        context.metric("loss", number, step=number)
    with pytest.raises(OSError, match="No space left on device") as caught:
        context.close()
    assert lines == ["Metrics and progress cannot be written just now: No space left on device."]
    told = _told(caught.value)
    assert told["message"] == "The disk is full."
    assert "Delete runs, models or data sets" in told["hint"]
    assert caught.value.errno == errno.ENOSPC
