"""Importing images with masks: the codings that are taken, and what is refused by file and value."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import NOT_ANNOTATED
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import ArchiveError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import encode, random_image, write_zip

Files = dict[str, bytes]

PURPLE, WHITE = (255, 0, 255), (255, 255, 255)
PATHOLEARN = {"background": {"index": 0, "color": [0, 0, 0]}, "tumor": {"index": 1, "color": list(PURPLE)}}


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def png(values: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "TIFF" if values.dtype == np.int32 else "PNG")  # 32 bits: TIFF alone
    return buffer.getvalue()


def shape_of(number: int) -> NDArray[np.uint8]:
    """A square at another place in each 8 x 8 mask: 0 and 1."""
    mask = np.zeros((8, 8), np.uint8)
    mask[number % 4 : number % 4 + 4, 2:6] = 1
    return mask


def painted(mask: NDArray[np.uint8], colors: list[tuple[int, int, int]]) -> NDArray[np.uint8]:
    return np.array(colors, np.uint8)[mask]


def images(count: int = 5, prefix: str = "") -> Files:
    return {f"{prefix}images/{number}.png": encode(random_image(number)) for number in range(count)}


def masks(coding: Any, count: int = 5, prefix: str = "") -> Files:
    return {f"{prefix}masks/{number}.png": png(coding(shape_of(number))) for number in range(count)}


def imported(library: DatasetLibrary, folder: Path, files: Files) -> DatasetStore:
    library.import_archive(write_zip(folder / "nuclei.zip", files), "nuclei")
    return library.open("nuclei")


def refusal(library: DatasetLibrary, folder: Path, files: Files) -> ArchiveError:
    with pytest.raises(ArchiveError) as caught:
        library.import_archive(write_zip(folder / "bad.zip", files), "bad")
    assert caught.value.hint
    assert library.list() == []
    return caught.value


def ensure_shapes(store: DatasetStore) -> None:
    """Every sample has the image and the mask of its number."""
    for index, name in enumerate(store.names(range(len(store)))):
        number = int(Path(name).stem)
        np.testing.assert_array_equal(store.images([index])[0], random_image(number))
        np.testing.assert_array_equal(store.masks([index])[0], shape_of(number))


@pytest.mark.parametrize("prefix", ["", "nuclei/"])
def test_patholearns_zip_is_read_by_its_colors(tmp_path: Path, library: DatasetLibrary, prefix: str) -> None:
    colored = masks(lambda mask: painted(mask, [(0, 0, 0), PURPLE]), prefix=prefix)
    info = {f"{prefix}info.json": json.dumps(PATHOLEARN).encode()}
    store = imported(library, tmp_path, {**images(prefix=prefix), **colored, **info})
    assert store.manifest.task == "segmentation"
    assert store.manifest.classes == ("background", "tumor")
    assert store.manifest.arrays == ("masks",)
    assert {split: counts["all"] for split, counts in store.manifest.splits.items()} == {
        "train": 3,
        "valid": 1,
        "test": 1,
    }
    ensure_shapes(store)


@pytest.mark.parametrize(
    ("info", "classes"),
    [
        ({"tumor": 1, "background": 0}, ("background", "tumor")),
        ({"class_map": PATHOLEARN}, ("background", "tumor")),
        (None, ("background", "foreground")),
    ],
)
def test_grey_masks_are_read_by_their_values(
    tmp_path: Path, library: DatasetLibrary, info: Any, classes: tuple[str, ...]
) -> None:
    extra = {"info.json": json.dumps(info).encode()} if info else {}
    store = imported(library, tmp_path, {**images(), **masks(lambda mask: mask), **extra})
    assert store.manifest.classes == classes
    ensure_shapes(store)


def test_what_nobody_annotated_is_no_class_and_comes_back_from_an_export(
    tmp_path: Path, library: DatasetLibrary
) -> None:
    info = {"background": 0, "not annotated": 7, "tumor": 9}
    coded = masks(lambda mask: np.where(np.arange(mask.shape[1]) < 3, 7, mask * 9).astype(np.uint8))
    store = imported(library, tmp_path, {**images(), **coded, "info.json": json.dumps(info).encode()})
    assert store.manifest.classes == ("background", "tumor")
    assert store.manifest.sparse == ("masks",)
    found = store.masks(range(len(store)))
    assert (found[:, :, :3] == NOT_ANNOTATED).all()
    assert set(np.unique(found[:, :, 3:]).tolist()) == {0, 1}
    library.export(store.manifest.id, tmp_path / "again.zip")
    again = library.import_archive(tmp_path / "again.zip", "again")
    assert (again.classes, again.sparse) == (store.manifest.classes, ("masks",))
    np.testing.assert_array_equal(
        np.sort(library.open("again").masks(range(len(store))), axis=0), np.sort(found, axis=0)
    )


@pytest.mark.parametrize(
    ("coding", "classes"),
    [
        (lambda mask: mask * 255, ("background", "foreground")),
        (lambda mask: mask > 0, ("background", "foreground")),
        (lambda mask: mask + 3, ("class 3", "class 4")),
        (lambda mask: painted(mask, [(0, 0, 0), WHITE]), ("background", "foreground")),
        (lambda mask: painted(mask, [PURPLE, WHITE]), ("#ff00ff", "#ffffff")),
        (lambda mask: np.dstack([painted(mask, [PURPLE, WHITE]), mask * 255]), ("background", "foreground")),
    ],
    ids=["0 and 255", "one bit", "any values", "grey saved as color", "colors", "transparent is 0"],
)
def test_masks_without_a_map_name_their_own_classes(
    tmp_path: Path, library: DatasetLibrary, coding: Any, classes: tuple[str, ...]
) -> None:
    store = imported(library, tmp_path, {**images(), **masks(coding)})
    assert store.manifest.classes == classes
    assert "info.json" in store.manifest.notes[0]
    ensure_shapes(store)


def test_a_palette_is_read_by_its_colors(tmp_path: Path, library: DatasetLibrary) -> None:
    files = images()
    for number in range(5):
        mask = shape_of(number)
        flipped = number % 2 == 1  # programs number the colors of a palette as they like
        image = Image.fromarray(1 - mask if flipped else mask).convert("P")
        image.putpalette([*PURPLE, 0, 0, 0] if flipped else [0, 0, 0, *PURPLE])
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        files[f"masks/{number}.png"] = buffer.getvalue()
    ensure_shapes(imported(library, tmp_path, files))


def test_a_file_for_each_class_is_laid_into_one_mask(tmp_path: Path, library: DatasetLibrary) -> None:
    files = images()
    for number in range(5):
        files[f"masks/tumor/{number}.png"] = png(shape_of(number) * 255)
        if number != 2:  # an image without this class has no file of it
            files[f"masks/stroma/{number}.png"] = png((1 - shape_of(number)) * 255)
    store = imported(library, tmp_path, files)
    assert store.manifest.classes == ("background", "stroma", "tumor")
    for index, name in enumerate(store.names(range(5))):
        number = int(Path(name).stem)
        np.testing.assert_array_equal(store.masks([index])[0], np.where(shape_of(number), 2, int(number != 2)))


def test_numbered_objects_are_kept_and_become_inside_and_outline(tmp_path: Path, library: DatasetLibrary) -> None:
    objects = np.zeros((8, 8), np.uint16)
    objects[1:7, 1:4] = 1
    objects[1:7, 4:7] = 40_000  # touches the first: both have an outline there
    files = {**images(3), **{f"labels/{number}_mask.png": png(objects) for number in range(3)}, "a.geojson": b"{}"}
    store = imported(library, tmp_path, files)
    assert store.manifest.classes == ("background", "inside", "outline")
    np.testing.assert_array_equal(store.instances([0])[0], objects)
    expected = np.zeros((8, 8), np.uint8)
    expected[1:7, 1:7] = 2
    expected[2:6, 2] = expected[2:6, 5] = 1
    np.testing.assert_array_equal(store.masks([0])[0], expected)


@pytest.mark.parametrize("layout", ["{split}/{kind}", "{kind}/{split}"])
def test_folders_of_splits_may_lie_around_or_inside(tmp_path: Path, library: DatasetLibrary, layout: str) -> None:
    files: Files = {}
    for split, numbers in {"train": range(3), "val": range(3, 5), "test": range(5, 6)}.items():
        for number in numbers:
            files[f"{layout.format(split=split, kind='images')}/{number}.png"] = encode(random_image(number))
            files[f"{layout.format(split=split, kind='masks')}/{number}.png"] = png(shape_of(number))
    store = imported(library, tmp_path, files)
    assert [store.manifest.count(split) for split in ("train", "valid", "test")] == [3, 2, 1]
    ensure_shapes(store)


GREY = masks(lambda mask: mask)
COLORED = masks(lambda mask: painted(mask, [(0, 0, 0), PURPLE]))


@pytest.mark.parametrize(
    ("files", "file", "problem"),
    [
        ({**images(), **GREY, "masks/9.png": png(shape_of(0))}, "masks/9.png", "no image of that name"),
        (
            {**images(), **{f"masks/{number}b.png": data for number, data in enumerate(GREY.values())}},
            "masks/0b.png",
            "no image of that name",
        ),
        ({**images(6), **GREY}, "images/5.png", "has no mask"),
        ({**images(), **GREY, "masks/1.tif": png(shape_of(0))}, "masks/1.tif", "which has the mask 'masks/1.png'"),
        ({**images(), **GREY, "images/1.jpg": b"x"}, "images/1.jpg", "has the name of 'images/1.png'"),
        ({**images(), **GREY, "masks/1.png": png(np.ones((8, 9), np.uint8))}, "masks/1.png", "is 9 × 8 pixels"),
        ({**images(), **GREY, "masks/1.png": GREY["masks/1.png"][:50]}, "masks/1.png", "cut off or damaged"),
        ({**images(), **GREY, "run.exe": b"x"}, "run.exe", "neither an image nor a mask"),
        ({**images(2), **masks(lambda mask: mask, 2)}, "bad.zip", "holds 2 images"),
        ({**images(), **masks(lambda mask: mask * 0)}, "masks/0.png", "one value only, 0"),
        ({**images(), **masks(lambda _: np.arange(64, dtype=np.uint8).reshape(8, 8))}, "masks/0.png", "64 values"),
        (
            {**images(), **COLORED, "masks/2.png": png(random_image(1)), "info.json": json.dumps(PATHOLEARN).encode()},
            "masks/2.png",
            "which no class in info.json has; it has #000000, #ff00ff",
        ),
        (
            {**images(), **GREY, "masks/2.png": png(shape_of(0) * 7), "info.json": b'{"a": 0, "b": 1}'},
            "masks/2.png",
            "holds the value 7",
        ),
        ({**images(), **COLORED, "info.json": b'{"a": 0, "b": 1}'}, "masks/0.png", "holds colors"),
        (
            {**images(), "masks/a/1.png": png(shape_of(0)), "masks/b/1.png": png(shape_of(1)), **masks(np.copy, 1)},
            "masks/0.png",
            "lies in no folder of a class",
        ),
        (
            {**images(3), **{f"masks/{c}/{n}.png": png(shape_of(n)) for n in range(3) for c in "ab"}},
            "masks/b/0.png",
            "the pixel in column 2, row 0 as 'b', which is 'a' already",
        ),
        (
            {**images(3), **{f"masks/a/{n}.png": png(random_image(n)[..., 0]) for n in range(3)}},
            "masks/a/0.png",
            "lies in the folder of one class, 'a'",
        ),
        (
            {**images(), **masks(lambda mask: mask.astype(np.int32) * 70_000)},
            "masks/0.png",
            "numbers an object 70,000",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(
    tmp_path: Path, library: DatasetLibrary, files: Files, file: str, problem: str
) -> None:
    error = refusal(library, tmp_path, files)
    assert problem in error.message
    assert error.details["file"] == file
    assert file in error.message


def test_a_class_may_be_called_mask(tmp_path: Path, library: DatasetLibrary) -> None:
    files = {f"images/{'mask' if n % 2 else 'none'}/{n}.png": encode(random_image(n)) for n in range(6)}
    assert imported(library, tmp_path, files).manifest.task == "classification"


@pytest.mark.parametrize(
    ("info", "problem"),
    [
        (b"{", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"a": 1, "a": 2}', "'a' is there twice"),
        (b"[1, 2]", "holds a list"),
        (b'{"a": 0}', "holds 1 classes"),
        (b'{"a": 0, "b": -1}', "the class 'b' '-1'"),
        (b'{"a": 0, "b": true}', "the class 'b' 'True'"),
        (b'{"a": 0, "b": {"color": [0, 0, 256]}}', "each from 0 to 255"),
        (b'{"a": 0, "b": {}}', "neither 'index' nor 'color'"),
        (b'{"a": 1, "b": 1}', "the same index, 1"),
        (b'{"a": "#ff00ff", "b": "#FF00FF"}', "the same color, #ff00ff"),
        (b'{"a": 0, "b": "#ff00ff"}', "gives 'b' no index"),
    ],
)
def test_a_map_of_classes_that_cannot_be_read_is_refused(
    tmp_path: Path, library: DatasetLibrary, info: bytes, problem: str
) -> None:
    error = refusal(library, tmp_path, {**images(), **GREY, "info.json": info})
    assert problem in error.message
    assert error.details["file"] == "info.json"


@pytest.mark.real_data
def test_real_nuclei_keep_their_numbers(data_paths: DataPaths, real_data: Path) -> None:
    library = DatasetLibrary(data_paths)
    manifest = library.import_archive(real_data / "segmentation" / "dsb2018_stained.zip", "nuclei")
    assert (manifest.total, manifest.height, manifest.width) == (70, 256, 320)
    assert manifest.classes == ("background", "inside", "outline")
    store = library.open("nuclei")
    objects, masks = store.instances(range(70)), store.masks(range(70))
    assert objects.max() > 80
    np.testing.assert_array_equal(masks > 0, objects > 0)
    assert 0 < (masks == 2).sum() < (masks == 1).sum()
