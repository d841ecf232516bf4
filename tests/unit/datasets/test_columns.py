"""What samples have beside their images: several labels, numbers to be told, groups, places on a slide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr

from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.inputs import ensure_inputs
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.datasets.split_dataset import SplitDataset
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.truths import truths_of
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError

TAGS = np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 0], [0, 0, 1]], np.uint8)
VALUES = np.linspace(-1, 1, 18, dtype=np.float32).reshape(6, 3)


def contents(**changes: Any) -> Contents:
    def samples() -> Iterator[Sample]:
        yield from (Sample(np.full((4, 4, 1), number, np.uint8)) for number in range(6))

    plain = Contents(
        name="Findings",
        task="multilabel",
        classes=("edema", "mass", "scar"),
        channels=1,
        height=4,
        width=4,
        names=list("abcdef"),
        labels=None,
        tags=TAGS,
        splits=np.array([0, 0, 0, 0, 1, 2], np.uint8),
        samples=samples,
    )
    return replace(plain, **changes)


TABLE_ALONE = {
    "channels": 0,
    "height": 0,
    "width": 0,
    "task": "regression",
    "tags": None,
    "values": VALUES,
    "features": ("age", "dose"),
    "table": np.arange(12, dtype=np.float32).reshape(6, 2),
}


def stored(folder: Path, **changes: Any) -> DatasetStore:
    write_store(folder, contents(**changes), id="findings")
    return DatasetStore(folder)


def test_several_labels_of_a_sample_are_read_back_and_compared_with(tmp_path: Path) -> None:
    store = stored(tmp_path)
    np.testing.assert_array_equal(store.tags([2, 0]), TAGS[[2, 0]])
    assert store.manifest.splits["train"] == {"all": 4}
    assert store.manifest.shape().targets == ("tags",)
    _, truth = SplitDataset(store, "train").__getitems__([3, 0])
    np.testing.assert_array_equal(truth.numpy(), TAGS[[3, 0]].astype(np.float32))
    np.testing.assert_array_equal(truths_of(store, 0)["tags"].value, TAGS[0])


def test_groups_and_places_on_the_slide_come_back(tmp_path: Path) -> None:
    places = np.arange(12).reshape(6, 2) * 512
    store = stored(tmp_path, groups=["p1", "p1", "p2", "p2", "ü", "p4"], grouped_by="patient", coordinates=places)
    assert store.manifest.grouped_by == "patient"
    assert store.groups() == ["p1", "p1", "p2", "p2", "ü", "p4"]
    np.testing.assert_array_equal(store.coordinates(), places)
    assert store.manifest.arrays == ("tags", "groups", "coordinates")


def test_a_table_without_images_is_learned_from_by_itself(tmp_path: Path) -> None:
    store = stored(tmp_path, **TABLE_ALONE)
    assert set(zarr.open_group(tmp_path, mode="r").array_keys()) == {"features", "values", "splits", "names"}
    rows, truth = next(iter(DatasetModule(store, batch_size=6).train_dataloader()))
    assert (rows.shape, truth.shape) == ((4, 2), (4, 3))
    assert ensure_inputs(store.manifest, ()) == ("features",)


@pytest.mark.parametrize(
    "use", [lambda store: store.images([0]), lambda store: ensure_inputs(store.manifest, ["images"])]
)
def test_a_table_without_images_says_that_it_has_none(tmp_path: Path, use: Any) -> None:
    with pytest.raises(DatasetError) as caught:
        use(stored(tmp_path, **TABLE_ALONE))
    assert "features" in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("key", ["tags", "values", "groups"])
def test_another_column_is_another_content(tmp_path: Path, key: str) -> None:
    hashes = set()
    for number in (0, 1):
        changes = {"tags": TAGS ^ number, "values": VALUES + number, "groups": [f"{number}"] * 6}
        folder = tmp_path / str(number)
        folder.mkdir()
        hashes.add(write_store(folder, contents(**{key: changes[key]}), id="findings").content_hash)
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"tags": TAGS[:, :2]}, "tags of 6 samples must be"),
        ({"values": np.full((6, 3), np.inf, np.float32)}, "no finite numbers"),
        ({"groups": ["one"]}, "1 groups were given for 6"),
        ({"coordinates": np.zeros((6, 3))}, "coordinates of 6 samples must be"),
        ({"channels": 0}, "images, a table, or both"),
    ],
)
def test_columns_that_do_not_fit_are_a_mistake_of_the_importer(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        write_store(tmp_path, contents(**changes), id="findings")
