"""The store: what goes in comes out, and any zarr reads it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zarr

from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError, InvalidInputError, SampleNotFoundError

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (30, 7, 5, 3), np.uint8)
MASKS = GENERATOR.integers(0, 2, (30, 7, 5), np.uint8)
INSTANCES = GENERATOR.integers(0, 60_000, (30, 7, 5), np.uint16)
LABELS = np.arange(30) % 3
SPLITS = (np.arange(30) // 10).astype(np.uint8)


def contents(*, task: str = "classification", announced: int = 30, masks: bool = True) -> Contents:
    def samples() -> Iterator[Sample]:
        for image, mask, instances in zip(IMAGES, MASKS, INSTANCES, strict=True):
            yield Sample(image, mask if masks else None, instances)

    return Contents(
        name="Test",
        task=task,  # type: ignore[arg-type]
        classes=("a", "b", "c"),
        channels=3,
        height=7,
        width=5,
        names=[f"file {number} ü" for number in range(announced)],
        labels=LABELS if task == "classification" else None,
        splits=SPLITS,
        samples=samples,
        masks=True,
        instances=True,
    )


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    write_store(tmp_path, contents(), id="test")
    return DatasetStore(tmp_path)


def test_what_is_stored_is_read_back(store: DatasetStore) -> None:
    order = GENERATOR.permutation(30)
    np.testing.assert_array_equal(store.images(order), IMAGES[order])
    np.testing.assert_array_equal(store.masks(order), MASKS[order])
    np.testing.assert_array_equal(store.instances(order), INSTANCES[order])
    np.testing.assert_array_equal(store.labels(order), LABELS[order])
    assert store.names([3, 1]) == ["file 3 ü", "file 1 ü"]
    assert store.split_of(10) == "valid"
    assert store.class_of(4) == "b"
    assert len(store) == store.manifest.total == 30
    assert store.manifest.arrays == ("labels", "masks", "instances")


def test_samples_are_found_by_split_and_class(store: DatasetStore) -> None:
    np.testing.assert_array_equal(store.indices("valid"), np.arange(10, 20))
    np.testing.assert_array_equal(store.indices("test", "a"), [21, 24, 27])
    np.testing.assert_array_equal(store.indices(class_name="c"), np.arange(2, 30, 3))
    with pytest.raises(InvalidInputError, match="no class 'd'"):
        store.indices("test", "d")
    with pytest.raises(InvalidInputError, match="no split 'all'"):
        store.indices("all")  # type: ignore[arg-type]


def test_mean_and_spread_are_those_of_the_training_pixels(store: DatasetStore) -> None:
    train = IMAGES[:10].reshape(-1, 3) / 255
    np.testing.assert_allclose(store.manifest.mean, train.mean(0), atol=1e-6)
    np.testing.assert_allclose(store.manifest.std, train.std(0), atol=1e-6)


def test_any_zarr_reads_the_store(store: DatasetStore) -> None:
    group = zarr.open_group(store.folder, mode="r")
    np.testing.assert_array_equal(group["images"][:], IMAGES)  # type: ignore[index]
    np.testing.assert_array_equal(group["instances"][:], INSTANCES)  # type: ignore[index]
    assert group.attrs["patholearn"]["id"] == "test"  # type: ignore[index, call-overload]


def test_the_hash_is_that_of_the_content_not_of_its_compression(tmp_path: Path) -> None:
    hashes = set()
    for compress in (True, False):
        folder = tmp_path / str(compress)
        folder.mkdir()
        hashes.add(write_store(folder, contents(), id="test", compress=compress).content_hash)
        np.testing.assert_array_equal(DatasetStore(folder).images(range(30)), IMAGES)
    assert len(hashes) == 1


def test_a_segmentation_set_has_no_labels(tmp_path: Path) -> None:
    manifest = write_store(tmp_path, contents(task="segmentation"), id="test")
    assert manifest.splits["train"] == {"all": 10}
    store = DatasetStore(tmp_path)
    assert store.class_of(0) is None
    with pytest.raises(DatasetError, match="has no labels"):
        store.labels()


@pytest.mark.parametrize("index", [-1, 30])
def test_a_sample_that_is_not_there_is_not_found(store: DatasetStore, index: int) -> None:
    for read in (store.images, store.labels, store.names):
        with pytest.raises(SampleNotFoundError, match=f"no sample {index}"):
            read([0, index])


def test_a_store_can_be_handed_to_another_process(store: DatasetStore) -> None:
    store.images([0])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(store)).images([29]), IMAGES[[29]])


@pytest.mark.parametrize(("announced", "masks", "problem"), [(31, True, "31 samples"), (30, False, "lacks its masks")])
def test_contents_that_break_their_promise_are_a_mistake_of_the_importer(
    tmp_path: Path, announced: int, masks: bool, problem: str
) -> None:
    promised = contents(announced=announced, masks=masks)
    with pytest.raises(ValueError, match=problem):
        write_store(tmp_path, promised, id="test")


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not hold a data set"):
        DatasetStore(tmp_path)
