"""Reading the GPUs, from a library that is played: what the driver says is all that differs."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from patholearn_lab.cluster.gpus import Gpu, own_gpu, read_gpus


class NVMLError(Exception):
    pass


class NVMLError_LibraryNotFound(NVMLError):
    pass


def nvml(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[str]:
    calls: list[str] = []
    fake = types.ModuleType("pynvml")
    functions = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: calls.append("init"),
        "nvmlShutdown": lambda: calls.append("shutdown"),
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: f"GPU {handle}".encode(),
        "nvmlDeviceGetMemoryInfo": lambda handle: types.SimpleNamespace(total=16e9, free=(handle + 1) * 4e9),
        "nvmlDeviceGetUtilizationRates": lambda handle: types.SimpleNamespace(gpu=30),
        **changes,
    }
    vars(fake).update(functions)
    monkeypatch.setitem(sys.modules, "pynvml", fake)
    return calls


def test_every_gpu_is_read_and_the_library_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = nvml(monkeypatch)
    assert read_gpus() == (Gpu(0, "GPU 0", 16_000, 4_000, 30), Gpu(1, "GPU 1", 16_000, 8_000, 30))
    assert calls == ["init", "shutdown"]


def test_a_part_of_a_gpu_does_not_say_how_busy_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise NVMLError

    nvml(monkeypatch, nvmlDeviceGetUtilizationRates=refuse)
    assert [gpu.use for gpu in read_gpus()] == [None, None]


def test_without_a_driver_or_the_library_there_are_no_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NVMLError_LibraryNotFound

    nvml(monkeypatch, nvmlInit=refuse)
    assert read_gpus() == ()
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert read_gpus() == ()


def test_another_fault_of_the_library_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NVMLError("the driver is broken")

    nvml(monkeypatch, nvmlInit=refuse)
    with pytest.raises(NVMLError, match="broken"):
        read_gpus()


@pytest.mark.parametrize(("visible", "index"), [(None, 0), ("1", 1), ("1,0", 1), ("", None), ("GPU-5a", 0)])
def test_a_workers_gpu_is_the_first_that_it_may_see(visible: str | None, index: int | None) -> None:
    gpus = (Gpu(0, "a", 1, 1), Gpu(1, "b", 1, 1))
    found = own_gpu(gpus, visible)
    assert (None if found is None else found.index) == index
    assert own_gpu((), visible) is None
