"""The built-in sets: what their cards promise."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.data import immunohistochemistry

from patholearn_lab.datasets.baseline import baseline_accuracy
from patholearn_lab.datasets.builtins.he_drawing import draw_tiles
from patholearn_lab.datasets.builtins.he_patients import FEATURES, draw_table
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import DatasetError
from patholearn_lab.paths import DataPaths


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> DatasetLibrary:
    paths = DataPaths(tmp_path_factory.mktemp("data"))
    paths.ensure()
    return DatasetLibrary(paths)


@pytest.fixture(scope="module")
def tissue(library: DatasetLibrary) -> DatasetStore:
    library.create_builtin("he_tissue", parameters={"samples": 400})
    return library.open("he_tissue")


def test_tissue_says_that_it_is_drawn(tissue: DatasetStore) -> None:
    assert tissue.manifest.drawn
    assert "drawn by a program" in tissue.manifest.notes[0]
    assert tissue.manifest.parameters == {"samples": 400, "tile_px": 64, "difficulty": 0.5, "seed": 0}
    assert tissue.manifest.splits["train"] == {"normal": 160, "tumor": 160}


def test_of_invented_patients_only_what_the_card_says_differs_between_the_classes() -> None:
    labels = np.arange(4_000) % 2
    table = draw_table(labels, 0)
    rows = dict(zip(FEATURES, table.T, strict=True))
    apart = {
        name: (values[labels == 1].mean() - values[labels == 0].mean()) / values.std() for name, values in rows.items()
    }
    assert min(apart["age_years"], apart["smoker"], apart["marker_u_per_ml"]) > 0.3
    assert max(abs(apart["sex_female"]), abs(apart["weight_kg"])) < 0.1
    assert set(np.unique(rows["smoker"])) == {0, 1}
    np.testing.assert_array_equal(table, draw_table(labels, 0))
    assert (table != draw_table(labels, 1)).any()


def test_each_tile_of_a_patient_has_a_row(library: DatasetLibrary) -> None:
    library.create_builtin("he_patients", parameters={"samples": 60})
    store = library.open("he_patients")
    assert store.manifest.shape().features == FEATURES
    np.testing.assert_array_equal(store.features(), draw_table(store.labels(), 0))
    assert store.manifest.name == "H&E tissue with patients (drawn)"


def test_color_hardly_tells_normal_tissue_from_tumor(tissue: DatasetStore) -> None:
    # 40 test tiles: chance alone gives 0.5 ± 0.16 (two standard errors).
    assert 0.3 <= baseline_accuracy(tissue) <= 0.7
    everything = np.arange(len(tissue))
    means = tissue.images(everything).mean((1, 2))
    covered = tissue.masks(everything).mean((1, 2))
    labels = tissue.labels()
    for values in (*means.T, covered):
        normal, tumor = values[labels == 0], values[labels == 1]
        assert abs(normal.mean() - tumor.mean()) < 0.35 * values.std()


def test_nuclei_of_tumor_are_larger_and_less_alike(tissue: DatasetStore) -> None:
    areas: dict[int, list[int]] = {0: [], 1: []}
    everything = np.arange(len(tissue))
    for label, tile in zip(tissue.labels(), tissue.instances(everything), strict=True):
        areas[int(label)].extend(np.bincount(tile[tile > 0]).tolist())
    normal, tumor = (np.array([area for area in areas[label] if area > 5]) for label in (0, 1))
    assert np.median(tumor) > 1.3 * np.median(normal)
    assert tumor.std() / tumor.mean() > 1.2 * normal.std() / normal.mean()


def test_nuclei_are_numbered_without_gaps_and_dark_in_the_image(tissue: DatasetStore) -> None:
    everything = np.arange(len(tissue))
    masks = tissue.masks(everything).astype(bool)
    for tile in tissue.instances(everything):
        np.testing.assert_array_equal(np.unique(tile), np.arange(tile.max() + 1))
    np.testing.assert_array_equal(masks, tissue.instances(everything) > 0)
    red = tissue.images(everything)[..., 0]
    assert red[masks].mean() < red[~masks].mean() - 50


def test_a_seed_draws_the_same_tiles() -> None:
    labels = np.array([0, 1, 1])
    one, two, other = (np.stack([tile.image for tile in draw_tiles(labels, 48, 0.5, seed)]) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    assert one.shape == (3, 48, 48, 3)


def test_digits_are_the_scans_enlarged(library: DatasetLibrary) -> None:
    manifest = library.ensure("digits")
    assert (manifest.total, manifest.channels, manifest.height) == (1797, 1, 32)
    assert any("enlarged to 32 × 32" in note for note in manifest.notes)
    assert baseline_accuracy(library.open("digits")) < 0.3


def test_no_pixel_of_the_colon_is_in_two_splits(library: DatasetLibrary) -> None:
    manifest = library.ensure("ihc_colon")
    assert manifest.computed_labels
    assert "not drawn by an expert" in manifest.notes[0]
    store = library.open("ihc_colon")
    image = immunohistochemistry()
    seen = np.zeros((3, 512, 512), bool)
    for index, name in enumerate(store.names(range(len(store)))):
        top, left = (int(part[1:]) for part in name.rpartition("/")[2].split("_"))
        inside = np.s_[top : top + 64, left : left + 64]
        np.testing.assert_array_equal(store.images([index])[0], image[inside])
        seen[("train", "valid", "test").index(store.split_of(index))][inside] = True
    assert seen.sum(0).max() == 1
    for split in ("train", "valid", "test"):
        share = store.masks(store.indices(split)).mean()  # type: ignore[arg-type]
        assert 0.1 < share < 0.9
    with pytest.raises(DatasetError, match="has no labels"):
        baseline_accuracy(store)
