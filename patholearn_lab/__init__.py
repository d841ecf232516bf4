"""Draw a network, read its PyTorch cell, train it and look inside.

Every public name is loaded on first use, so that ``import patholearn_lab`` stays quick: it imports neither torch nor
dask nor onnxruntime. It does install one import hook, which lets torchvision load beside a build of torch that it was
not compiled for (see :mod:`patholearn_lab.lazy`).

    >>> import patholearn_lab as lab
    >>> lab.DatasetBrowser("he_tissue")          # doctest: +SKIP
    >>> editor = lab.ArchitectureEditor("lenet5", dataset="he_tissue")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import Any

from patholearn_lab.lazy import install_torchvision_guard

__version__ = "0.1.0"

# Public name -> the module that defines it. Read by __getattr__, __dir__ and the test of exports.
_EXPORTS = {
    "Architecture": "patholearn_lab.tracing.architecture",
    "ArchitectureEditor": "patholearn_lab.widgets.architecture_editor",
    "DatasetBrowser": "patholearn_lab.widgets.dataset_browser",
    "LiveArchitecture": "patholearn_lab.client.live",
    "Model": "patholearn_lab.client.model",
    "Output": "patholearn_lab.training.task",
    "Predictor": "patholearn_lab.widgets.predictor",
    "RunView": "patholearn_lab.widgets.run_view",
    "Task": "patholearn_lab.training.task",
    "TrainingPanel": "patholearn_lab.widgets.training_panel",
    "compare": "patholearn_lab.widgets.run_comparison",
    "connect": "patholearn_lab.client",
    "estimate": "patholearn_lab.client.training",
    "load": "patholearn_lab.client.loading",
    "networks": "patholearn_lab.graph.zoo",
    "node": "patholearn_lab.tracing.own_nodes",
    "predict": "patholearn_lab.client.predicting",
    "run": "patholearn_lab.client.reopening",
    "search": "patholearn_lab.client.search",
    "train": "patholearn_lab.client.training",
    "versions": "patholearn_lab.client.net_versions",
}

__all__ = ["__version__", *sorted(_EXPORTS)]  # noqa: PLE0604  (the names are strings; ruff cannot see it)

install_torchvision_guard()


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'patholearn_lab' has no attribute {name!r}")
    return getattr(importlib.import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS})


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tell Jupyter where the server extension is. Called by a Jupyter server only."""
    from patholearn_lab.server.app import PathoLearnApp

    return [{"module": "patholearn_lab.server.app", "app": PathoLearnApp}]
