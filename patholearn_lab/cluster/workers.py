"""What a worker's machine has and how busy it is; asked on the worker itself."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from patholearn_lab.cluster.gpus import Gpu, own_gpu, read_gpus

_CHECKED = ("dask", "distributed", "torch", "lightning", "numpy")
"""Packages of which server and workers need the same versions, besides this one and Python itself."""
MB = 1_000_000


@dataclass(frozen=True)
class Machine:
    """A worker's machine at one moment. Memory and disk are in MB of 1,000,000 bytes, CPU in percent of all cores."""

    host: str
    cores: int
    cpu: float
    memory_total_mb: int
    memory_free_mb: int
    disk_total_mb: int
    disk_free_mb: int
    gpu: Gpu | None = None


def read_machine(folder: str) -> dict[str, Any]:
    """Return the :class:`Machine` that this runs on, as a dictionary; the disk is the one that `folder` lies on."""
    import psutil

    memory = psutil.virtual_memory()
    disk = shutil.disk_usage(folder if os.path.isdir(folder) else "/")  # noqa: PTH112  (a worker may not have it)
    return asdict(
        Machine(
            platform.node(),
            os.cpu_count() or 1,
            psutil.cpu_percent(),
            memory.total // MB,
            memory.available // MB,
            disk.total // MB,
            disk.free // MB,
            own_gpu(read_gpus(), os.environ.get("CUDA_VISIBLE_DEVICES")),
        )
    )


def machine_of(told: dict[str, Any]) -> Machine:
    """Return what :func:`read_machine` gave on a worker."""
    gpu = told["gpu"]
    return Machine(**{**told, "gpu": None if gpu is None else Gpu(**gpu)})


def read_versions() -> dict[str, str]:
    """Return the versions that a job on this machine would have. Imports none of the packages."""
    import patholearn_lab

    found = {"python": ".".join(platform.python_version_tuple()[:2]), "patholearn-lab": patholearn_lab.__version__}
    for package in _CHECKED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "missing"
    return found


def differences(here: dict[str, str], there: dict[str, dict[str, str]]) -> list[str]:
    """Say in words which workers have other versions than this process has."""
    return [
        f"{worker} has {package} {found.get(package, 'missing')} instead of {wanted}"
        for worker, found in sorted(there.items())
        for package, wanted in here.items()
        if found.get(package, "missing") != wanted
    ]
