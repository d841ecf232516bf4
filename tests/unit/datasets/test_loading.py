"""Batches: normalized, complete, in an order that the seed decides, with and without the memory cache and workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from patholearn_lab.datasets.augmentation import PRESETS
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule, choose_workers
from patholearn_lab.datasets.loading_rules import LoadingRules
from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.sampling import Sampling
from patholearn_lab.datasets.split_dataset import CACHE_BYTES, SplitDataset
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.paths import DataPaths


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    return small_store(tmp_path_factory.mktemp("tissue"), "he_tissue", {"samples": 60, "tile_px": 32})


def small_store(folder: Path, builtin: str, parameters: dict[str, int] | None = None) -> DatasetStore:
    paths = DataPaths(folder)
    paths.ensure()
    library = DatasetLibrary(paths)
    library.create_builtin(builtin, parameters=parameters)
    return library.open(builtin)


def normalized(store: DatasetStore, indices: np.ndarray) -> np.ndarray:
    pixels = store.images(indices).astype(np.float64) / 255
    return ((pixels - store.manifest.mean) / store.manifest.std).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("cache_bytes", [0, CACHE_BYTES])
def test_a_batch_is_normalized_as_preprocessing_says(store: DatasetStore, cache_bytes: int) -> None:
    dataset = SplitDataset(store, "train", cache_bytes=cache_bytes)
    for rows in ([5, 3, 3], [3, 0], [5]):  # the second and third time partly from the cache
        images, labels = dataset.__getitems__(rows)
        assert images.dtype == torch.float32
        assert images.is_contiguous()
        np.testing.assert_allclose(images.numpy(), normalized(store, dataset.indices[rows]), atol=1e-5)
        np.testing.assert_array_equal(labels.numpy(), store.labels(dataset.indices[rows]))


def test_an_epoch_holds_every_sample_once_and_the_seed_decides_its_order(store: DatasetStore) -> None:
    def epochs(seed: int) -> list[torch.Tensor]:
        loader = DatasetModule(store, batch_size=7, seed=seed).train_dataloader()
        return [torch.cat([images for images, _ in loader]) for _ in range(2)]

    first, second = epochs(1)
    assert len(first) == store.manifest.count("train") == 48
    assert not torch.equal(first, second)
    torch.testing.assert_close(epochs(1)[1], second)
    assert not torch.equal(epochs(2)[0], first)
    torch.testing.assert_close(first.sum((1, 2, 3)).sort().values, second.sum((1, 2, 3)).sort().values)


def test_validation_and_test_keep_their_order(store: DatasetStore) -> None:
    module = DatasetModule(store, batch_size=4)
    for split, loader in (("valid", module.val_dataloader()), ("test", module.test_dataloader())):
        labels = torch.cat([labels for _, labels in loader])
        np.testing.assert_array_equal(labels.numpy(), store.labels(store.indices(split)))  # type: ignore[arg-type]


def test_a_segmentation_batch_has_masks(tmp_path: Path) -> None:
    store = small_store(tmp_path, "ihc_colon")
    dataset = SplitDataset(store, "test")
    for _ in range(2):
        images, masks = dataset.__getitems__([2, 0])
        assert images.shape == (2, 3, 64, 64)
        assert masks.dtype == torch.int64
        np.testing.assert_array_equal(masks.numpy(), store.masks(dataset.indices[[2, 0]]))


def test_workers_give_the_same_batches(store: DatasetStore) -> None:
    rules = LoadingRules(augmentation=PRESETS["strong"], sampling=Sampling(by="balanced"))
    here = DatasetModule(store, batch_size=16, seed=2, num_workers=0, rules=rules).train_dataloader()
    loader = DatasetModule(store, batch_size=16, seed=2, num_workers=1, rules=rules).train_dataloader()
    for _ in range(2):  # two epochs, that differ
        for (images, labels), (others, other_labels) in zip(here, loader, strict=True):
            torch.testing.assert_close(images, others)
            torch.testing.assert_close(labels, other_labels)


def test_workers_are_chosen_from_cores_and_size(store: DatasetStore) -> None:
    assert choose_workers(store, cores=64) == 0  # it fits into memory
    large = DatasetStore(store.folder)
    large.manifest = store.manifest.model_copy(update={"splits": {"train": {"normal": 10**6}}})
    assert [choose_workers(large, cores) for cores in (1, 2, 4, 8, 64)] == [0, 0, 0, 2, 8]


def test_a_channel_without_spread_is_not_divided_by_zero(store: DatasetStore) -> None:
    flat: Manifest = store.manifest.model_copy(update={"std": (0.0, 0.1, 0.2)})
    assert Preprocessing.of(flat).std == (1.0, 0.1, 0.2)
