"""What is exported and imported again is the same data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import SPLITS
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import DatasetError, InvalidInputError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, encode, random_image, write_zip


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def tiles(folder: Path) -> Path:
    """Two classes with a row of two numbers each, one of which float32 cannot hold exactly."""
    files = class_files(("no", "yes"), 6)
    rows = [f"{name},{number / 7},{number}" for number, name in enumerate(files)]
    return write_zip(folder / "tiles.zip", {**files, "metadata.csv": "\n".join(["file_name,age,a b", *rows]).encode()})


def masked(folder: Path, bits: type[np.uint8] | type[np.uint16]) -> Path:
    files = {f"images/{number}.png": encode(random_image(number, channels=1)) for number in range(5)}
    for number in range(5):
        mask = np.zeros((8, 8, 1), bits)
        mask[1:6, number : number + 3] = number + 1
        files[f"masks/{number}.png"] = encode(mask)  # type: ignore[arg-type]
    return write_zip(folder / "masked.zip", files)


def round_trip(library: DatasetLibrary, folder: Path, source: Path, format: str) -> tuple[DatasetStore, DatasetStore]:
    library.import_archive(source, "before")
    library.export("before", folder / "exported", format)
    assert [path.name for path in folder.iterdir() if "exported" in path.name] == ["exported"]
    library.import_archive(folder / "exported", "after")
    return library.open("before"), library.open("after")


@pytest.mark.parametrize("format", ["folders", "deephealth"])
def test_classes_features_and_splits_come_back(tmp_path: Path, library: DatasetLibrary, format: str) -> None:
    before, after = round_trip(library, tmp_path, tiles(tmp_path), format)
    assert after.manifest.content_hash == before.manifest.content_hash
    assert (after.manifest.classes, after.manifest.features) == (("no", "yes"), ("age", "a b"))
    assert after.manifest.splits == before.manifest.splits


@pytest.mark.parametrize("format", ["folders", "deephealth"])
@pytest.mark.parametrize("bits", [np.uint8, np.uint16])
def test_masks_come_back(
    tmp_path: Path, library: DatasetLibrary, format: str, bits: type[np.uint8] | type[np.uint16]
) -> None:
    before, after = round_trip(library, tmp_path, masked(tmp_path, bits), format)
    assert after.manifest.classes == before.manifest.classes
    np.testing.assert_array_equal(after.masks(range(5)), before.masks(range(5)))
    assert [after.split_of(index) for index in range(5)] == [before.split_of(index) for index in range(5)]
    if format == "folders":  # DeepHealth has no place for the numbers of objects
        assert after.manifest.content_hash == before.manifest.content_hash


def test_an_npz_holds_the_splits_as_arrays(tmp_path: Path, library: DatasetLibrary) -> None:
    before, after = round_trip(library, tmp_path, tiles(tmp_path), "npz")
    with np.load(tmp_path / "exported") as arrays:
        for split in SPLITS:
            chosen = before.indices(split)
            np.testing.assert_array_equal(arrays[f"x_{split}"], before.images(chosen))
            np.testing.assert_array_equal(arrays[f"y_{split}"], before.labels(chosen))
            np.testing.assert_array_equal(arrays[f"features_{split}"], before.features(chosen))
    assert after.manifest.features == ("age", "a b")


def test_what_has_no_place_in_a_format_is_refused_and_leaves_nothing(tmp_path: Path, library: DatasetLibrary) -> None:
    library.import_archive(masked(tmp_path, np.uint8), "masked")
    with pytest.raises(DatasetError, match="no images with one class each"):
        library.export("masked", tmp_path / "exported", "npz")
    with pytest.raises(InvalidInputError, match="no format 'tiff'"):
        library.export("masked", tmp_path / "exported", "tiff")
    assert [path.name for path in tmp_path.iterdir() if "exported" in path.name] == []


def test_any_set_comes_back_from_its_zarr(tmp_path: Path, library: DatasetLibrary) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b,y\n" + "".join(f"{n},{n % 3},{'ab'[n % 2]}\n" for n in range(12)))
    for number, source in enumerate((path, tiles(tmp_path), masked(tmp_path, np.uint16))):
        before = library.import_archive(source, f"before{number}")
        library.export(before.id, tmp_path / "out.zip", "zarr")
        after = library.import_archive(tmp_path / "out.zip", f"after{number}")
        assert (after.content_hash, after.classes, after.arrays) == (before.content_hash, before.classes, before.arrays)
    with pytest.raises(DatasetError, match="has no images"):
        library.export("before0", tmp_path / "out.zip", "folders")


def test_a_class_whose_name_is_a_path_becomes_no_folder(tmp_path: Path, library: DatasetLibrary) -> None:
    files = {f"{number}.png": encode(random_image(number)) for number in range(6)}
    labels = "".join(f"- {{location: {number}.png, label: {'../x' if number % 2 else 'b'}}}\n" for number in range(6))
    source = write_zip(tmp_path / "set.zip", {**files, "set.yml": b"images:\n" + labels.encode()})
    library.import_archive(source, "set")
    with pytest.raises(DatasetError, match="no folder can have"):
        library.export("set", tmp_path / "exported", "folders")
    library.export("set", tmp_path / "exported", "deephealth")
    assert library.import_archive(tmp_path / "exported", "again").classes == ("../x", "b")
