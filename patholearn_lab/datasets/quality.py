"""A report on the images of a set: balance of classes, brightness, stains, and samples that look blank or blurred."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.manifest import Looks, Split
from patholearn_lab.datasets.measures import STAINS, Measures
from patholearn_lab.datasets.store import DatasetStore

BLANK_CONTRAST = 0.02
"""Below this standard deviation of its grey values (0..1) an image is nearly of one color: glass, or nothing."""
BLURRED_SHARE = 0.25
"""An image with less than this share of the set's median sharpness is out of focus."""
BINS = 20
MOST_SAMPLES = 500
"""How many blank or blurred samples a report names; it counts all."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Distribution(_Value):
    """How a figure is spread over the images.

    Parameters
    ----------
    mean, std, smallest, median, largest
        Over all images.
    edges, counts
        A histogram of 20 bars: `edges` has one number more than `counts`.
    by_class
        The mean over the images of each class; empty where they have none. Classes that differ here could be told
        apart by this figure alone.
    by_split
        The mean over the images of each split.
    """

    mean: float
    std: float
    smallest: float
    median: float
    largest: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    by_class: dict[str, float]
    by_split: dict[Split, float]


class Suspects(_Value):
    """Samples that look as if they should not be there: their number, and the first 500 of them."""

    total: int
    samples: tuple[int, ...]


class Quality(_Value):
    """What can be seen in the images of a set without knowing what they show.

    Parameters
    ----------
    dataset, version, samples, height, width, channels
        Of which set; its size.
    classes
        Samples of each class in each split.
    imbalance
        The largest class of the training split over its smallest; None where samples have no class.
    mean, std
        Of each color channel over the training pixels, 0..1.
    brightness, contrast, sharpness
        See :class:`~patholearn_lab.datasets.measures.Measures`.
    stains
        The optical density of hematoxylin, eosin and DAB; empty for grey images.
    blank, blurred
        Images of nearly one color, and images that are much less sharp than the others.
    """

    dataset: str
    version: int
    samples: int
    height: int
    width: int
    channels: int
    classes: dict[Split, dict[str, int]]
    imbalance: float | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    brightness: Distribution
    contrast: Distribution
    sharpness: Distribution
    stains: dict[str, Distribution]
    blank: Suspects
    blurred: Suspects


def judge(store: DatasetStore, measures: Measures) -> Quality:
    """Return the report on a set from what was measured on its images."""
    manifest = store.manifest
    groups = _groups(store)

    def distribution(values: NDArray[np.float32]) -> Distribution:
        return _distribution(values, *groups)

    blank, blurred = (looking(looks, measures) for looks in get_args(Looks))
    learned = [manifest.splits.get("train", {}).get(name, 0) for name in manifest.classes]
    return Quality(
        dataset=manifest.id,
        version=manifest.version,
        samples=len(store),
        height=manifest.height,
        width=manifest.width,
        channels=manifest.channels,
        classes=manifest.splits,
        imbalance=max(learned) / min(learned) if "labels" in manifest.arrays and min(learned) else None,
        mean=manifest.mean,
        std=manifest.std,
        brightness=distribution(measures.brightness),
        contrast=distribution(measures.contrast),
        sharpness=distribution(measures.sharpness),
        stains={name: distribution(column) for name, column in zip(STAINS, measures.stains.T, strict=False)},
        blank=_suspects(blank),
        blurred=_suspects(blurred),
    )


def looking(looks: Looks, measures: Measures) -> NDArray[np.bool_]:
    """Return which images look blank, or blurred: ``bool[n]``."""
    blank = measures.contrast < BLANK_CONTRAST
    if looks == "blank":
        return blank
    usual = float(np.median(measures.sharpness[~blank])) if not blank.all() else 0.0
    return ~blank & (measures.sharpness < BLURRED_SHARE * usual)


def _groups(store: DatasetStore) -> tuple[Mapping[str, NDArray[np.int64]], Mapping[Split, NDArray[np.int64]]]:
    """Return the samples of each class, and those of each split."""
    manifest = store.manifest
    classes = manifest.classes if "labels" in manifest.arrays else ()
    return {name: store.indices(class_name=name) for name in classes}, {
        split: store.indices(split) for split in manifest.splits
    }


def _distribution(
    values: NDArray[np.float32],
    classes: Mapping[str, NDArray[np.int64]],
    splits: Mapping[Split, NDArray[np.int64]],
) -> Distribution:
    counts, edges = np.histogram(values, BINS)
    return Distribution(
        mean=float(values.mean()),
        std=float(values.std()),
        smallest=float(values.min()),
        median=float(np.median(values)),
        largest=float(values.max()),
        edges=tuple(map(float, edges)),
        counts=tuple(map(int, counts)),
        by_class={name: float(values[rows].mean()) for name, rows in classes.items() if len(rows)},
        by_split={split: float(values[rows].mean()) for split, rows in splits.items() if len(rows)},
    )


def _suspects(chosen: NDArray[np.bool_]) -> Suspects:
    found = np.flatnonzero(chosen)
    return Suspects(total=len(found), samples=tuple(map(int, found[:MOST_SAMPLES])))
