"""Zarr groups in a zip: PathoLearn's own, others of version 2 and 3, and those that could run code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.paths import DataPaths

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 5, 6, 3), np.uint8)
LABELS = np.arange(24) % 2


def zipped(folder: Path, root: str = "") -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{root}{file.relative_to(folder).as_posix()}")
    return path


def group(folder: Path, version: int = 3, classes: Any = None, **arrays: Any) -> Path:
    made = zarr.open_group(folder, mode="w", zarr_format=version)
    for key, values in ({"images": IMAGES, "labels": LABELS} | arrays).items():
        if values is not None:
            made.create_array(key, data=values, chunks=(7, *values.shape[1:]))
    if classes:
        made.attrs["classes"] = classes
    return folder


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("root", ["", "tiles.zarr/"])
def test_a_zarr_group_of_either_version_is_taken(
    tmp_path: Path, data_paths: DataPaths, version: int, root: str
) -> None:
    library = DatasetLibrary(data_paths)
    path = zipped(group(tmp_path / "tiles", version, classes=["a", "b"]), root)
    manifest = library.import_archive(path, "tiles")
    store = library.open("tiles")
    np.testing.assert_array_equal(store.images(range(24)), IMAGES)
    np.testing.assert_array_equal(store.labels(), LABELS)
    assert (manifest.classes, manifest.count("train")) == (("a", "b"), 20)


def test_channels_may_come_first_and_splits_have_names(tmp_path: Path, data_paths: DataPaths) -> None:
    splits = np.array(["train"] * 16 + ["val"] * 4 + ["test"] * 4)
    path = zipped(group(tmp_path / "tiles", images=np.moveaxis(IMAGES, 3, 1)))
    with zipfile.ZipFile(path, "a") as archive:
        other = tmp_path / "other"
        zarr.open_group(other, mode="w").create_array("splits", shape=(24,), dtype=str)[:] = splits.astype(object)
        for file in (other / "splits").rglob("*"):
            if file.is_file():
                archive.write(file, file.relative_to(other).as_posix())
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(path, "tiles")
    np.testing.assert_array_equal(library.open("tiles").images(range(24)), IMAGES)
    assert [manifest.count(split) for split in ("train", "valid", "test")] == [16, 4, 4]  # type: ignore[arg-type]


def test_a_stored_set_that_is_packed_comes_back_the_same(tmp_path: Path, data_paths: DataPaths) -> None:
    library = DatasetLibrary(data_paths)
    first = library.import_archive(zipped(group(tmp_path / "tiles", classes=["a", "b"])), "first")
    packed = tmp_path / "again.zip"
    folder = data_paths.dataset_version("first", 1)
    with zipfile.ZipFile(packed, "w") as archive:
        for file in folder.rglob("*"):
            archive.write(file, file.relative_to(folder).as_posix())
    second = library.import_archive(packed, "second")
    assert (second.content_hash, second.name, second.classes) == (first.content_hash, first.name, first.classes)


def change(folder: Path, key: str, edit: Any) -> None:
    file = folder / key / "zarr.json"
    described = json.loads(file.read_text())
    edit(described)
    file.write_text(json.dumps(described))


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"labels": None}, "neither labels, masks, tags nor values"),
        ({"labels": LABELS[:20]}, "has 20 entries, but there are 24"),
        ({"labels": LABELS - 1}, "has the label -1 for sample 0"),
        ({"images": IMAGES.astype(np.float32) / 255}, "is float32 of shape"),
        ({"labels": None, "masks": np.zeros((24, 5, 5), np.uint8)}, "'masks' of 'bad.zip' is uint8 of shape"),
        ({"features": np.full((24, 2), np.nan)}, "has nan in column 0 of sample 0"),
        ({"tags": np.full((24, 2), 3)}, "has 3, but says of each class only 0 or 1"),
        ({"splits": np.full(24, 7)}, "has '7'"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, data_paths: DataPaths, arrays: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ArchiveError) as caught:
        DatasetLibrary(data_paths).import_archive(zipped(group(tmp_path / "bad", **arrays)), "bad")
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []


def test_an_unknown_value_in_a_mask_is_refused(tmp_path: Path, data_paths: DataPaths) -> None:
    masks = np.zeros((24, 5, 6), np.uint8)
    masks[3, 2, 1] = 9
    path = zipped(group(tmp_path / "bad", classes=["a", "b"], labels=None, masks=masks))
    with pytest.raises(ArchiveError, match="has the value 9, but there are 2 classes"):
        DatasetLibrary(data_paths).import_archive(path, "bad")


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda one: one["codecs"].append({"name": "numcodecs.pickle"}), "needs the codec 'numcodecs.pickle'"),
        (lambda one: one.update(data_type="O"), "Python objects"),
        (
            lambda one: one["chunk_grid"]["configuration"].update(chunk_shape=[10**6, 5, 6, 300]),
            "a chunk has more than",
        ),
        (lambda one: one.update(shape=[10**12, 5, 6, 3]), "all arrays has more than"),
        (lambda one: one.pop("codecs"), "no description of an array"),
    ],
)
def test_a_zarr_that_could_run_code_or_fill_the_memory_is_refused_before_it_is_opened(
    tmp_path: Path, data_paths: DataPaths, edit: Any, problem: str
) -> None:
    folder = group(tmp_path / "bad")
    change(folder, "images", edit)
    with pytest.raises((ArchiveError, TooLargeError)) as caught:
        DatasetLibrary(data_paths).import_archive(zipped(folder), "bad")
    assert problem in caught.value.message


def test_objects_of_version_2_are_refused(tmp_path: Path, data_paths: DataPaths) -> None:
    folder = group(tmp_path / "bad", 2)
    file = folder / "labels" / ".zarray"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"dtype": "|O", "filters": [{"id": "pickle"}]}))
    with pytest.raises(ArchiveError, match="Python objects"):
        DatasetLibrary(data_paths).import_archive(zipped(folder), "bad")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return zipped(group(tmp_path_factory.mktemp("sound") / "tiles")).read_bytes()


@given(at=st.integers(0, 100_000), to=st.binary(min_size=1, max_size=4))
@settings(max_examples=25)
def test_a_damaged_zarr_is_refused_or_taken_and_never_fails_otherwise(
    tmp_path_factory: pytest.TempPathFactory, sound: bytes, at: int, to: bytes
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    data = bytearray(sound)
    at %= len(data) - 4
    data[at : at + len(to)] = to
    path = folder / "tiles.zip"
    path.write_bytes(data)
    paths = DataPaths(folder / "data")
    paths.ensure()
    try:
        DatasetLibrary(paths).import_archive(path, "tiles")
    except PathoLearnError:
        assert list(paths.datasets.iterdir()) == []
    assert sorted(file.name for file in folder.iterdir()) == ["data", "tiles.zip"]
