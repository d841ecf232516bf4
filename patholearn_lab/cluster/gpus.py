"""The GPUs of this machine, as NVIDIA's management library tells them. Without it, or a driver, there are none."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Gpu:
    """One GPU. Memory is in MB of 1,000,000 bytes, `use` in percent of its time; None where the driver does not say."""

    index: int
    name: str
    memory_total_mb: int
    memory_free_mb: int
    use: int | None = None


def read_gpus() -> tuple[Gpu, ...]:
    """Return the GPUs of this machine, by their index."""
    nvml = _library()
    if nvml is None:
        return ()
    try:
        return tuple(_read(nvml, index) for index in range(nvml.nvmlDeviceGetCount()))
    finally:
        nvml.nvmlShutdown()


def own_gpu(gpus: tuple[Gpu, ...], visible: str | None) -> Gpu | None:
    """Return the GPU of a process whose ``CUDA_VISIBLE_DEVICES`` is `visible`: the first one that it may see."""
    if not gpus or visible == "":
        return None
    first = (visible or "0").split(",")[0].strip()
    # The variable may also name GPUs by their UUID, which says nothing of the index.
    return next((gpu for gpu in gpus if str(gpu.index) == first), gpus[0])


def _library() -> Any:
    try:
        nvml = importlib.import_module("pynvml")
        nvml.nvmlInit()
    except ModuleNotFoundError:
        return None
    except Exception as error:
        # Its errors are classes that it makes as it is imported. Only "no driver" is no error: then there is no GPU.
        if type(error).__name__ in {"NVMLError_LibraryNotFound", "NVMLError_DriverNotLoaded", "NVMLError_NoPermission"}:
            return None
        raise
    return nvml


def _read(nvml: Any, index: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    name = nvml.nvmlDeviceGetName(handle)
    try:
        use = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
    except nvml.NVMLError:
        # A part of a GPU (MIG) tells its memory, but not how busy it is.
        use = None
    return Gpu(
        index,
        name.decode() if isinstance(name, bytes) else str(name),
        memory.total // 1_000_000,
        memory.free // 1_000_000,
        use,
    )
