"""Data sets of what a notebook has: arrays, generators, torch's Datasets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zarr
from PIL import Image
from torch.utils.data import Dataset

from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import ArchiveError, InvalidInputError
from patholearn_lab.services import Services, Settings

IMAGES = np.random.default_rng(0).integers(0, 256, (24, 5, 6, 3), np.uint8)
LABELS = np.arange(24) % 2


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalClient]:
    with LocalClient(Services(Settings(data_dir=tmp_path_factory.mktemp("data"))), owns_services=True) as client:
        client.services.paths.ensure()
        yield client


def test_arrays_become_a_data_set(client: LocalClient, tmp_path: Path) -> None:
    images = zarr.create_array(tmp_path / "images", data=IMAGES, chunks=(5, 5, 6, 3))
    groups = [f"patient {number // 6}" for number in range(24)]
    manifest = client.datasets.from_arrays(
        *("spots", images, LABELS), classes=["none", "spot"], licence="CC0", groups=groups, grouped_by="patient"
    )
    store = client.services.datasets.open("spots")
    np.testing.assert_array_equal(store.images(range(24)), IMAGES)
    assert (manifest.name, manifest.classes, manifest.licence) == ("spots", ("none", "spot"), "CC0")
    assert (manifest.grouped_by, store.groups()) == ("patient", groups)


def test_a_table_alone_becomes_a_data_set(client: LocalClient) -> None:
    rows = np.arange(48.0).reshape(24, 2)
    manifest = client.datasets.from_arrays("table", features=rows, feature_names=["age", "dose"], labels=LABELS)
    assert (manifest.channels, manifest.features, manifest.total) == (0, ("age", "dose"), 24)
    np.testing.assert_array_equal(client.services.datasets.open("table").features(), rows)


class Scans(Dataset[Any]):
    """A torch Dataset that, as many, does not end by itself."""

    def __len__(self) -> int:
        return 24

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        return torch.from_numpy(IMAGES[number % 24]).permute(2, 0, 1) / 255, number % 2


@pytest.mark.parametrize(
    ("id", "samples"),
    [
        ("torch", Scans()),
        ("generator", ((image, label) for image, label in zip(IMAGES, LABELS, strict=True))),
        ("pictures", [{"image": Image.fromarray(one), "label": 1 - n % 2} for n, one in enumerate(IMAGES)]),
    ],
)
def test_samples_that_come_one_by_one_become_a_data_set(client: LocalClient, id: str, samples: Any) -> None:
    manifest = client.datasets.from_samples(id, samples, classes=["none", "spot"])
    assert (manifest.total, manifest.channels) == (24, 3)
    np.testing.assert_array_equal(client.services.datasets.open(id).images(range(24)), IMAGES)


def test_masks_that_come_one_by_one_are_kept_with_their_images(client: LocalClient) -> None:
    pairs = ((image, (image[..., 0] > 99).astype(int)) for image in IMAGES)
    manifest = client.datasets.from_samples("areas", pairs, classes=["dark", "bright"])
    assert manifest.task == "segmentation"
    np.testing.assert_array_equal(client.services.datasets.open("areas").masks([7])[0], IMAGES[7, ..., 0] > 99)


@pytest.mark.parametrize(
    ("samples", "problem"),
    [
        ([], "There are no samples"),
        ([IMAGES[0]], "Sample 0 is no image with a label"),
        ([(IMAGES[0], 0), (IMAGES[0][:2], 0)], "Sample 1 has images of shape (2, 6, 3)"),
        ([(IMAGES[0] * 2.0, 0)], "The image of sample 0 is float64"),
        ([(IMAGES[0], 0.5)], "Sample 0 has a label or mask that is float64"),
        ([(IMAGES[0], 0), (IMAGES[0], np.zeros((5, 6), int))], "Some samples have a label and others a mask"),
    ],
)
def test_a_sample_that_is_none_is_refused_by_its_number(client: LocalClient, samples: Any, problem: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        client.datasets.from_samples("bad", samples)
    assert problem in caught.value.message


def test_an_array_that_does_not_fit_is_refused_by_its_name(client: LocalClient) -> None:
    with pytest.raises(ArchiveError, match="'labels' of 'bad' has 2 entries"):
        client.datasets.from_arrays("bad", IMAGES, LABELS[:2])
    with pytest.raises(InvalidInputError, match="no array 'lables'"):
        client.datasets.from_arrays("bad", IMAGES, lables=LABELS)
