"""What every cluster backend promises; each implementation inherits the class."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import psutil
import pytest

from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.local import LocalBackend
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.errors import UnavailableError
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


class TestThreads(ClusterBackendContract):
    @pytest.fixture
    def backend(self) -> Iterator[ClusterBackend]:
        backend = ThreadBackend(1)
        yield backend
        backend.close()


class TestLocalDask(ClusterBackendContract):
    @pytest.fixture
    def backend(self) -> Iterator[ClusterBackend]:
        backend = LocalBackend(1)
        yield backend
        backend.close()
        assert [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())] == []


def worker_environment(file: str) -> None:
    append(file, "\n".join(f"{name}={value}" for name, value in os.environ.items()))


def test_dask_starts_with_the_first_task_and_listens_on_this_machine_only(tmp_path: Path) -> None:
    backend = LocalBackend(1)
    try:
        assert backend.info().state == "idle"
        before = set(os.environ) - {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"}
        outcome = Outcome()
        backend.submit(worker_environment, str(tmp_path / "env"), key="a").add_done_callback(outcome)
        assert backend.info().state in ("idle", "starting")
        assert outcome.wait() is None
        info = backend.info()
        assert info.state == "running"
        assert info.address is not None
        assert info.address.startswith("tcp://127.0.0.1:")
        assert info.dashboard is None
        family = [psutil.Process(), *psutil.Process().children(recursive=True)]
        listening = [c.laddr for process in family for c in process.net_connections("inet") if c.status == "LISTEN"]
        assert listening
        assert {address.ip for address in listening} == {"127.0.0.1"}
        assert 8787 not in {address.port for address in listening}
        environment = dict(line.partition("=")[::2] for line in (tmp_path / "env").read_text().splitlines())
        assert environment["MALLOC_TRIM_THRESHOLD_"] == "536870912"
        assert environment["MALLOC_MMAP_THRESHOLD_"] == "33554432"
        assert environment.get("OMP_NUM_THREADS") == os.environ.get("OMP_NUM_THREADS")
        assert set(os.environ) - {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"} == before
    finally:
        backend.close()


def test_a_cluster_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import distributed

    def refuse(**settings: object) -> None:
        raise OSError("no free port")

    monkeypatch.setattr(distributed, "LocalCluster", refuse)
    backend = LocalBackend(1)
    outcome = Outcome()
    backend.submit(append, str(tmp_path / "out"), "a", key="a").add_done_callback(outcome)
    error = outcome.wait()
    backend_info = backend.info()
    backend.close()
    assert isinstance(error, UnavailableError)
    assert "OSError: no free port" in error.message
    assert (backend_info.state, backend_info.error) == ("failed", "OSError: no free port")
