"""Importing a zip of class folders: layouts that are taken, and everything that is refused by name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, encode, random_image, write_zip


@pytest.fixture
def library(data_paths: DataPaths) -> DatasetLibrary:
    return DatasetLibrary(data_paths)


def refuse(library: DatasetLibrary, paths: DataPaths, archive: Path, problem: str, file: str | None = None) -> None:
    """The archive is refused with that problem, and nothing is left on disk."""
    with pytest.raises((ArchiveError, TooLargeError)) as caught:
        library.import_archive(archive, "bad")
    assert problem in caught.value.message
    assert caught.value.hint
    if file is not None:
        assert caught.value.details["file"] == file
        assert file in caught.value.message
    assert list(paths.datasets.iterdir()) == []
    assert list(paths.scratch.iterdir()) == []
    assert not paths.audit.exists()


@pytest.mark.parametrize("prefix", ["", "tiles/"])
def test_class_folders_are_split_80_10_10(tmp_path: Path, library: DatasetLibrary, prefix: str) -> None:
    files = class_files(("tumor", "normal"), 20, prefix)
    manifest = library.import_archive(write_zip(tmp_path / "tiles.zip", files), "tiles")
    assert manifest.classes == ("normal", "tumor")
    assert manifest.splits == {
        "train": {"normal": 16, "tumor": 16},
        "valid": {"normal": 2, "tumor": 2},
        "test": {"normal": 2, "tumor": 2},
    }
    assert "80/10/10" in manifest.notes[0]
    assert manifest.name == "tiles"
    assert manifest.source == "tiles.zip"
    store = library.open("tiles")
    assert set(store.names(range(len(store)))) == set(files)
    for index, name in enumerate(store.names(range(len(store)))):
        np.testing.assert_array_equal(store.images([index])[0], np.asarray(Image.open(io.BytesIO(files[name]))))
        assert store.class_of(index) == name.split("/")[-2]


@pytest.mark.parametrize("prefix", ["", "root/"])
@pytest.mark.parametrize("valid", ["valid", "val", "Validation"])
def test_folders_of_splits_are_kept_and_a_missing_test_is_cut_from_train(
    tmp_path: Path, library: DatasetLibrary, prefix: str, valid: str
) -> None:
    files = class_files(count=20, prefix=f"{prefix}train/") | class_files(count=5, prefix=f"{prefix}{valid}/")
    files |= {f"{prefix}README.md": b"About these tiles."}
    manifest = library.import_archive(write_zip(tmp_path / "a.zip", files), "a")
    assert manifest.splits["valid"] == {"normal": 5, "tumor": 5}
    assert manifest.splits["train"] == {"normal": 18, "tumor": 18}
    assert manifest.splits["test"] == {"normal": 2, "tumor": 2}
    assert "There was no test split" in manifest.notes[1]
    store = library.open("a")
    assert all(valid in name for name in store.names(store.indices("valid")))
    assert all("train" in name for name in store.names(store.indices("test")))


def test_a_class_may_be_called_like_a_split(tmp_path: Path, library: DatasetLibrary) -> None:
    manifest = library.import_archive(write_zip(tmp_path / "a.zip", class_files(("control", "test"))), "a")
    assert manifest.classes == ("control", "test")


def test_classes_are_in_natural_order(tmp_path: Path, library: DatasetLibrary) -> None:
    manifest = library.import_archive(write_zip(tmp_path / "a.zip", class_files(("10", "9", "b", "A"), 3)), "a")
    assert manifest.classes == ("9", "10", "A", "b")


def test_images_that_are_all_grey_have_one_channel(tmp_path: Path, library: DatasetLibrary) -> None:
    manifest = library.import_archive(write_zip(tmp_path / "a.zip", class_files(count=4, channels=1)), "a")
    assert manifest.channels == len(manifest.mean) == 1
    assert library.open("a").images([0]).shape == (1, 8, 8, 1)


def test_one_image_in_color_gives_all_three_channels(tmp_path: Path, library: DatasetLibrary) -> None:
    files = class_files(count=4, channels=1) | {"normal/color.png": encode(random_image(1))}
    assert library.import_archive(write_zip(tmp_path / "a.zip", files), "a").channels == 3


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_every_format_is_decoded_as_pil_does(tmp_path: Path, library: DatasetLibrary, format: str) -> None:
    suffix = {"JPEG": "jpg", "TIFF": "tif"}.get(format, format.lower())
    files = {
        f"{name}/{number}.{suffix}": encode(random_image(number), format) for name in ("a", "b") for number in range(3)
    }
    library.import_archive(write_zip(tmp_path / "a.zip", files), "a")
    store = library.open("a")
    for index, name in enumerate(store.names(range(6))):
        expected = np.asarray(Image.open(io.BytesIO(files[name])).convert("RGB"))
        np.testing.assert_array_equal(store.images([index])[0], expected)


def test_transparent_parts_become_white(tmp_path: Path, library: DatasetLibrary) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(buffer, "PNG")
    files = {f"{name}/{number}.png": buffer.getvalue() for name in ("a", "b") for number in range(3)}
    library.import_archive(write_zip(tmp_path / "a.zip", files), "a")
    assert (library.open("a").images([0]) == 255).all()


@pytest.mark.parametrize("keep", [30, 100, 180])
def test_a_truncated_image_is_refused_by_name(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, keep: int
) -> None:
    files = class_files() | {"tumor/cut.png": encode(random_image(1))[:keep]}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), "tumor/cut.png", "tumor/cut.png")


def test_a_truncated_jpeg_is_refused_by_name(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths) -> None:
    files = class_files() | {"tumor/cut.jpg": encode(random_image(1), "JPEG")[:-40]}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), "cut off or damaged", "tumor/cut.jpg")


@pytest.mark.parametrize(
    ("extra", "problem", "file"),
    [
        ({"tumor/notes.txt": b"hello"}, "is not an image", "tumor/notes.txt"),
        ({"tumor/fake.png": b"hello"}, "is not an image that can be read", "tumor/fake.png"),
        ({"tumor/tool.exe": b"MZ"}, "is not an image", "tumor/tool.exe"),
        ({"loose.png": encode(random_image(0))}, "outside of a class folder", "loose.png"),
        ({"tumor/deep/1.png": encode(random_image(0))}, "a folder too deep", "tumor/deep/1.png"),
        ({"stroma/": b""}, "is empty", "stroma"),
        ({"stroma/.DS_Store": b"", "stroma/": b""}, "is empty", "stroma"),
        ({"stroma/1.png": encode(random_image(0))}, "has 1 image;", "stroma"),
    ],
)
def test_what_does_not_belong_is_refused_by_name(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, extra: dict[str, bytes], problem: str, file: str
) -> None:
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", class_files() | extra), problem, file)


def test_two_sizes_are_refused_with_both(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths) -> None:
    files = class_files() | {"tumor/wide.png": encode(random_image(0, 8, 16))}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), "is 16 × 8 pixels, but 'normal/0.png' is 8 × 8")


@pytest.mark.parametrize("prefix", ["", "root/", "train/", "root/train/"])
def test_one_class_only_is_refused(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, prefix: str) -> None:
    archive = write_zip(tmp_path / "a.zip", class_files(("tumor",), prefix=prefix))
    refuse(library, data_paths, archive, "only one class, 'tumor'")


def test_no_images_at_all_are_refused(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths) -> None:
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", {"README.md": b"nothing"}), "holds no images")
    refuse(library, data_paths, write_zip(tmp_path / "b.zip", {}), "holds no images")


def test_an_animation_is_refused(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths) -> None:
    buffer = io.BytesIO()
    frames = [Image.fromarray(random_image(number)) for number in range(2)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    files = class_files() | {"tumor/moving.gif": buffer.getvalue()}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), "has 2 frames", "tumor/moving.gif")


def test_more_than_8_bits_are_refused(tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths) -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)).save(buffer, "PNG")
    files = class_files() | {"tumor/deep.png": buffer.getvalue()}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), "more than 8 bits", "tumor/deep.png")


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path, library: DatasetLibrary) -> None:
    archive = write_zip(tmp_path / "a.zip", class_files())
    with pytest.raises(TooLargeError, match="at most 63 pixels"):
        library.import_archive(archive, "a", limits=Limits(image_pixels=63))


def test_a_picture_that_pil_calls_a_bomb_is_too_large(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", class_files()), "is too large", "normal/0.png")


@pytest.mark.parametrize(
    ("folders", "problem"),
    [
        (("train", "val", "validation"), "both mean the split 'valid'"),
        (("train", "extra"), "names no split"),
        (("valid", "test"), "no images in the training split"),
    ],
)
def test_folders_of_splits_that_contradict_are_refused(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths, folders: tuple[str, ...], problem: str
) -> None:
    files = {name: data for folder in folders for name, data in class_files(prefix=f"{folder}/").items()}
    refuse(library, data_paths, write_zip(tmp_path / "a.zip", files), problem)


def test_bad_names_are_refused_by_the_library_too(
    tmp_path: Path, library: DatasetLibrary, data_paths: DataPaths
) -> None:
    outside = zipfile.ZipInfo("x")
    outside.filename = "../../evil.png"
    archive = write_zip(tmp_path / "a.zip", class_files(), [(outside, b"x")])
    refuse(library, data_paths, archive, "leads outside", "../../evil.png")
    assert not list(tmp_path.rglob("evil.png"))


def test_the_name_of_an_upload_stands_in_for_its_temporary_file(tmp_path: Path, library: DatasetLibrary) -> None:
    archive = write_zip(tmp_path / "tmp123", class_files())
    manifest = library.import_archive(archive, "a", file_name="My tiles.zip")
    assert manifest.name == "My tiles"
    assert manifest.source == "My tiles.zip"
