"""Keras' .npz files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError
from patholearn_lab.paths import DataPaths


def arrays(**changes: Any) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    return {
        "x_train": generator.integers(0, 256, (40, 6, 5), np.uint8),
        "y_train": np.arange(40, dtype=np.uint8) % 4,
        "x_test": generator.integers(0, 256, (8, 6, 5), np.uint8),
        "y_test": np.arange(8, dtype=np.uint8) % 4,
        **changes,
    }


def save(path: Path, values: dict[str, Any]) -> Path:
    np.savez_compressed(path, **values)
    return path


def test_the_test_split_is_kept_and_valid_is_cut_from_train(tmp_path: Path, data_paths: DataPaths) -> None:
    values = arrays()
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(save(tmp_path / "small.npz", values), "small")
    assert (manifest.count("train"), manifest.count("valid"), manifest.count("test")) == (36, 4, 8)
    assert (manifest.channels, manifest.height, manifest.width) == (1, 6, 5)
    store = library.open("small")
    np.testing.assert_array_equal(store.images(store.indices("test"))[..., 0], values["x_test"])
    np.testing.assert_array_equal(store.labels(store.indices("test")), values["y_test"])


@pytest.mark.parametrize("names", [("age", "dose"), None])
def test_features_come_along_with_their_images(
    tmp_path: Path, data_paths: DataPaths, names: tuple[str, ...] | None
) -> None:
    table = {"features_train": np.arange(80.0).reshape(40, 2), "features_test": np.ones((8, 2), bool)}
    values = arrays(**table, **({"feature_names": np.array(names)} if names else {}))
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(save(tmp_path / "small.npz", values), "small")
    assert manifest.features == (names or ("feature_1", "feature_2"))
    store = library.open("small")
    np.testing.assert_array_equal(store.features(range(40)), table["features_train"])
    np.testing.assert_array_equal(store.features(store.indices("test")), table["features_test"])


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"y_train": np.array([{}] * 40, object)}, "Python objects"),
        ({"x_train": np.zeros((40, 6, 5), np.float32)}, "'x_train' in 'bad.npz' is float32"),
        ({"x_test": np.zeros((8, 6, 5, 2), np.uint8)}, "'x_test'"),
        ({"x_test": np.zeros((8, 7, 5), np.uint8)}, "in x_test"),
        ({"y_train": np.zeros(39, np.uint8)}, "there are 40 images"),
        ({"y_train": np.zeros(40, np.uint8), "y_test": np.zeros(8, np.uint8)}, "holds 1 class"),
        ({"y_test": np.arange(8, dtype=np.uint8)}, "not in y_train"),
        ({"features_train": np.zeros((40, 2))}, "lacks the array 'features_test'"),
        ({"features_train": np.zeros((39, 2)), "features_test": np.zeros((8, 2))}, "there are 40 images"),
        ({"features_train": np.zeros((40, 2)), "features_test": np.zeros((8, 3))}, "'features_test'"),
        ({"features_train": np.zeros((40, 2)), "features_test": np.array([["a", "b"]] * 8)}, "'features_test'"),
        (
            {"features_train": np.full((40, 2), np.nan), "features_test": np.zeros((8, 2))},
            "nan as feature 0 of sample 0",
        ),
        ({"features_train": np.full((40, 2), 1e39), "features_test": np.zeros((8, 2))}, "1e+39 as feature 0"),
        (
            {"features_train": np.zeros((40, 2)), "features_test": np.zeros((8, 2)), "feature_names": ["a", "a"]},
            "does not name the 2 features",
        ),
        ({"feature_names": ["a", "b"]}, "lacks the array 'features_train'"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, data_paths: DataPaths, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        DatasetLibrary(data_paths).import_archive(save(tmp_path / "bad.npz", arrays(**changes)), "bad")
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []


def test_a_header_that_asks_for_more_than_there_is_is_refused(tmp_path: Path, data_paths: DataPaths) -> None:
    good, bad = save(tmp_path / "good.npz", arrays()), tmp_path / "bad.npz"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(b"(40, 6, 5)", b"(9**9,6,5)") if name == "x_train.npy" else data)
    with pytest.raises(ArchiveError, match="damaged"):
        DatasetLibrary(data_paths).import_archive(bad, "bad")
