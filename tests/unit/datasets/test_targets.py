"""What batches hold besides images: labels, masks, and what follows from masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.datasets.split_dataset import SplitDataset
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.targets import shares_of, tags_of
from patholearn_lab.errors import DatasetError
from patholearn_lab.paths import DataPaths


@pytest.fixture(scope="module")
def tissue(tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    paths = DataPaths(tmp_path_factory.mktemp("tissue"))
    paths.ensure()
    library = DatasetLibrary(paths)
    library.create_builtin("he_tissue", parameters={"samples": 60, "tile_px": 32})
    return library.open("he_tissue")


def test_shares_and_tags_follow_from_the_mask_and_leave_out_what_is_not_annotated() -> None:
    masks = np.array([[[0, 0], [1, 255]], [[2, 2], [2, 2]]], np.uint8)
    np.testing.assert_allclose(shares_of(masks, 3), [[2 / 3, 1 / 3, 0], [0, 0, 1]], rtol=1e-6)
    np.testing.assert_array_equal(tags_of(masks, 3), [[1, 1, 0], [0, 0, 1]])
    assert shares_of(masks[:0], 3).shape == (0, 3)


def test_one_target_is_a_tensor_and_several_are_named(tissue: DatasetStore) -> None:
    names = ("labels", "masks", "tags", "values", "images")
    rows = [4, 1]
    images, together = SplitDataset(tissue, "train", targets=names).__getitems__(rows)
    assert set(together) == set(names)
    assert together["images"] is images
    samples = tissue.indices("train")[rows]
    np.testing.assert_array_equal(together["labels"].numpy(), tissue.labels(samples))
    np.testing.assert_array_equal(together["masks"].numpy(), tissue.masks(samples))
    assert together["masks"].dtype == torch.int64
    np.testing.assert_allclose(together["values"].sum(1), 1, atol=1e-6)
    np.testing.assert_array_equal(together["tags"], together["values"] > 0)
    for name in names:
        alone = SplitDataset(tissue, "train", targets=[name]).__getitems__(rows)[1]
        torch.testing.assert_close(alone, together[name])


def test_one_sample_is_a_row_of_its_batch(tissue: DatasetStore) -> None:
    dataset = SplitDataset(tissue, "valid", targets=["labels", "masks"])
    image, truth = dataset[2]
    images, together = dataset.__getitems__([2])
    torch.testing.assert_close(image, images[0])
    torch.testing.assert_close(truth, {name: part[0] for name, part in together.items()})


def test_a_module_gives_what_was_asked(tissue: DatasetStore) -> None:
    _, masks = next(iter(DatasetModule(tissue, batch_size=4, targets=["masks"]).test_dataloader()))
    assert masks.shape == (4, 32, 32)
    _, labels = next(iter(DatasetModule(tissue, batch_size=4).test_dataloader()))
    assert labels.shape == (4,)


def test_a_target_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    paths = DataPaths(tmp_path)
    paths.ensure()
    library = DatasetLibrary(paths)
    library.ensure("digits")
    with pytest.raises(DatasetError, match="compares its answers with 'masks'") as caught:
        DatasetModule(library.open("digits"), targets=["masks"])
    assert "It has images, labels." in caught.value.hint


def test_the_manifest_counts_the_pixels_of_each_class(tissue: DatasetStore) -> None:
    manifest = tissue.manifest
    assert manifest.mask_names == ("background", "nucleus")
    masks = tissue.masks(tissue.indices("train"))
    assert manifest.mask_pixels == (int((masks == 0).sum()), int((masks == 1).sum()))
    shape = manifest.shape()
    assert shape.counts("masks") == manifest.mask_pixels
    assert shape.counts("labels") == (24, 24)
    assert shape.names("masks") == shape.names("values") == ("background", "nucleus")
    assert shape.names("labels") == ("normal", "tumor")
