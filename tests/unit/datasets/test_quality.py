"""What is measured on images, and what is told from it: duplicates, blank and blurred images, stains."""

from __future__ import annotations

import itertools
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from patholearn_lab.datasets.changes import Drop, Move
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.duplicates import equal_pairs, find_duplicates, near_pairs
from patholearn_lab.datasets.measures import Measures
from patholearn_lab.datasets.quality import judge
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError, InvalidInputError

SIDE = 48
GLASS = 5
BLURRED = 9
SAME = (0, 20)
ALMOST = (3, 21)


def images() -> np.ndarray:
    """Return 24 textures: one of glass, one out of focus, one twice, and one once more as a JPEG would have it."""
    generator = np.random.default_rng(1)
    noise = generator.normal(size=(24, SIDE, SIDE, 3))
    smooth = gaussian_filter(noise, (0, 2, 2, 0))
    smooth[BLURRED] = gaussian_filter(smooth[BLURRED], (4, 4, 0)) * 4
    pictures = np.clip(150 + 250 * smooth, 0, 255)
    pictures[GLASS] = 240
    pictures[SAME[1]] = pictures[SAME[0]]
    pictures[ALMOST[1]] = np.clip(pictures[ALMOST[0]] * 0.97 + 3, 0, 255)
    return pictures.astype(np.uint8)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    folder = tmp_path_factory.mktemp("set")
    pictures = images()
    contents = Contents(
        name="Textures",
        task="classification",
        classes=("a", "b"),
        channels=3,
        height=SIDE,
        width=SIDE,
        names=[f"{row}.png" for row in range(24)],
        labels=np.arange(24) // 12,
        splits=np.repeat([0, 1, 2], 8).astype(np.uint8),
        samples=lambda: (Sample(picture) for picture in pictures),
    )
    write_store(folder, contents, id="textures")
    return DatasetStore(folder)


@pytest.fixture(scope="module")
def measures(store: DatasetStore) -> Measures:
    return Measures.of(store)


def test_the_hash_is_that_of_imagehash(measures: Measures) -> None:
    for row, picture in enumerate(images()):
        bits = np.packbits(imagehash.phash(Image.fromarray(picture)).hash.ravel()).view(">u8")[0]
        assert measures.hash[row] == bits


def test_a_blank_and_a_blurred_image_are_found(store: DatasetStore, measures: Measures) -> None:
    report = judge(store, measures)
    assert report.blank.samples == (GLASS,)
    assert report.blurred.samples == (BLURRED,)
    assert report.imbalance is None  # no image of b is in train
    assert report.brightness.by_split.keys() == {"train", "valid", "test"}
    assert sum(report.brightness.counts) == 24


def test_stains_are_those_of_color_deconvolution(measures: Measures) -> None:
    from skimage.color import hed2rgb

    strong = (hed2rgb(np.full((1, 16, 16, 3), (0.2, 0.0, 0.0))) * 255).astype(np.uint8)
    weak = (hed2rgb(np.full((1, 16, 16, 3), (0.05, 0.0, 0.0))) * 255).astype(np.uint8)
    from patholearn_lab.datasets.measures import _stains

    (more, *others), (less, *_) = _stains(strong)[0], _stains(weak)[0]
    assert more == pytest.approx(0.2, abs=0.01)
    assert less == pytest.approx(0.05, abs=0.01)
    assert max(others) < 0.02


def test_equal_and_almost_equal_images_in_two_splits_are_found(store: DatasetStore, measures: Measures) -> None:
    report = find_duplicates(store, measures)
    found = {tuple(sample.index for sample in group.samples): group for group in report.groups}
    assert found.keys() == {SAME, ALMOST}
    assert found[SAME].exact
    assert not found[ALMOST].exact
    assert found[SAME].samples[1].distance == 0
    assert 0 < found[ALMOST].samples[1].distance <= 4
    assert report.leaking == report.contradicting == report.total == 2
    assert report.mend("drop") == Drop(samples=(SAME[0], ALMOST[0]))  # the test split stays whole
    assert report.mend("move") == (Move(samples=(SAME[1], ALMOST[1]), split="train"),)
    assert find_duplicates(store, measures, 0).total == 1


def test_a_report_without_leaks_has_nothing_to_mend(store: DatasetStore, measures: Measures) -> None:
    clean = find_duplicates(store, measures).model_copy(update={"groups": ()})
    with pytest.raises(DatasetError, match="nothing to mend"):
        clean.mend()


def test_a_distance_that_takes_everything_for_equal_is_refused(store: DatasetStore, measures: Measures) -> None:
    with pytest.raises(InvalidInputError, match="11"):
        find_duplicates(store, measures, 11)


@pytest.mark.parametrize("distance", [0, 1, 4, 7])
def test_bands_find_the_pairs_that_comparing_all_finds(distance: int) -> None:
    generator = np.random.default_rng(distance)
    hashes = generator.integers(0, 2**63, 60, dtype=np.uint64)
    flips = [sum(1 << int(bit) for bit in generator.choice(64, count % 9, replace=False)) for count in range(60)]
    hashes = np.concatenate([hashes, hashes ^ np.array(flips, np.uint64)])
    close = {
        (one, other)
        for one, other in itertools.combinations(range(120), 2)
        if bin(int(hashes[one] ^ hashes[other])).count("1") <= distance
    }
    assert {tuple(sorted(pair)) for pair in near_pairs(hashes, distance).tolist()} == close
    assert len(close) >= 6


def test_equal_values_form_a_chain() -> None:
    assert equal_pairs(np.array([7, 3, 7, 7], np.uint64)).tolist() == [[0, 2], [2, 3]]


def test_what_was_measured_is_kept(store: DatasetStore, measures: Measures, tmp_path: Path) -> None:
    file = tmp_path / "1.measures.npz"
    first = Measures.kept(file, store)
    np.testing.assert_array_equal(first.hash, measures.hash)
    changed = Measures.of(store)
    changed.brightness[:] = 7
    np.savez(file, **vars(changed))
    assert (Measures.kept(file, store).brightness == 7).all()
