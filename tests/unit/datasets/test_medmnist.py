"""MedMNIST's .npz files: grey and color, one label or several, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.public import find_public
from patholearn_lab.errors import ArchiveError, TooLargeError
from patholearn_lab.paths import DataPaths

LENGTHS = {"train": 24, "val": 4, "test": 8}


def arrays(shape: tuple[int, ...] = (5, 6), classes: int = 4, **changes: Any) -> dict[str, Any]:
    generator = np.random.default_rng(0)
    made: dict[str, Any] = {}
    for part, count in LENGTHS.items():
        made[f"{part}_images"] = generator.integers(0, 256, (count, *shape), np.uint8)
        made[f"{part}_labels"] = (np.arange(count, dtype=np.uint8) % classes)[:, None]
    return {key: value for key, value in {**made, **changes}.items() if value is not None}


def saved(folder: Path, values: dict[str, Any], name: str = "small.npz") -> Path:
    np.savez_compressed(folder / name, **values)
    return folder / name


@pytest.mark.parametrize(("shape", "channels"), [((5, 6), 1), ((5, 6, 3), 3)])
def test_images_and_splits_are_those_of_the_file(
    tmp_path: Path, data_paths: DataPaths, shape: tuple[int, ...], channels: int
) -> None:
    values = arrays(shape)
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(saved(tmp_path, values), "small")
    store = library.open("small")
    assert (manifest.channels, manifest.height, manifest.width, manifest.classes) == (channels, 5, 6, tuple("0123"))
    for part, split in (("train", "train"), ("val", "valid"), ("test", "test")):
        found = store.images(store.indices(split))  # type: ignore[arg-type]
        np.testing.assert_array_equal(found.reshape(values[f"{part}_images"].shape), values[f"{part}_images"])
        np.testing.assert_array_equal(store.labels(store.indices(split)), values[f"{part}_labels"][:, 0])  # type: ignore[arg-type]


def test_several_columns_of_labels_are_several_findings(tmp_path: Path, data_paths: DataPaths) -> None:
    tags = {f"{part}_labels": np.random.default_rng(1).integers(0, 2, (n, 14), np.uint8) for part, n in LENGTHS.items()}
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(saved(tmp_path, arrays(**tags), "chestmnist_64.npz"), "chest")
    assert (manifest.task, manifest.name, manifest.licence) == ("multilabel", "ChestMNIST", "CC BY 4.0")
    assert manifest.classes == find_public("chestmnist").classes
    np.testing.assert_array_equal(library.open("chest").tags(range(24)), tags["train_labels"])


def test_grades_are_classes_that_are_said_to_have_an_order(tmp_path: Path, data_paths: DataPaths) -> None:
    manifest = DatasetLibrary(data_paths).import_archive(
        saved(tmp_path, arrays(classes=5), "retinamnist.npz"), "retina"
    )
    assert any("grades" in note for note in manifest.notes)


def test_a_split_that_is_missing_is_cut_from_train(tmp_path: Path, data_paths: DataPaths) -> None:
    without = arrays(val_images=None, val_labels=None)
    manifest = DatasetLibrary(data_paths).import_archive(saved(tmp_path, without), "small")
    assert (manifest.count("train"), manifest.count("valid"), manifest.count("test")) == (20, 4, 8)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"train_labels": np.array([[{}]] * 24, object)}, "holds Python objects"),
        ({"val_labels": None}, "lacks the array 'val_labels'"),
        ({"train_images": np.zeros((24, 5, 6), np.float32)}, "'train_images' in 'small.npz' is float32"),
        ({"train_images": np.zeros((24, 5, 6, 7), np.uint8)}, "of shape (24, 5, 6, 7)"),
        ({"test_images": np.zeros((8, 6, 6), np.uint8)}, "but (6, 6) in test_images"),
        ({"train_labels": np.zeros((23, 1), np.uint8)}, "there are 24 images"),
        ({"train_labels": np.full((24, 1), -1)}, "the label -1 for image 0"),
        ({"train_labels": np.zeros((24, 2), np.uint8)}, "have 1 and 2 columns"),
        ({f"{part}_labels": np.full((n, 2), 2) for part, n in LENGTHS.items()}, "but 2 in column 0"),
        ({"train_labels": np.zeros((24, 1), np.uint8)}, "The class 1 (1)"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, data_paths: DataPaths, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        DatasetLibrary(data_paths).import_archive(saved(tmp_path, arrays(**changes)), "bad")
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []


@given(at=st.integers(0, 3_000), to=st.binary(min_size=1, max_size=3))
@settings(max_examples=40)
def test_a_damaged_file_is_refused_or_taken_and_never_fails_otherwise(
    tmp_path_factory: pytest.TempPathFactory, at: int, to: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "small.npz"
    np.savez(path, **arrays())  # not compressed: what is hit is what is inside
    data = bytearray(path.read_bytes())
    at %= len(data) - 3
    data[at : at + len(to)] = to
    path.write_bytes(data)
    paths = DataPaths(folder / "data")
    paths.ensure()
    try:
        DatasetLibrary(paths).import_archive(path, "small")
    except (ArchiveError, TooLargeError):
        assert list(paths.datasets.iterdir()) == []
    assert [file.name for file in folder.iterdir()] in (["small.npz", "data"], ["data", "small.npz"])
    assert zipfile.is_zipfile(path) or list(paths.datasets.iterdir()) == []
