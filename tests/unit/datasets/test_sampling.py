"""The order of samples: truly random, by class where that is asked, and decided by the seed alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from patholearn_lab.datasets.augmentation import PRESETS
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.datasets.loading_rules import LoadingRules
from patholearn_lab.datasets.preprocessing import FixedNormalization, Preprocessing
from patholearn_lab.datasets.sampling import EpochSampler, Sampling, class_weights
from patholearn_lab.datasets.split_dataset import batches
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import DatasetError, InvalidInputError
from patholearn_lab.serving.preprocess import fit_image

LABELS = np.repeat([0, 1, 2], [80, 12, 4])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> DatasetStore:
    return stored(tmp_path_factory.mktemp("set"))


def stored(folder: Path, labels: np.ndarray | None = LABELS) -> DatasetStore:
    """Return a set of 96 training images of 12 x 8 pixels, and 4 of valid and test; the mask is the image's red."""
    generator = np.random.default_rng(0)
    given = None if labels is None else np.append(labels, [0, 1, 2, 0, 0, 1, 2, 0])

    def samples() -> object:
        for _ in range(104):
            image = generator.integers(0, 2, (12, 8, 3), dtype=np.uint8) * np.uint8(255)
            yield Sample(image, image[:, :, 0] // 255)

    contents = Contents(
        name="Rare",
        task="segmentation" if labels is None else "classification",
        classes=("common", "rare", "rarest"),
        channels=3,
        height=12,
        width=8,
        names=[str(row) for row in range(104)],
        labels=given,
        splits=np.repeat([0, 1, 2], [96, 4, 4]).astype(np.uint8),
        samples=samples,  # type: ignore[arg-type]
        masks=True,
    )
    write_store(folder, contents, id="rare")
    return DatasetStore(folder)


def rows(sampler: EpochSampler, epochs: int = 1) -> list[list[int]]:
    return [[draw.row for draw in sampler] for _ in range(epochs)]


def by(name: str, **weights: float) -> EpochSampler:
    sampling = Sampling(by=name, weights=weights)  # type: ignore[arg-type]
    chosen = np.array([weights.get(name, 1.0) for name in ("common", "rare", "rarest")])
    return EpochSampler(len(LABELS), 3, sampling, LABELS, chosen)


def test_over_many_epochs_every_sample_is_as_often_at_every_place() -> None:
    samples, epochs, places = 60, 600, 12
    orders = np.array(rows(EpochSampler(samples, seed=1), epochs))
    counts = np.zeros((samples, places))
    np.add.at(counts, (orders, np.arange(samples) * places // samples), 1)
    due = epochs / places
    # Rows and columns add up to fixed numbers, which takes their degrees of freedom; within an epoch, which is a
    # permutation, samples keep each other away from a place, which makes the spread larger by one in `samples`.
    statistic = ((counts - due) ** 2 / due).sum() * (samples - 1) / samples
    p = chi2.sf(statistic, (samples - 1) * (places - 1))
    assert 0.001 < p < 0.999
    assert (np.sort(orders, axis=1) == np.arange(samples)).all()


def test_epochs_differ_and_the_seed_decides_them() -> None:
    first, second = rows(EpochSampler(50, seed=4), 2)
    again = EpochSampler(50, seed=4)
    again.set_epoch(1)
    assert rows(again) == [second] != [first]
    assert rows(EpochSampler(50, seed=5)) != [first]
    seeds = [draw.seed for draw in EpochSampler(50, seed=4)]
    assert len(set(seeds)) == 50
    assert seeds == [draw.seed for draw in EpochSampler(50, seed=4)]


def test_shards_of_an_epoch_are_the_whole_epoch() -> None:
    whole = list(EpochSampler(50, seed=2))
    parts = [[*EpochSampler(50, seed=2, shard=(number, 4))] for number in range(4)]
    assert {len(part) for part in parts} == {13} == {len(EpochSampler(50, shard=(1, 4)))}
    assert set().union(*parts) == set(whole)
    with pytest.raises(InvalidInputError, match="part 4 of 4"):
        EpochSampler(50, shard=(4, 4))


@pytest.mark.parametrize("name", ["balanced", "balanced_batches"])
def test_every_class_comes_equally_often_and_of_a_class_every_sample(name: str) -> None:
    (drawn,) = rows(by(name))
    assert np.bincount(LABELS[drawn]).tolist() == [32, 32, 32]
    assert len(drawn) == len(LABELS)
    repeats = np.bincount(drawn, minlength=len(LABELS))
    for label in range(3):
        assert np.ptp(repeats[label == LABELS]) <= 1
    common = set().union(*map(set, rows(by(name), 12)))
    assert common == set(range(len(LABELS)))  # over the epochs all of the common class are seen


def test_every_mini_batch_has_each_class() -> None:
    (drawn,) = rows(by("balanced_batches"))
    for start in range(0, 96, 12):
        assert np.bincount(LABELS[drawn[start : start + 12]], minlength=3).tolist() == [4, 4, 4]
    (loose,) = rows(by("balanced"))
    assert any(np.bincount(LABELS[loose[at : at + 12]], minlength=3).tolist() != [4, 4, 4] for at in range(0, 96, 12))


def test_weights_say_how_often_each_class_comes(store: DatasetStore) -> None:
    (drawn,) = rows(by("weighted", common=1, rare=2, rarest=0))
    assert np.bincount(LABELS[drawn], minlength=3).tolist() == [32, 64, 0]
    assert class_weights(store, Sampling(by="weighted", weights={"rare": 2})).tolist() == [1, 2, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("weights", "says"), [({"rar": 1}, "'rar'"), (dict.fromkeys(("common", "rare", "rarest"), 0), "No class")]
)
def test_weights_that_cannot_be_are_refused(store: DatasetStore, weights: dict[str, float], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        DatasetModule(store, rules=LoadingRules(sampling=Sampling(by="weighted", weights=weights)))


def test_samples_without_classes_cannot_be_drawn_by_class(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no class of their own"):
        DatasetModule(stored(tmp_path, None), rules=LoadingRules(sampling=Sampling(by="balanced")))


def test_training_batches_are_augmented_and_the_others_are_not(store: DatasetStore) -> None:
    module = DatasetModule(store, batch_size=96, targets=("masks",), rules=LoadingRules(augmentation="strong"))  # type: ignore[arg-type]
    plain = DatasetModule(store, batch_size=96, targets=("masks",))
    (images, masks), (others, other_masks) = next(iter(module.train_dataloader())), next(iter(plain.train_dataloader()))
    assert images.shape == others.shape
    assert not torch.equal(images, others)
    assert not torch.equal(masks, other_masks)
    for loader in ("val_dataloader", "test_dataloader"):
        torch.testing.assert_close(next(iter(getattr(module, loader)())), next(iter(getattr(plain, loader)())))


def test_a_plain_iterator_gives_what_the_loader_gives(store: DatasetStore) -> None:
    module = DatasetModule(store, batch_size=20, seed=3, rules=LoadingRules(augmentation=PRESETS["gentle"]))
    data = module.split("train")
    sampler = EpochSampler(len(data), 3)
    for one, other, third in zip(
        module.train_dataloader(), batches(data, 20, sampler), module.batches("train"), strict=True
    ):
        torch.testing.assert_close(one, other)
        torch.testing.assert_close(one, third)
    assert sum(len(labels) for _, labels in batches(module.split("test"), 3)) == 4


@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_images_get_another_size_as_serving_brings_them_to_it(store: DatasetStore, fit: str) -> None:
    rules = LoadingRules(size=(20, 20), fit=fit, normalization=FixedNormalization(mean=(0, 0, 0), std=(1, 1, 1)))  # type: ignore[arg-type]
    module = DatasetModule(store, batch_size=4, targets=("masks",), rules=rules)
    images, masks = next(iter(module.test_dataloader()))
    assert images.shape == (4, 3, 20, 20)
    assert masks.shape == (4, 20, 20)
    assert set(masks.unique().tolist()) == {0, 1}
    served = [fit_image(image, module.preprocessing) for image in store.images(store.indices("test"))]
    expected = torch.from_numpy(np.stack(served)).permute(0, 3, 1, 2) / 255
    assert (images - expected).abs().mean() < 0.02  # two programs, which round and place samples in their own ways
    agree = ((images[:, 0] > 0.5) == (masks == 1)).float().mean()
    assert agree > 0.8
    if fit == "pad":
        assert not images[:, :, :, :3].any()


def test_a_normalization_needs_a_figure_for_every_channel(store: DatasetStore) -> None:
    with pytest.raises(InvalidInputError, match="1 means and 1 spreads for 3"):
        Preprocessing.of(store.manifest, FixedNormalization(mean=(0.5,), std=(0.5,)))
