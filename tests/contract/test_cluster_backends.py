"""What every cluster backend promises; each implementation inherits the class."""

from __future__ import annotations

import logging
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.clusters import START_S, ClusterBackendContract, Outcome, append, wait_for

from patholearn_lab.cluster.address import AddressLauncher, Certificates
from patholearn_lab.cluster.backend import ClusterBackend
from patholearn_lab.cluster.cuda import CudaLauncher
from patholearn_lab.cluster.dask_backend import DaskBackend
from patholearn_lab.cluster.gateway import GatewayLauncher
from patholearn_lab.cluster.gpus import Gpu
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.cluster.named import ConfiguredLauncher, NamedCluster, configured
from patholearn_lab.cluster.resources import Resources
from patholearn_lab.cluster.status import GpuStatus
from patholearn_lab.cluster.threads import ThreadBackend
from patholearn_lab.errors import ConflictError, UnavailableError
from patholearn_lab.testing.waiting import eventually


class TestThreads(ClusterBackendContract):
    @pytest.fixture
    def backend(self) -> Iterator[ClusterBackend]:
        backend = ThreadBackend(1)
        yield backend
        backend.close()


class TestLocalDask(ClusterBackendContract):
    @pytest.fixture
    def backend(self) -> Iterator[ClusterBackend]:
        backend = local_backend(1)
        yield backend
        backend.close()
        assert [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())] == []


class ServedCluster:
    """A cluster with one worker that somebody else runs, in this process, so that it is quick."""

    def __init__(self, **settings: Any) -> None:
        import distributed

        self.cluster = distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=os.cpu_count(),
            processes=False,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            **settings,
        )

    @property
    def address(self) -> str:
        return str(self.cluster.scheduler_address)


@pytest.fixture(scope="module")
def own_cluster() -> Iterator[ServedCluster]:
    """A scheduler that speaks TLS, with certificates made for this test."""
    import distributed

    security = distributed.Security.temporary()
    served = ServedCluster(host="tls://127.0.0.1", security=security)
    yield served
    served.cluster.close()


def certificates(served: ServedCluster) -> Certificates:
    security = served.cluster.security
    return Certificates(security.tls_ca_file, security.tls_client_cert, security.tls_client_key)


class TestSchedulerWithTls(ClusterBackendContract):
    @pytest.fixture
    def backend(self, own_cluster: ServedCluster, tmp_path: Path) -> Iterator[ClusterBackend]:
        assert own_cluster.address.startswith("tls://")
        backend = DaskBackend(AddressLauncher(own_cluster.address, certificates(own_cluster)), tmp_path)
        yield backend
        backend.close()


class FakeGateway:
    """The gateway's end of the conversation: it gives a cluster that scales and makes clients of itself."""

    def __init__(self, address: str | None) -> None:
        assert address == "http://gateway"

    def new_cluster(self, shutdown_on_close: bool, **options: Any) -> Any:
        assert shutdown_on_close
        assert options == {"worker_cores": 2}
        return GatewayCluster()


class GatewayCluster:
    def __init__(self) -> None:
        self._served = ServedCluster()

    def scale(self, workers: int) -> None:
        self._served.cluster.scale(workers)

    def get_client(self, set_as_default: bool) -> Any:
        import distributed

        return distributed.Client(self._served.cluster, set_as_default=set_as_default)

    def close(self) -> None:
        self._served.cluster.close()


class TestGateway(ClusterBackendContract):
    @pytest.fixture
    def backend(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterBackend]:
        monkeypatch.setattr("dask_gateway.Gateway", FakeGateway)
        backend = DaskBackend(GatewayLauncher("http://gateway", 1, {"worker_cores": 2}))
        yield backend
        backend.close()


class TestConfigured(ClusterBackendContract):
    @pytest.fixture
    def backend(self) -> Iterator[ClusterBackend]:
        import dask

        kwargs = {
            "processes": False,
            "n_workers": 0,
            "threads_per_worker": os.cpu_count(),
            "dashboard_address": "127.0.0.1:0",
            "silence_logs": logging.CRITICAL,
        }
        with dask.config.set({"patholearn.cluster": {"factory": "distributed.LocalCluster", "kwargs": kwargs}}):
            backend = DaskBackend(ConfiguredLauncher())
            yield backend
            backend.close()


def refusal(backend: ClusterBackend) -> UnavailableError:
    """Why a cluster could not take a task."""
    outcome = Outcome()
    backend.submit(append, "/nowhere", "a", key="a").add_done_callback(outcome)
    error = outcome.wait()
    backend.close()
    assert isinstance(error, UnavailableError)
    return error


def test_a_scheduler_that_does_not_answer_is_named() -> None:
    error = refusal(DaskBackend(AddressLauncher("tcp://127.0.0.1:9", timeout_s=0.5)))
    assert "The Dask scheduler tcp://127.0.0.1:9 cannot be reached" in error.message


def test_a_scheduler_with_tls_takes_nobody_without_its_certificates(own_cluster: ServedCluster) -> None:
    error = refusal(DaskBackend(AddressLauncher(own_cluster.address)))
    assert "wants TLS, and no certificates are configured" in error.message
    import distributed

    other = distributed.Security.temporary()
    strange = Certificates(other.tls_ca_file, other.tls_client_cert, other.tls_client_key)
    error = refusal(DaskBackend(AddressLauncher(own_cluster.address, strange, timeout_s=2)))
    assert "cannot be reached" in error.message


def test_workers_with_other_versions_are_refused(own_cluster: ServedCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patholearn_lab.cluster.dask_backend.read_versions", OtherVersions())
    error = refusal(DaskBackend(AddressLauncher(own_cluster.address, certificates(own_cluster))))
    assert "have other versions: " in error.message
    assert " has torch 1.0 instead of 2.0" in error.message


class OtherVersions:
    """Another answer on the worker than here."""

    def __call__(self) -> dict[str, str]:
        return {"torch": "2.0"}

    def __reduce__(self) -> tuple[Any, tuple[()]]:
        return (WorkerVersions, ())


class WorkerVersions(OtherVersions):
    def __call__(self) -> dict[str, str]:
        return {"torch": "1.0"}


def test_workers_that_do_not_see_the_data_folder_are_refused(
    own_cluster: ServedCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os.path, "exists", blind)
    error = refusal(DaskBackend(AddressLauncher(own_cluster.address, certificates(own_cluster)), tmp_path))
    assert f"do not see the data folder {tmp_path}" in error.message
    assert list(tmp_path.iterdir()) == []


def blind(path: str) -> bool:
    return False


def test_a_gateway_that_does_not_answer_is_named() -> None:
    error = refusal(DaskBackend(GatewayLauncher("http://127.0.0.1:9")))
    assert "The Dask Gateway http://127.0.0.1:9 gave no cluster" in error.message


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({}, "Dask's configuration names no cluster."),
        ({"factory": "no_such_module.Cluster"}, "no_such_module.Cluster could not be started: ModuleNotFoundError"),
        ({"factory": "distributed.NoSuchCluster"}, "could not be started: AttributeError"),
    ],
)
def test_a_configured_cluster_that_cannot_start_says_why(configuration: dict[str, Any], words: str) -> None:
    import dask

    with dask.config.set({"patholearn.cluster": configuration}):
        assert words in refusal(DaskBackend(ConfiguredLauncher())).message


def test_what_the_dask_extension_is_configured_with_is_taken_where_nothing_else_is() -> None:
    import dask

    factory = {"module": "dask_jobqueue", "class": "SLURMCluster", "kwargs": {"cores": 8}}
    with dask.config.set({"labextension.factory": factory, "labextension.default.workers": 3}):
        assert configured() == NamedCluster("dask_jobqueue.SLURMCluster", 3, {"cores": 8})


def test_gpus_are_asked_for_before_their_library_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patholearn_lab.cluster.cuda.read_gpus", tuple)
    error = refusal(DaskBackend(CudaLauncher()))
    assert error.message == "No GPU was found on this machine."
    assert "--PathoLearnApp.cluster=local" in error.hint


class TestCuda(ClusterBackendContract):
    """The one worker of a machine with one GPU, both of which are played: see tests/gpu for real ones."""

    @pytest.fixture
    def backend(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClusterBackend]:
        import distributed

        gpu = Gpu(0, "NVIDIA T4", 16_000, 12_000, 30)
        monkeypatch.setattr("patholearn_lab.cluster.cuda.read_gpus", lambda: (gpu,))
        monkeypatch.setattr("patholearn_lab.cluster.workers.read_gpus", lambda: (gpu,))

        def local_cuda_cluster(**settings: Any) -> Any:
            settings.pop("device_memory_limit")
            return distributed.LocalCluster(processes=False, protocol="tcp", **settings)

        fake = types.ModuleType("dask_cuda")
        fake.LocalCUDACluster = local_cuda_cluster  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "dask_cuda", fake)
        backend = DaskBackend(CudaLauncher())
        yield backend
        backend.close()

    def test_it_says_how_many_threads_a_job_should_use(self, backend: ClusterBackend) -> None:
        assert (backend.info().gpus, backend.info().jobs_at_once) == (1, 4)

    def test_jobs_share_a_gpu_only_where_each_of_them_asked_for_that(
        self, backend: ClusterBackend, tmp_path: Path
    ) -> None:
        shared = Resources(gpus=1, share_gpu=True)
        outcomes = {name: Outcome() for name in ("a-1", "b-1", "c-1")}
        for name, needs in (("a-1", shared), ("b-1", shared), ("c-1", Resources(gpus=1))):
            backend.submit(wait_for, str(tmp_path / name), key=name, needs=needs).add_done_callback(outcomes[name])
        eventually(lambda: (found := backend.status().workers) and found[0].jobs == ("a", "b"), START_S)
        status = backend.status()
        assert status.waiting == 1
        assert status.workers[0].gpu == GpuStatus(
            name="NVIDIA T4", memory_total_mb=16_000, memory_used_mb=4_000, use=30
        )
        for name, outcome in outcomes.items():
            (tmp_path / name).touch()
            assert outcome.wait() is None


def test_a_cluster_is_scaled_closed_by_hand_and_started_again(tmp_path: Path) -> None:
    backend = local_backend(1)
    try:
        with pytest.raises(ConflictError, match="The cluster does not run"):
            backend.scale(2)
        for number in (1, 2):
            outcome = Outcome()
            backend.submit(append, str(tmp_path / "out"), "x", key=f"t-{number}").add_done_callback(outcome)
            assert outcome.wait() is None
            if number == 1:
                backend.scale(2)
                assert backend.info().jobs_at_once == len(backend.status().workers) == 2
                eventually(lambda: not any(worker.jobs for worker in backend.status().workers))
                backend.stop()
                assert backend.info().state == "idle"
        assert (tmp_path / "out").read_text() == "xx"
    finally:
        backend.close()


def test_a_cluster_closes_itself_when_it_is_idle(own_cluster: ServedCluster, tmp_path: Path) -> None:
    backend = DaskBackend(AddressLauncher(own_cluster.address, certificates(own_cluster)), idle_close_s=0.1)
    outcome = Outcome()
    backend.submit(append, str(tmp_path / "out"), "x", key="a").add_done_callback(outcome)
    assert outcome.wait() is None
    eventually(lambda: backend.info().state == "idle")
    backend.close()


def worker_environment(file: str) -> None:
    append(file, "\n".join(f"{name}={value}" for name, value in os.environ.items()))


def test_dask_starts_with_the_first_task_and_listens_on_this_machine_only(tmp_path: Path) -> None:
    backend = local_backend(1)
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
    backend = local_backend(1)
    outcome = Outcome()
    backend.submit(append, str(tmp_path / "out"), "a", key="a").add_done_callback(outcome)
    error = outcome.wait()
    backend_info = backend.info()
    backend.close()
    assert isinstance(error, UnavailableError)
    assert "OSError: no free port" in error.message
    assert (backend_info.state, backend_info.error) == ("failed", "OSError: no free port")
