"""Importers of other packages, by an entry point."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from patholearn_lab import registry
from patholearn_lab.datasets import importers
from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.importers import Importer
from patholearn_lab.datasets.importers.candidate import Candidate
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import Progress
from patholearn_lab.registry import Registry

PIXELS = np.arange(6 * 12, dtype=np.uint8).reshape(6, 3, 4)


class RawBytes:
    """A format that nobody else knows: the letters RAW, then six images."""

    label = "a .raw of six images"
    endings = (".raw",)

    def sniff(self, file: Candidate) -> bool:
        return file.path.read_bytes()[:3] == b"RAW"

    def read(self, path: Path, name: str, limits: Limits, progress: Progress) -> Contents:
        values = np.frombuffer(path.read_bytes()[3:], np.uint8).reshape(6, 3, 4, 1)
        return Contents(
            name=name,
            task="classification",
            classes=("even", "odd"),
            channels=1,
            height=3,
            width=4,
            names=list("abcdef"),
            labels=np.arange(6) % 2,
            splits=np.array([0, 0, 1, 1, 2, 2], np.uint8),
            samples=lambda: (Sample(value) for value in values),
        )


RAW = RawBytes()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The importers as they are where a package with such an entry point is installed."""

    def points(group: str) -> list[EntryPoint]:
        return [EntryPoint("raw", f"{__name__}:RAW", group)] if group == "patholearn_lab.importers" else []

    found: Registry[Importer] = Registry("importer", "patholearn_lab.importers")
    for name in ("class_folders", "table"):
        found.register(name, importers.IMPORTERS[name])
    monkeypatch.setattr(registry, "entry_points", points)
    monkeypatch.setattr(importers, "IMPORTERS", found)


def write(folder: Path) -> Path:
    path = folder / "six.raw"
    path.write_bytes(b"RAW" + PIXELS.tobytes())
    return path


@pytest.mark.usefixtures("installed")
def test_an_installed_importer_reads_its_format(tmp_path: Path, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    assert library.import_archive(write(tmp_path), "six").classes == ("even", "odd")
    np.testing.assert_array_equal(library.open("six").images(range(6))[..., 0], PIXELS)


@pytest.mark.usefixtures("installed")
def test_a_refusal_names_its_format_too(tmp_path: Path, data_paths: DataPaths) -> None:
    (tmp_path / "other.bin").write_bytes(b"?" * 40)
    with pytest.raises(ArchiveError) as caught:
        DatasetLibrary(data_paths).import_archive(tmp_path / "other.bin", "other")
    assert "a .raw of six images" in str(caught.value.hint)


def test_without_the_package_the_format_is_unknown(tmp_path: Path, data_paths: DataPaths) -> None:
    with pytest.raises(ArchiveError, match="in no format"):
        DatasetLibrary(data_paths).import_archive(write(tmp_path), "six")
