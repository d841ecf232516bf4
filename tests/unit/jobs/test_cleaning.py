from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patholearn_lab.jobs.cleaning import forget_old_logs
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.output import OutputLog
from patholearn_lab.jobs.searching import search_log
from patholearn_lab.jobs.states import JobState
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.housekeeping import Housekeeping
from patholearn_lab.testing.waiting import eventually


def run_of(paths: DataPaths, name: str, *states: JobState) -> RunFolder:
    spec = {"created_at": datetime.now(UTC).isoformat()}
    folder = RunFolder.create(paths.run(name), paths.scratch, spec)
    log = OutputLog(folder)
    log.feed("stdout", b"one\ntwo\n")
    log.close()
    for state in states:
        assert folder.move_to(state)
    return folder


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    paths.ensure()
    return paths


def test_the_log_of_a_run_that_ended_long_ago_is_thrown_away_and_says_so(paths: DataPaths) -> None:
    old = run_of(paths, "old", "preparing", "running", "done")
    old.metrics.write_bytes(b"kept")
    live = run_of(paths, "live", "preparing", "running")
    later = datetime.now(UTC) + timedelta(days=31)
    assert forget_old_logs(paths, 30, now=later) == ["old"]
    (line,) = search_log(old.log, 0, 10).lines
    assert (line.seq, line.text[:38]) == (3, "(The log was thrown away 30 days after")
    assert not old.stdout.exists()
    assert old.metrics.read_bytes() == b"kept"
    assert len(search_log(live.log, 0, 10).lines) == 2
    assert forget_old_logs(paths, 30, now=later) == []


def test_the_log_of_a_run_that_ended_yesterday_stays(paths: DataPaths) -> None:
    run_of(paths, "young", "preparing", "running", "done")
    assert forget_old_logs(paths, 30, now=datetime.now(UTC) + timedelta(days=29)) == []


def test_a_running_server_throws_old_logs_away(paths: DataPaths) -> None:
    folder = run_of(paths, "old", "preparing", "running", "done")
    housekeeping = Housekeeping(paths, 0, first_after_s=0.0)
    housekeeping.start()
    eventually(lambda: len(search_log(folder.log, 0, 10).lines) == 1)
    housekeeping.close()
