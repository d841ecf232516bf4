"""A table beside the images: stored, standardized by what the training samples have, and given to the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from patholearn_lab.datasets.baseline import baseline_accuracy
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.inputs import input_shapes
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.datasets.split_dataset import SplitDataset
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError

GENERATOR = np.random.default_rng(0)
IMAGES = GENERATOR.integers(0, 256, (30, 4, 4, 1), np.uint8)
TABLE = np.column_stack([GENERATOR.normal(60, 12, 30), np.arange(30) % 2, np.full(30, 5)]).astype(np.float32)
FEATURES = ("age", "smoker", "clinic")


def contents() -> Contents:
    def samples() -> Iterator[Sample]:
        yield from map(Sample, IMAGES)

    return Contents(
        name="Patients",
        task="classification",
        classes=("a", "b"),
        channels=1,
        height=4,
        width=4,
        names=list(map(str, range(30))),
        labels=np.arange(30) // 15,
        splits=(np.arange(30) % 3).astype(np.uint8),
        samples=samples,
        features=FEATURES,
        table=TABLE,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    folder = tmp_path_factory.mktemp("patients")
    write_store(folder, contents(), id="patients")
    return DatasetStore(folder)


def test_the_rows_are_read_back_as_they_were_given(store: DatasetStore) -> None:
    np.testing.assert_array_equal(store.features(), TABLE)
    np.testing.assert_array_equal(store.features([7, 2]), TABLE[[7, 2]])
    assert store.features().dtype == np.float32
    assert "features" in store.manifest.arrays
    assert store.manifest.shape().features == FEATURES


def test_mean_and_spread_are_those_of_the_training_rows(store: DatasetStore) -> None:
    train = TABLE[::3].astype(float)
    np.testing.assert_allclose(store.manifest.feature_mean, train.mean(axis=0))
    np.testing.assert_allclose(store.manifest.feature_std, train.std(axis=0))


def test_a_feature_without_spread_is_not_divided_by_zero(store: DatasetStore) -> None:
    assert store.manifest.feature_std[2] == 0
    assert Standardization.of(store.manifest).std[2] == 1


def test_another_table_is_another_content(tmp_path: Path, store: DatasetStore) -> None:
    changed = replace(contents(), table=TABLE + np.float32(1))
    assert write_store(tmp_path, changed, id="patients").content_hash != store.manifest.content_hash


def test_a_set_without_a_table_has_no_features(tmp_path: Path) -> None:
    manifest = write_store(tmp_path, replace(contents(), features=(), table=None), id="plain")
    assert (manifest.features, manifest.feature_mean) == ((), ())
    with pytest.raises(DatasetError, match="has no features"):
        DatasetStore(tmp_path).features()
    with pytest.raises(DatasetError, match="takes 'features' as an input, which the data set 'Patients' does not have"):
        DatasetModule(DatasetStore(tmp_path), inputs=("images", "features"))


@pytest.mark.parametrize("table", [TABLE[:29], TABLE[:, :2], None, np.full_like(TABLE, np.nan)])
def test_a_table_that_does_not_fit_is_a_mistake_of_the_importer(tmp_path: Path, table: np.ndarray | None) -> None:
    with pytest.raises(ValueError, match="table"):
        write_store(tmp_path, replace(contents(), table=table), id="patients")


def test_a_batch_has_images_and_the_standardized_rows_of_the_same_samples(store: DatasetStore) -> None:
    module = DatasetModule(store, batch_size=4, inputs=("images", "features"))
    standard = Standardization.of(store.manifest)
    plain = SplitDataset(store, "valid")
    seen = 0
    for (images, features), labels in module.val_dataloader():
        rows = store.indices("valid")[seen : seen + len(labels)]
        expected = (TABLE[rows] - standard.mean) / standard.std
        assert features.dtype == torch.float32
        np.testing.assert_allclose(features.numpy(), expected, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(images, plain.__getitems__(range(seen, seen + len(labels)))[0])
        np.testing.assert_array_equal(labels.numpy(), store.labels(rows))
        seen += len(labels)
    assert seen == 10
    assert [tuple(part.shape) for part in module.val_dataloader().dataset[0][0]] == [(1, 4, 4), (3,)]


def test_training_rows_are_centered_and_of_unit_spread(store: DatasetStore) -> None:
    ((features, _),) = DatasetModule(store, batch_size=10, inputs=("features",)).train_dataloader()
    torch.testing.assert_close(features.mean(dim=0), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(features.std(dim=0, unbiased=False), torch.tensor([1.0, 1.0, 0.0]), atol=1e-5, rtol=0)


def test_a_network_of_the_table_alone_decodes_no_image(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatasetStore, "images", lambda *_: pytest.fail("an image was decoded"))
    features, label = SplitDataset(store, "test", inputs=("features",))[0]
    assert features.shape == (3,)
    assert int(label) == 0


def test_the_shapes_are_those_of_what_goes_in(store: DatasetStore) -> None:
    assert input_shapes(store.manifest, ("features", "images")) == [(3,), (1, 4, 4)]


def test_the_rule_that_a_network_is_compared_with_sees_what_the_network_sees(tmp_path: Path) -> None:
    telling = TABLE.copy()
    telling[:, 1] = np.arange(30) // 15  # the class itself, which no image tells
    write_store(tmp_path, replace(contents(), table=telling), id="patients")
    store = DatasetStore(tmp_path)
    assert baseline_accuracy(store, ["features"]) == baseline_accuracy(store, ["images", "features"]) == 1
    assert baseline_accuracy(store) < 1
