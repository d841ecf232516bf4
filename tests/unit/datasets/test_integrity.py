"""A stored set is compared with what was written; what is damaged is named, with a way to get it back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr

from patholearn_lab.datasets.changes import Divide
from patholearn_lab.datasets.integrity import check_store
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import CancelledError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress
from patholearn_lab.testing.archives import class_files, write_zip


@pytest.fixture
def store(tmp_path: Path, data_paths: DataPaths) -> DatasetStore:
    library = DatasetLibrary(data_paths)
    rows = [f"{name},{number}" for number, name in enumerate(class_files())]
    table = "\n".join(["file_name,age", *rows]).encode()
    library.import_archive(write_zip(tmp_path / "tiles.zip", {**class_files(), "metadata.csv": table}), "tiles")
    return library.open("tiles")


def shard(store: DatasetStore) -> Path:
    return next(file for file in (store.folder / "images" / "c").rglob("*") if file.is_file())


def test_what_was_stored_is_whole(store: DatasetStore) -> None:
    found = check_store(store)
    assert found.whole
    assert found.arrays == ("images", "labels", "features", "splits")
    assert found.unknown == ()
    assert found.hint == ""


def test_a_version_that_shares_files_is_whole(store: DatasetStore, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.change("tiles", Divide(folds=2))
    assert check_store(library.open("tiles")).whole


def test_damaged_samples_are_named(store: DatasetStore) -> None:
    file = shard(store)
    data = bytearray(file.read_bytes())
    data[:10] = b"\xff" * 10
    file.write_bytes(data)
    found = check_store(store)
    assert not found.whole
    assert (found.damages[0].array, found.damages[0].samples) == ("images", (0,))
    assert "1 of 20 samples cannot be read" in found.damages[0].message
    assert store.manifest.fingerprint in found.hint
    assert "'tiles.zip'" in found.hint


@pytest.mark.parametrize("key", ["labels", "features", "splits"])
def test_values_that_are_others_than_written_are_found(store: DatasetStore, key: str) -> None:
    array = zarr.open_array(store.folder / key, mode="r+")
    array[0] = np.asarray(array[0]) + 1
    assert [damage.array for damage in check_store(store).damages] == [key]


def test_an_array_that_is_missing_is_found(store: DatasetStore) -> None:
    (store.folder / "labels" / "c" / "0").write_bytes(b"no zstd")
    [damage] = check_store(store).damages
    assert damage.array == "labels"
    assert "cannot be read" in damage.message


def test_a_built_in_set_says_that_it_can_be_made_again(data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    damaged = library.open("he_tissue")
    shard(damaged).write_bytes(b"")
    assert check_store(damaged).hint == "Delete 'he_tissue': it is made anew, the same, when it is used next."


def test_a_check_can_be_stopped(store: DatasetStore) -> None:
    class Stopped(NoProgress):
        cancelled = True

    with pytest.raises(CancelledError):
        check_store(store, Stopped())
