"""Optional imports that say what to install, and the guard that lets torchvision load everywhere.

The guard. Some machines have a CPU build of torch beside a torchvision that was compiled for CUDA. There torchvision's
compiled operators cannot load, which torchvision itself tolerates, but one of its modules registers shape functions for
``nms`` (and ``qnms``) although nobody declared those operators, and torch refuses. So ``import torchvision`` fails with
"operator torchvision::nms does not exist", and lightning, torchmetrics and timm fail with it. The guard tries the plain
import; only on exactly that error it declares the missing operators, drops the half-imported modules and imports again.
Where the operators load it changes nothing.

It is a finder on ``sys.meta_path``, so it costs nothing until somebody imports torchvision, and every process that
imported :mod:`patholearn_lab` has it: kernel, server, command line, worker and child.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from patholearn_lab.errors import MissingDependencyError

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_MISSING_OPERATOR = "operator torchvision::"

# The declared operators live as long as this library object does.
_declared: Any = None


def optional_import(module: str, extra: str) -> ModuleType:
    """Import `module`, or say which extra of patholearn-lab brings it.

    Raises
    ------
    MissingDependencyError
        When it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            f"This needs the package {module.partition('.')[0]!r}, which is not installed.",
            f"Install it with: pip install 'patholearn-lab[{extra}]'",
        ) from error


def torchvision_guard_was_needed() -> bool:
    """Return whether the guard had to declare torchvision's operators in this process."""
    return _declared is not None


class _GuardedLoader(Loader):
    """Runs torchvision's own loader, and once more with the operators declared where it fails for want of them."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        try:
            self._loader.exec_module(module)
        except RuntimeError as error:
            if _MISSING_OPERATOR not in str(error) or _declared is not None:
                raise
            _declare_operators()
            for name in [name for name in sys.modules if name.startswith("torchvision.")]:
                del sys.modules[name]
            self._loader.exec_module(module)

    def __getattr__(self, name: str) -> Any:
        # pkgutil, importlib.resources and inspect ask the loader for more than Loader declares.
        return getattr(self._loader, name)


class _TorchvisionFinder(MetaPathFinder):
    """Hands out torchvision's spec with a guarded loader; every other module is none of its business."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "torchvision":
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _GuardedLoader(spec.loader)
                return spec
        return None


def install_torchvision_guard() -> None:
    """Put the guard on ``sys.meta_path``, once. Importing :mod:`patholearn_lab` does this."""
    if not any(isinstance(finder, _TorchvisionFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TorchvisionFinder())


def _declare_operators() -> None:
    global _declared  # noqa: PLW0603  (one per process, kept alive on purpose)
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    _declared = library


def import_named(name: str) -> Any:
    """Import what ``package.module:thing`` names."""
    module, _, thing = name.partition(":")
    return getattr(importlib.import_module(module), thing)
