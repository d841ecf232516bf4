"""The models that are kept: found, listed, published and deleted."""

from __future__ import annotations

from pathlib import Path

from patholearn_lab.paths import DataPaths
from patholearn_lab.serving.models import ModelManifest


class ModelLibrary:
    """The bundles below ``models/``.

    Parameters
    ----------
    paths
        The data folder.
    """

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths

    def list(self) -> list[ModelManifest]:
        """Return all versions of all models, newest first."""
        raise NotImplementedError

    def find(self, name: str, version: int | None = None) -> ModelManifest:
        """Return one model's manifest; its newest version where `version` is None."""
        raise NotImplementedError

    def folder(self, name: str, version: int | None = None) -> Path:
        """Return the folder of one bundle."""
        raise NotImplementedError

    def delete(self, name: str, version: int) -> None:
        """Remove one version of a model."""
        raise NotImplementedError
