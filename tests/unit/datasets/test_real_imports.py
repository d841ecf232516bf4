"""Real archives: what is stored is what was in them, image by image."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.paths import DataPaths


@pytest.mark.real_data
def test_every_patch_of_the_real_archive_is_stored_as_pil_decodes_it(data_paths: DataPaths, real_data: Path) -> None:
    library = DatasetLibrary(data_paths)
    path = real_data / "patches" / "pcam_small.zip"
    manifest = library.import_archive(path, "pcam")
    assert manifest.splits == {
        "train": {"normal": 1350, "tumor": 1350},
        "valid": {"normal": 600, "tumor": 600},
        "test": {"normal": 150, "tumor": 150},
    }
    store = library.open("pcam")
    names = store.names(range(len(store)))
    with zipfile.ZipFile(path) as archive:
        for start in range(0, len(store), 100):
            images = store.images(range(start, start + 100))
            for offset, name in enumerate(names[start : start + 100]):
                with archive.open(name) as file:
                    np.testing.assert_array_equal(images[offset], np.asarray(Image.open(file)))
                assert f"/{store.class_of(start + offset)}/" in name
                assert ("/valid/" in name) == (store.split_of(start + offset) == "valid")


@pytest.mark.real_data
def test_mnist_is_imported_with_its_test_split(data_paths: DataPaths, real_data: Path) -> None:
    library = DatasetLibrary(data_paths)
    path = real_data / "digits" / "mnist.npz"
    manifest = library.import_archive(path, "mnist")
    assert (manifest.channels, manifest.height, manifest.width) == (1, 28, 28)
    # A tenth of each class, rounded: 5,999 in all.
    assert (manifest.count("train"), manifest.count("valid"), manifest.count("test")) == (54_001, 5_999, 10_000)
    store = library.open("mnist")
    with np.load(path) as arrays:
        np.testing.assert_array_equal(store.images(store.indices("test"))[..., 0], arrays["x_test"])
        np.testing.assert_array_equal(store.labels(store.indices("test")), arrays["y_test"])
        np.testing.assert_array_equal(store.images(range(60_000))[..., 0], arrays["x_train"])
