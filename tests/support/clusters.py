"""What every cluster backend promises: a class of tests that each implementation inherits."""

from __future__ import annotations

import os
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import pytest

from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.status import ClusterStatus
from patholearn_lab.errors import ConflictError, InvalidInputError, UnavailableError
from patholearn_lab.testing.waiting import eventually

START_S = 60


def wait_for(file: str) -> None:
    eventually(lambda: Path(file).exists(), START_S)


def append(file: str, text: str) -> None:
    with Path(file).open("a") as target:
        target.write(text)


def raise_error(text: str) -> None:
    raise ValueError(text)


class Outcome:
    """Collects what a done callback is told."""

    def __init__(self) -> None:
        self.told: list[BaseException | None] = []
        self._event = threading.Event()

    def __call__(self, error: BaseException | None) -> None:
        self.told.append(error)
        self._event.set()

    def wait(self) -> BaseException | None:
        assert self._event.wait(START_S), "the task did not end"
        return self.told[0]


class ClusterBackendContract:
    """Tests of one backend with one task at a time."""

    @pytest.fixture
    def backend(self) -> ClusterBackend:
        raise NotImplementedError

    def test_a_task_runs_and_its_end_is_told_once(self, backend: ClusterBackend, tmp_path: Path) -> None:
        outcome = Outcome()
        task = backend.submit(append, str(tmp_path / "out"), "done", key="a")
        task.add_done_callback(outcome)
        assert outcome.wait() is None
        assert (tmp_path / "out").read_text() == "done"
        assert task.key == "a"
        late = Outcome()
        task.add_done_callback(late)
        assert late.wait() is None
        assert outcome.told == [None]

    def test_an_error_is_told_as_it_was_raised(self, backend: ClusterBackend) -> None:
        outcome = Outcome()
        backend.submit(raise_error, "no such luck", key="a").add_done_callback(outcome)
        error = outcome.wait()
        assert isinstance(error, ValueError)
        assert str(error) == "no such luck"

    def test_tasks_run_one_after_the_other_in_the_order_in_which_they_came(
        self, backend: ClusterBackend, tmp_path: Path
    ) -> None:
        outcomes = [Outcome() for _ in range(8)]
        for number, outcome in enumerate(outcomes):
            backend.submit(append, str(tmp_path / "out"), str(number), key=f"t{number}").add_done_callback(outcome)
        assert [outcome.wait() for outcome in outcomes] == [None] * 8
        assert (tmp_path / "out").read_text() == "01234567"

    def test_a_task_that_waits_can_be_withdrawn_and_never_runs(self, backend: ClusterBackend, tmp_path: Path) -> None:
        first, second, third = Outcome(), Outcome(), Outcome()
        backend.submit(wait_for, str(tmp_path / "go"), key="a").add_done_callback(first)
        waiting = backend.submit(append, str(tmp_path / "out"), "b", key="b")
        waiting.add_done_callback(second)
        waiting.withdraw()
        assert isinstance(second.wait(), CancelledError)
        backend.submit(append, str(tmp_path / "out"), "c", key="c").add_done_callback(third)
        (tmp_path / "go").touch()
        assert first.wait() is third.wait() is None
        assert (tmp_path / "out").read_text() == "c"

    def test_closing_tells_the_tasks_that_wait_and_takes_no_more(self, backend: ClusterBackend, tmp_path: Path) -> None:
        backend.submit(wait_for, str(tmp_path / "go"), key="a")
        outcome = Outcome()
        backend.submit(append, str(tmp_path / "out"), "b", key="b").add_done_callback(outcome)
        backend.close()
        backend.close()
        (tmp_path / "go").touch()
        assert isinstance(outcome.wait(), CancelledError)
        assert backend.info().state == "closed"
        with pytest.raises(UnavailableError, match="closed"):
            backend.submit(append, str(tmp_path / "out"), "c", key="c")
        assert not (tmp_path / "out").exists()

    def test_it_says_how_many_threads_a_job_should_use(self, backend: ClusterBackend) -> None:
        info = backend.info()
        assert info.jobs_at_once == 1
        assert info.threads_per_job == os.cpu_count()

    def test_it_shows_its_worker_and_the_job_on_it(self, backend: ClusterBackend, tmp_path: Path) -> None:
        outcome = Outcome()
        backend.submit(wait_for, str(tmp_path / "go"), key="run-7-1").add_done_callback(outcome)
        status = eventually(
            lambda: (now := backend.status()).workers and now.workers[0].jobs and now, START_S, what="the job's worker"
        )
        assert isinstance(status, ClusterStatus)
        (worker,) = status.workers
        assert worker.jobs == ("run-7",)
        assert 0 < worker.memory_used_mb < worker.memory_total_mb
        assert 0 < worker.disk_free_mb <= worker.disk_total_mb
        assert worker.cores == os.cpu_count()
        with pytest.raises(ConflictError, match="has 1 job and is not closed"):
            backend.stop()
        with pytest.raises(InvalidInputError, match="1 to 256 workers, not 0"):
            backend.scale(0)
        (tmp_path / "go").touch()
        assert outcome.wait() is None
        eventually(lambda: not any(each.jobs for each in backend.status().workers), 5)
