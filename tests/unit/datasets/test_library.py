"""The library: made once, never replaced, deleted whole, and every change in the audit log."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import (
    CancelledError,
    ConflictError,
    DatasetError,
    DatasetNotFoundError,
    InvalidInputError,
)
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, write_zip

SMALL = {"samples": 60, "tile_px": 32}


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "tiles.zip", class_files())


def audit(paths: DataPaths) -> list[dict[str, object]]:
    return [json.loads(line) for line in paths.audit.read_text().splitlines()]


def test_a_built_in_set_has_its_shape_before_it_is_made(library: DatasetLibrary) -> None:
    for card in library.builtins():
        assert not card.stored
        before = library.shape(card.id)
        if not card.id.startswith("he_"):  # drawing thousands of tiles is the benchmark's
            assert library.ensure(card.id).shape() == before
    assert {card.id for card in library.builtins() if card.stored} == {"digits", "ihc_colon"}
    assert library.shape("nothing") is None


@pytest.mark.parametrize("drawn", ["he_tissue", "he_patients"])
def test_the_shape_of_drawn_tissue_is_that_of_what_is_drawn(library: DatasetLibrary, drawn: str) -> None:
    from patholearn_lab.datasets.builtins import BUILTINS

    tissue = BUILTINS[drawn]
    manifest = library.create_builtin(drawn, parameters=SMALL)
    assert tissue.shape(tissue.check(SMALL)) == manifest.shape()


def test_ensure_makes_a_set_once_even_when_asked_at_once(library: DatasetLibrary, data_paths: DataPaths) -> None:
    with ThreadPoolExecutor(4) as pool:
        hashes = {manifest.content_hash for manifest in pool.map(lambda _: library.ensure("ihc_colon"), range(4))}
    assert len(hashes) == 1
    assert [line["action"] for line in audit(data_paths)] == ["create"]


def test_the_same_content_has_the_same_hash(library: DatasetLibrary) -> None:
    one = library.create_builtin("he_tissue", "one", SMALL)
    two = library.create_builtin("he_tissue", "two", SMALL)
    other = library.create_builtin("he_tissue", "other", {**SMALL, "seed": 1})
    assert one.content_hash == two.content_hash != other.content_hash


def test_an_id_that_is_taken_is_a_conflict_that_names_it(library: DatasetLibrary, archive: Path) -> None:
    library.import_archive(archive, "tiles")
    with pytest.raises(ConflictError, match="already a data set 'tiles'"):
        library.import_archive(archive, "tiles")
    with pytest.raises(ConflictError, match="already a data set 'tiles'"):
        library.create_builtin("digits", "tiles")


def test_a_further_version_leaves_the_first_as_it_was(library: DatasetLibrary, archive: Path) -> None:
    first = library.import_archive(archive, "tiles")
    second = library.create_builtin("he_tissue", "tiles", SMALL, new_version=True)
    assert (first.version, second.version) == (1, 2)
    assert library.find("tiles") == second
    assert library.find("tiles", 1) == first
    assert [manifest.version for manifest in library.list()] == [2]
    with pytest.raises(DatasetNotFoundError, match="version 3"):
        library.find("tiles", 3)


@pytest.mark.parametrize("id", ["a/b", "../up", "", "Capital", "a\\b", "x" * 65])
def test_a_name_with_slashes_or_worse_is_refused(library: DatasetLibrary, archive: Path, id: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name"):
        library.import_archive(archive, id)


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        ({"size": 3}, "no parameter 'size'"),
        ({"samples": 10}, "cannot be 10"),
        ({"samples": 61}, "cannot be 61"),
        ({"samples": 100.5}, "cannot be 100.5"),
        ({"samples": "many"}, "cannot be 'many'"),
        ({"difficulty": float("nan")}, "cannot be nan"),
        ({"difficulty": True}, "cannot be True"),
    ],
)
def test_a_parameter_out_of_range_is_refused(
    library: DatasetLibrary, parameters: dict[str, object], problem: str
) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        library.create_builtin("he_tissue", parameters=parameters)


def test_what_does_not_exist_is_not_found(library: DatasetLibrary) -> None:
    for call in (library.find, library.open, library.ensure, library.delete, library.create_builtin):
        with pytest.raises(DatasetNotFoundError, match="nothing"):
            call("nothing")


def test_a_deleted_set_is_gone_and_its_id_is_free(
    library: DatasetLibrary, data_paths: DataPaths, archive: Path
) -> None:
    library.import_archive(archive, "tiles", owner="ada")
    library.delete("tiles", who="bob")
    assert library.list() == []
    assert list(data_paths.scratch.iterdir()) == []
    library.import_archive(archive, "tiles")
    assert [(line["action"], line["who"], line["dataset"]) for line in audit(data_paths)] == [
        ("upload", "ada", "tiles"),
        ("delete", "bob", "tiles"),
        ("upload", "", "tiles"),
    ]


def test_a_damaged_set_is_left_out_of_the_list_and_logged(
    library: DatasetLibrary, data_paths: DataPaths, archive: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library.import_archive(archive, "good")
    library.import_archive(archive, "broken")
    (data_paths.dataset_version("broken", 1) / "zarr.json").write_text("{")
    (data_paths.datasets / "empty").mkdir()
    (data_paths.datasets / "Not A Name").mkdir()
    (data_paths.datasets / "file").touch()
    with caplog.at_level(logging.WARNING):
        assert [manifest.id for manifest in library.list()] == ["good"]
    assert sum("is left out" in message for message in caplog.messages) == 3
    with pytest.raises(DatasetError, match="does not hold a data set"):
        library.open("broken")
    assert library.shape("broken") is None
    library.delete("broken")
    library.delete("empty")


class Cancelling:
    """A progress that asks to stop once something was stored."""

    cancelled = False

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        self.cancelled = stage == "Storing images"

    def log(self, message: str) -> None:
        """Nobody reads it."""


def test_a_cancelled_set_leaves_nothing(library: DatasetLibrary, data_paths: DataPaths) -> None:
    with pytest.raises(CancelledError):
        library.create_builtin("he_tissue", parameters={"samples": 200, "tile_px": 32}, progress=Cancelling())
    assert list(data_paths.datasets.iterdir()) == []
    assert list(data_paths.scratch.iterdir()) == []
    assert not data_paths.audit.exists()


def test_importing_the_library_imports_nothing_heavy() -> None:
    code = (
        "import sys, patholearn_lab.datasets.library, patholearn_lab.datasets.preprocessing;"
        "print([name for name in ('numpy', 'zarr', 'torch', 'lightning', 'sklearn', 'PIL') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
