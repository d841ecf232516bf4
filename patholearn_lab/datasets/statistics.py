"""Mean and spread of the color channels, gathered while samples go by, and counts of classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import ALL, SPLITS, UNLABELED, Split


class ChannelMoments:
    """Mean and standard deviation per channel of pixel values scaled to 0..1, over all images added.

    The moments are those of all pixels together (the population's), not averages over images.
    """

    def __init__(self, channels: int) -> None:
        self._sum = np.zeros(channels)
        self._squares = np.zeros(channels)
        self._pixels = 0

    def add(self, image: NDArray[np.uint8]) -> None:
        """Add the pixels of one image, ``uint8[H,W,C]``."""
        # Two matrix products in float32 take a fifth of the time of sums over strided channels; the rounding of one
        # image (1e-7) does not grow, because the running sums are float64.
        pixels = image.reshape(-1, image.shape[-1]).astype(np.float32) / np.float32(255)
        self._sum += np.ones(len(pixels), np.float32) @ pixels
        self._squares += np.diag(pixels.T @ pixels)
        self._pixels += len(pixels)

    def mean(self) -> tuple[float, ...]:
        """Return the mean of each channel; 0 where nothing was added."""
        return tuple(float(value) for value in self._sum / max(self._pixels, 1))

    def std(self) -> tuple[float, ...]:
        """Return the standard deviation of each channel; 0 where nothing was added."""
        variance = self._squares / max(self._pixels, 1) - (self._sum / max(self._pixels, 1)) ** 2
        return tuple(float(value) for value in np.sqrt(np.maximum(variance, 0.0)))


def table_moments(
    table: NDArray[np.float32] | None, chosen: NDArray[np.bool_]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return mean and standard deviation of each column of ``float32[n,features]`` over the `chosen` rows.

    They are those of the rows themselves (the population's); nothing where there is no table, 0 where no row is chosen.
    """
    if table is None:
        return (), ()
    rows = table[chosen].astype(np.float64) if chosen.any() else np.zeros((1, table.shape[1]))
    return tuple(rows.mean(axis=0).tolist()), tuple(rows.std(axis=0).tolist())


def count_splits(
    classes: tuple[str, ...], labels: NDArray[np.int64] | None, splits: NDArray[np.uint8]
) -> dict[Split, dict[str, int]]:
    """Return the number of samples of each class in each split, or of all where there are no labels.

    Samples that nobody annotated are counted as :data:`~patholearn_lab.datasets.manifest.UNLABELED`.
    """
    counts: dict[Split, dict[str, int]] = {}
    for code, split in enumerate(SPLITS):
        inside = splits == code
        if labels is None:
            counts[split] = {ALL: int(inside.sum())}
        else:
            known = labels[inside & (labels >= 0)]
            per_class = np.bincount(known, minlength=len(classes))
            counts[split] = {name: int(count) for name, count in zip(classes, per_class, strict=True)}
            if len(known) < inside.sum():
                counts[split][UNLABELED] = int(inside.sum()) - len(known)
    return counts


class PixelCounts:
    """How many pixels of masks have each value, mask by mask.

    Parameters
    ----------
    classes
        How many values have a name; others, such as 255 for what nobody annotated, are not counted.
    """

    def __init__(self, classes: int) -> None:
        self._counts = np.zeros(classes, np.int64)

    def add(self, mask: NDArray[np.uint8]) -> None:
        """Count one mask ``uint8[H,W]``."""
        self._counts += np.bincount(mask.ravel(), minlength=256)[: len(self._counts)]

    def counts(self) -> tuple[int, ...]:
        """Return the pixels of each class."""
        return tuple(int(count) for count in self._counts)
