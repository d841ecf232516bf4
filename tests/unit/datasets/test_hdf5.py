"""HDF5 files: one with all arrays, or several of one download; nothing is read but numbers that lie in the file."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.datasets.importers import opened, opened_parts
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress

IMAGES = np.random.default_rng(0).integers(0, 256, (30, 6, 5, 3), np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 3


def write(path: Path, **arrays: Any) -> Path:
    with h5py.File(path, "w") as file:
        for key, values in arrays.items():
            chunks = (7, *values.shape[1:]) if len(values) > 7 else None
            file.create_dataset(key, data=values, chunks=chunks, compression="gzip" if chunks else None)
    return path


def read(path: Path, limits: Limits | None = None) -> None:
    with opened(path, "tiles.h5", path.parent, NoProgress(), limits) as (_, contents):
        list(contents.samples())


@pytest.mark.parametrize("packed", [False, True])
def test_images_and_labels_of_one_file_become_a_data_set(tmp_path: Path, data_paths: DataPaths, packed: bool) -> None:
    path = write(tmp_path / "tiles.h5", x=IMAGES, y=LABELS.reshape(30, 1, 1, 1), groups=np.array(["p"] * 30, "S"))
    if packed:
        path = tmp_path / "tiles.h5.gz"
        path.write_bytes(gzip.compress((tmp_path / "tiles.h5").read_bytes()))
    library = DatasetLibrary(data_paths)
    preview = library.preview(path, path.name)
    assert preview.format.startswith("a .h5")
    assert len(preview.examples) == 12
    manifest = library.import_archive(path, "tiles")
    assert (manifest.task, manifest.classes, manifest.total) == ("classification", ("0", "1", "2"), 30)
    store = library.open("tiles")
    np.testing.assert_array_equal(store.images(range(30)), IMAGES)
    np.testing.assert_array_equal(store.labels(), LABELS)
    assert set(store.groups() or ()) == {"p"}
    assert list(data_paths.scratch.iterdir()) == []


def test_masks_come_in_step_with_their_images(tmp_path: Path) -> None:
    masks = (IMAGES[..., 0] > 128).astype(np.uint8)
    path = write(tmp_path / "tiles.h5", images=IMAGES, masks=masks, labels=LABELS)
    with opened(path, "tiles.h5", tmp_path, NoProgress()) as (_, contents):
        for number, sample in enumerate(contents.samples()):
            np.testing.assert_array_equal(sample.image, IMAGES[number])
            np.testing.assert_array_equal(sample.mask, masks[number])


def parts(folder: Path) -> list[Path]:
    """The six files of PatchCamelyon, tiny."""
    files = []
    for split, rows in (("train", slice(0, 20)), ("valid", slice(20, 25)), ("test", slice(25, 30))):
        for key, values in (("x", IMAGES), ("y", (LABELS % 2).reshape(30, 1, 1, 1))):
            plain = write(folder / f"level_2_split_{split}_{key}.h5", **{key: values[rows]})
            files.append(plain.with_suffix(".h5.gz"))
            files[-1].write_bytes(gzip.compress(plain.read_bytes()))
    return files


def test_several_files_of_one_download_are_one_set_with_their_splits(tmp_path: Path) -> None:
    said = {"name": "PatchCamelyon", "classes": ["normal", "tumor"], "licence": "CC0"}
    with opened_parts(parts(tmp_path), said, tmp_path, NoProgress()) as contents:
        assert (contents.name, contents.classes, contents.licence) == ("PatchCamelyon", ("normal", "tumor"), "CC0")
        assert contents.splits.tolist() == [0] * 20 + [1] * 5 + [2] * 5
        np.testing.assert_array_equal(np.stack([sample.image for sample in contents.samples()]), IMAGES)
        np.testing.assert_array_equal(contents.labels, LABELS % 2)


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        (lambda files: files[:-1], "The split 'test' of 'tiles' has no labels"),
        (lambda files: [*files, files[0]], "has images of the split 'train', as another file does"),
        (lambda files: [files[0].rename(files[0].with_name("x.h5.gz")), *files[1:]], "does not say which split"),
    ],
)
def test_files_that_do_not_belong_together_are_refused(
    tmp_path: Path, chosen: Callable[[list[Path]], list[Path]], problem: str
) -> None:
    files = chosen(parts(tmp_path))
    with (
        pytest.raises(ArchiveError, match=problem),
        opened_parts(files, {"name": "tiles"}, tmp_path, NoProgress()),
    ):
        pass


def external_link(file: Any) -> None:
    file["images"] = h5py.ExternalLink("/etc/passwd", "x")


def soft_link(file: Any) -> None:
    file["hidden"] = IMAGES
    file["images"] = h5py.SoftLink("/hidden")


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout(IMAGES.shape, "u1")
    layout[:] = h5py.VirtualSource("other.h5", "x", IMAGES.shape)
    file.create_virtual_dataset("images", layout)


def external_storage(file: Any) -> None:
    file.create_dataset("images", IMAGES.shape, "u1", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def references(file: Any) -> None:
    file.create_dataset("images", (30,), h5py.ref_dtype)


def compound(file: Any) -> None:
    file.create_dataset("images", (30,), [("a", "u1"), ("b", "u1")])


def texts(file: Any) -> None:
    file["images"] = IMAGES
    file["labels"] = ["normal"] * 30


def group(file: Any) -> None:
    file.create_group("images")


def no_axis(file: Any) -> None:
    file["images"] = IMAGES
    file["labels"] = 3


def filtered(file: Any) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((1, 6, 5, 3))
    properties.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (1,))
    h5py.h5d.create(file.id, b"images", h5py.h5t.NATIVE_UINT8, h5py.h5s.create_simple(IMAGES.shape), properties)


def other_shape(file: Any) -> None:
    file["images"], file["labels"] = IMAGES[..., 0:2], LABELS


def too_few(file: Any) -> None:
    file["images"], file["labels"] = IMAGES, LABELS[:29]


def twice(file: Any) -> None:
    file["images"], file["x"] = IMAGES, IMAGES


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (external_link, "is a link to another place"),
        (soft_link, "is a link to another place"),
        (virtual, "takes its values from other files"),
        (external_storage, "takes its values from other files"),
        (references, "texts of any length or references"),
        (compound, "not plain numbers"),
        (texts, "texts of any length"),
        (group, "is a group"),
        (no_axis, "has no axis"),
        (filtered, "needs the HDF5 filter 32001"),
        (other_shape, "is uint8 of shape"),
        (too_few, "29 entries, but there are 30"),
        (twice, "is there twice"),
        (lambda file: file.update({"weights": IMAGES}), "'images' of 'tiles.h5' is missing"),
    ],
)
def test_what_is_no_plain_array_of_the_file_is_refused(
    tmp_path: Path, made: Callable[[Any], None], problem: str
) -> None:
    with h5py.File(tmp_path / "tiles.h5", "w") as file:
        made(file)
    with pytest.raises(ArchiveError, match=problem):
        read(tmp_path / "tiles.h5")


@pytest.mark.parametrize(
    ("shape", "chunks", "problem"),
    [
        ((10**9, 96, 96, 3), (1, 96, 96, 3), "at most 32,768 MiB"),
        ((20_000, 96, 96, 3), (20_000, 96, 96, 3), "a chunk of the array 'images'"),
        ((20_000, 96, 96, 3), (1, 96, 96, 3), "grows"),
    ],
)
def test_what_says_that_it_is_huge_is_refused_before_it_is_read(
    tmp_path: Path, shape: tuple[int, ...], chunks: tuple[int, ...], problem: str
) -> None:
    with h5py.File(tmp_path / "tiles.h5", "w") as file:
        file.create_dataset("images", shape, "u1", chunks=chunks)
    with pytest.raises(TooLargeError, match=problem):
        read(tmp_path / "tiles.h5")


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_but_nothing_else_happens(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("hdf5") / "tiles.h5", images=IMAGES[:9], labels=LABELS[:9])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content[: data.draw(st.sampled_from([len(content), len(content) // 2]))]))
    with contextlib.suppress(PathoLearnError):
        read(path)
