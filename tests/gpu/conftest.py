"""Tests of this folder need an NVIDIA GPU; without one each is skipped with that reason."""

from __future__ import annotations

import importlib.util

import pytest

from patholearn_lab.cluster.gpus import read_gpus


def missing() -> str:
    """Why nothing here can run; empty where it can."""
    if not read_gpus():
        return "no NVIDIA GPU was found on this machine"
    if importlib.util.find_spec("dask_cuda") is None:
        return "dask-cuda is not installed (pip install 'patholearn-lab[gpu]')"
    return ""


@pytest.fixture(autouse=True)
def gpu() -> None:
    if reason := missing():
        pytest.skip(reason)
