"""OME-Zarr images of both zarr versions: classes, layers and objects as labels, tiles of large ones, and refusals."""

from __future__ import annotations

import contextlib
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.importers import ome_zarr
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import ArchiveError
from patholearn_lab.paths import DataPaths

GENERATOR = np.random.default_rng(0)


def write(folder: Path, values: np.ndarray[Any, Any], axes: str, version: int, **more: Any) -> None:
    group = zarr.open_group(folder, mode="w", zarr_format=version)  # type: ignore[arg-type]
    said = {"multiscales": [{"axes": [{"name": axis} for axis in axes], "datasets": [{"path": "0"}]}], **more}
    group.attrs.update({"ome": {"version": "0.5", **said}} if version == 3 else said)
    group.create_array("0", data=values, chunks=values.shape)


def images(folder: Path, version: int, count: int = 4, size: int = 16, **labels: Any) -> list[np.ndarray[Any, Any]]:
    """Write images [1, 3, 1, y, x] with labels made by functions, and return them as [y, x, 3]."""
    made = []
    for number in range(count):
        values = GENERATOR.integers(0, 256, (1, 3, 1, size, size), np.uint8)
        write(folder / f"{number}.ome.zarr", values, "tczyx", version)
        for name, make in labels.items():
            values_of = make(values[0, 0, 0]).astype(np.uint16)
            properties = [{"label-value": 1, "name": "tumor"}] if name == "classes" else []
            about = {"image-label": {"properties": properties}}
            write(folder / f"{number}.ome.zarr" / "labels" / name, values_of, "yx", version, **about)
        made.append(values[0, :, 0].transpose(1, 2, 0))
    return made


def imported(folder: Path, paths: DataPaths) -> DatasetStore:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
    library = DatasetLibrary(paths)
    library.import_archive(path, "slides")
    return library.open("slides")


@pytest.mark.parametrize("version", [2, 3])
def test_values_of_labels_are_classes(tmp_path: Path, data_paths: DataPaths, version: int) -> None:
    made = images(tmp_path / "slides", version, classes=lambda red: red > 99)
    store = imported(tmp_path / "slides", data_paths)
    assert store.manifest.classes == ("background", "tumor")
    assert (store.manifest.grouped_by, store.manifest.groups) == ("slide", 4)
    np.testing.assert_array_equal(store.images(range(4)), made)
    np.testing.assert_array_equal(store.masks([2])[0], made[2][..., 0] > 99)


def test_groups_of_labels_are_a_class_each(tmp_path: Path, data_paths: DataPaths) -> None:
    made = images(tmp_path / "slides", 3, stroma=lambda red: red > 200, tumor=lambda red: red < 50)
    store = imported(tmp_path / "slides", data_paths)
    assert store.manifest.classes == ("background", "stroma", "tumor")
    red = made[1][..., 0]
    np.testing.assert_array_equal(store.masks([1])[0], (red > 200) + 2 * (red < 50))


def test_many_values_number_objects(tmp_path: Path, data_paths: DataPaths) -> None:
    numbers = np.repeat(np.repeat(np.arange(64).reshape(8, 8), 2, 0), 2, 1)
    images(tmp_path / "slides", 3, nuclei=lambda red: numbers)
    store = imported(tmp_path / "slides", data_paths)
    assert store.manifest.classes == ("background", "inside", "outline")
    np.testing.assert_array_equal(store.instances([0])[0], numbers)


def test_large_images_become_tiles_with_their_places(
    tmp_path: Path, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ome_zarr, "LARGEST_WHOLE_PX", 16)
    monkeypatch.setattr(ome_zarr, "TILE_PX", 8)
    made = images(tmp_path / "slides", 3, size=20, classes=lambda red: red > 99)
    store = imported(tmp_path / "slides", data_paths)
    assert (len(store), store.manifest.height) == (16, 8)
    assert store.coordinates([1, 2]).tolist() == [[8, 0], [0, 8]]
    np.testing.assert_array_equal(store.images([6])[0], made[1][8:16, :8])
    assert any("cut into tiles of 8 × 8" in note for note in store.manifest.notes)
    for number in range(4):
        assert len({store.split_of(index) for index in range(number * 4, number * 4 + 4)}) == 1


def test_deep_intensities_become_bytes_by_the_window_of_the_file(tmp_path: Path, data_paths: DataPaths) -> None:
    for number in range(3):
        values = GENERATOR.integers(0, 4096, (2, 8, 8)).astype(np.uint16)
        image = tmp_path / "slides" / f"{number}.zarr"
        write(image, values, "zyx", 2, omero={"channels": [{"window": {"start": 0, "end": 4095}}]})
        write(image / "labels" / "cells", (values > 99).astype(np.uint8), "zyx", 2)
    store = imported(tmp_path / "slides", data_paths)
    assert (len(store), store.manifest.channels) == (6, 1)
    np.testing.assert_allclose(store.images([5])[0, ..., 0], values[1] / 4095 * 255, atol=0.6)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 300) | st.text("xyzct0", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["axes", "datasets", "path", "name", "ome", "multiscales"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(said=JSON, where=st.sampled_from(["multiscales", "omero", "image-label"]))
@settings(max_examples=6)
def test_whatever_an_image_says_of_itself_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, said: Any, where: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    images(folder / "slides", 3, count=3, size=8, classes=lambda red: red > 99)
    for group in ("1.ome.zarr", "1.ome.zarr/labels/classes"):
        file = folder / "slides" / group / "zarr.json"
        described = json.loads(file.read_text())
        described["attributes"]["ome"][where] = said
        file.write_text(json.dumps(described))
    paths = DataPaths(folder / "data")
    paths.ensure()
    with contextlib.suppress(ArchiveError):
        assert imported(folder / "slides", paths).manifest.task == "segmentation"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda folder: images(folder, 3, count=1, size=8), "has no labels"),
        (lambda folder: images(folder, 3, classes=lambda red: red * 0), "labels of one value only"),
        (lambda folder: images(folder, 3, count=2, classes=lambda red: red > 9), "holds 2 cases with labels"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, data_paths: DataPaths, change: Any, problem: str) -> None:
    change(tmp_path / "slides")
    if problem == "has no labels":
        write(tmp_path / "slides" / "1.zarr", np.zeros((8, 8), np.uint8), "yx", 3)
        write(tmp_path / "slides" / "1.zarr" / "labels" / "a", np.zeros((8, 8), np.uint8), "yx", 3)
    with pytest.raises(ArchiveError) as caught:
        imported(tmp_path / "slides", data_paths)
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []
