"""Which samples train, tune and test: stratified by class, seeded, and as the folders say where they say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import SPLITS, Split

TRAIN, VALID, TEST = range(3)
"""The codes of the splits in a store: places in ``SPLITS``."""

HELD_OUT = 0.1
"""What validation and test get each where nothing else is said: a split of 80/10/10."""

_SYNONYMS: dict[str, Split] = {
    **dict.fromkeys(("train", "training", "trainset", "train_set"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "dev", "valid_set", "val_set"), "valid"),
    **dict.fromkeys(("test", "testing", "testset", "test_set"), "test"),
}


def split_named(folder: str) -> Split | None:
    """Return the split that a folder's name stands for (``"Val"`` is ``"valid"``), or None."""
    return _SYNONYMS.get(folder.strip().lower())


def stratified_splits(labels: NDArray[np.int64], seed: int = 0) -> NDArray[np.uint8]:
    """Return a split code for each sample: of each class 10 % to valid, 10 % to test, the rest to train.

    A class with at least three samples has at least one in each split.

    Parameters
    ----------
    labels
        Class indices, ``int64[n]``. For samples without a class, all zeros.
    seed
        The same seed gives the same splits.
    """
    return cut_from_train(labels, np.full(len(labels), TRAIN, np.uint8), (VALID, TEST), seed)


def fill_missing_splits(
    labels: NDArray[np.int64], splits: NDArray[np.uint8], seed: int = 0
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Cut a missing validation or test split from the training split, class by class, and say so.

    Returns
    -------
    splits
        The codes, ``uint8[n]``. Samples that were not in train stay where they were.
    notes
        A sentence for the card for each split that was cut.
    """
    missing = [code for code in (VALID, TEST) if not (splits == code).any()]
    filled = cut_from_train(labels, splits, missing, seed)
    notes = tuple(
        f"There was no {SPLITS[code]} split: {HELD_OUT:.0%} of the training images of each class "
        f"({int((filled == code).sum())} in all, drawn at random with seed {seed}) were set aside for it."
        for code in missing
    )
    return filled, notes


def cut_from_train(
    labels: NDArray[np.int64], splits: NDArray[np.uint8], into: Sequence[int], seed: int
) -> NDArray[np.uint8]:
    """Move a tenth of the training samples of each class (at least one) into each split of `into`.

    The last training sample of a class is never taken.
    """
    result = splits.copy()
    generator = np.random.default_rng(seed)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero((labels == label) & (splits == TRAIN)))
        count = max(round(HELD_OUT * len(members)), 1)
        for place, code in enumerate(into):
            result[members[:-1][place * count : (place + 1) * count]] = code
    return result
