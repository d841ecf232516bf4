"""The models that are kept: found, listed, published and deleted."""

from __future__ import annotations

import builtins
from datetime import UTC, datetime
from pathlib import Path

from patholearn_lab.errors import ModelNotFoundError
from patholearn_lab.paths import NAME_PATTERN, DataPaths, folder_appears_whole, remove_folder
from patholearn_lab.serving.bundle import read_manifest, write_bundle
from patholearn_lab.serving.models import ModelDraft, ModelManifest


class ModelLibrary:
    """The bundles below ``models/``. The folder is the truth; nothing is kept in memory.

    Parameters
    ----------
    paths
        The data folder.
    """

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths

    def list(self) -> list[ModelManifest]:
        """Return all versions of all models, newest first. One that cannot be read is left out."""
        manifests = []
        for name in self._names():
            for version in self._versions(name):
                try:
                    manifests.append(read_manifest(self._paths.model_version(name, version)))
                except ModelNotFoundError:
                    # A damaged bundle must not hide the sound ones; find() says what is wrong with it.
                    continue
        return sorted(manifests, key=lambda manifest: manifest.created_at, reverse=True)

    def find(self, name: str, version: int | None = None) -> ModelManifest:
        """Return one model's manifest; its newest version where `version` is None.

        Raises
        ------
        ModelNotFoundError
            When there is no such model or version.
        """
        return read_manifest(self.folder(name, version))

    def folder(self, name: str, version: int | None = None) -> Path:
        """Return the folder of one bundle; its newest version where `version` is None.

        Raises
        ------
        ModelNotFoundError
            When there is no such model or version.
        """
        versions = self._versions(name) if NAME_PATTERN.fullmatch(name) else []
        if not versions:
            known = ", ".join(sorted(self._names())) or "none yet"
            raise ModelNotFoundError(f"There is no model called {name!r}.", f"The models are: {known}.", name=name)
        chosen = versions[-1] if version is None else version
        if chosen not in versions:
            raise ModelNotFoundError(
                f"The model {name!r} has no version {chosen}.",
                f"Its versions are: {', '.join(map(str, versions))}.",
                name=name,
                version=chosen,
            )
        return self._paths.model_version(name, chosen)

    def publish(self, draft: ModelDraft, network: Path, cell: Path | None = None) -> ModelManifest:
        """Keep a model as the next version of its name, and return its manifest.

        The version appears in one step. Two that publish at the same time get two versions.

        Parameters
        ----------
        draft
            The manifest without version and time.
        network
            The ONNX file; it is copied.
        cell
            The cell's text, kept beside it; copied too.

        Raises
        ------
        InvalidInputError
            When the name cannot be one.
        """
        self._paths.model(draft.name)
        while True:
            version = max(self._versions(draft.name), default=0) + 1
            manifest = ModelManifest(**draft.model_dump(), version=version, created_at=datetime.now(UTC))
            try:
                with folder_appears_whole(
                    self._paths.model_version(draft.name, version), self._paths.scratch
                ) as folder:
                    write_bundle(folder, manifest, network, cell)
            except OSError:
                # Another process took this number between the look and the rename: take the next one.
                if version not in self._versions(draft.name):
                    raise
                continue
            return manifest

    def delete(self, name: str, version: int) -> None:
        """Remove one version of a model; the model goes with its last version.

        Raises
        ------
        ModelNotFoundError
            When there is no such model or version.
        """
        try:
            remove_folder(self.folder(name, version), self._paths.scratch)
        except FileNotFoundError as error:
            raise ModelNotFoundError(
                f"The model {name!r} version {version} is gone already.", "Nothing to do."
            ) from error
        if not self._versions(name):
            self._remove_if_empty(self._paths.model(name))

    def _names(self) -> builtins.list[str]:
        if not self._paths.models.is_dir():
            return []
        return [entry.name for entry in self._paths.models.iterdir() if NAME_PATTERN.fullmatch(entry.name)]

    def _versions(self, name: str) -> builtins.list[int]:
        folder = self._paths.model(name)
        if not folder.is_dir():
            return []
        return sorted(int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal())

    @staticmethod
    def _remove_if_empty(folder: Path) -> None:
        try:
            folder.rmdir()
        except OSError:
            # Somebody published a new version just now, or removed the folder first; both are fine.
            return
