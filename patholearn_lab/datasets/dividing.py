"""How samples are dealt out to splits and folds: class by class, or in whole groups. Always by a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import SPLITS
from patholearn_lab.datasets.splits import HELD_OUT, split_named, stratified_splits
from patholearn_lab.errors import DatasetError

_USUAL = (1 - 2 * HELD_OUT, HELD_OUT, HELD_OUT)


def deal_samples(labels: NDArray[np.int64], shares: Sequence[float], seed: int) -> NDArray[np.uint8]:
    """Return a part for each sample, ``uint8[n]``, so that every class is in every part in its share.

    A class with as many samples as there are parts has at least one in each.

    Parameters
    ----------
    labels
        Class indices, ``int64[n]``; all zeros for a division that knows no classes.
    shares
        What each part gets; they add up to 1. A part with the share 0 gets nothing.
    seed
        The same seed gives the same parts.
    """
    generator = np.random.default_rng(seed)
    parts = np.zeros(len(labels), np.uint8)
    turn = 0
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        counts = _whole_counts(len(members), shares, turn)
        parts[members] = np.repeat(np.arange(len(shares)), counts)
        # What is left over by rounding goes to the next parts in turn, so that no part gets it of every class.
        turn += int(len(members) - np.floor(np.asarray(shares) * len(members) + 1e-9).sum())
    return parts


def deal_groups(
    labels: NDArray[np.int64], groups: Sequence[str], shares: Sequence[float], seed: int
) -> NDArray[np.uint8]:
    """Return a part for each sample, ``uint8[n]``: a group is in one part only, classes are as near to it as may be.

    Groups go one by one, the largest first, to the part where the squared shortfall of all classes shrinks most. Which
    of equal ones comes first is drawn.

    Raises
    ------
    DatasetError
        When there are fewer groups than parts.
    """
    names, group_of = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    wanted = [part for part, share in enumerate(shares) if share > 0]
    if len(names) < len(wanted):
        raise DatasetError(
            f"There are {len(names)} groups and {len(wanted)} parts; a group is never in two.",
            "Ask for fewer folds or splits, or divide without groups.",
        )
    classes, class_of = np.unique(labels, return_inverse=True)
    counts = np.zeros((len(names), len(classes)))
    np.add.at(counts, (group_of, class_of), 1)
    due = np.asarray(shares)[wanted, None] * counts.sum(axis=0)
    filled = np.zeros_like(due)
    order = np.random.default_rng(seed).permutation(len(names))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    part_of = np.zeros(len(names), np.uint8)
    for left, group in zip(range(len(order), 0, -1), order, strict=True):
        gain = (((filled + counts[group]) / due - 1) ** 2 - (filled / due - 1) ** 2).sum(axis=1)
        empty = filled.sum(axis=1) == 0
        if empty.sum() >= left:
            gain[~empty] = np.inf
        choice = int(gain.argmin())
        filled[choice] += counts[group]
        part_of[group] = wanted[choice]
    return part_of[group_of]


def usual_splits(labels: NDArray[np.int64], groups: Sequence[str] | None, what: str) -> tuple[NDArray[np.uint8], str]:
    """Return the split of samples for which nobody named any, 80/10/10, and a sentence on it for the card.

    Parameters
    ----------
    labels
        Class indices, ``int64[n]``; all zeros where there are none.
    groups
        The patient or slide of each sample, which is then in one split only; None where nobody knows.
    what
        What samples are called: ``"images"``, ``"lines"``.
    """
    if groups is None:
        return stratified_splits(labels), f"No splits are named: the {what} were split 80/10/10 at random (seed 0)."
    if len(set(groups)) < len(_USUAL):
        few = "There are fewer than three groups, so that one is in two splits."
        return stratified_splits(labels), f"The {what} were split 80/10/10 at random (seed 0). {few}"
    note = f"No splits are named: the {what} were split 80/10/10, and no group is in two splits (seed 0)."
    return deal_groups(labels, groups, _USUAL, 0), note


def splits_in_names(names: Sequence[str]) -> NDArray[np.uint8]:
    """Return the split that a folder in the name of each sample says: ``uint8[n]``.

    Raises
    ------
    DatasetError
        When a name says none, or two.
    """
    codes = np.zeros(len(names), np.uint8)
    for row, name in enumerate(names):
        said = {split for part in name.replace("\\", "/").split("/")[:-1] if (split := split_named(part)) is not None}
        if len(said) != 1:
            raise DatasetError(
                f"The name of the sample {name!r} says {'no split' if not said else 'two splits'}.",
                "Names of folders such as train/, valid/ and test/ say it. Divide in another way where they do not.",
            )
        codes[row] = SPLITS.index(said.pop())
    return codes


def groups_in_two(groups: Sequence[str], parts: NDArray[np.uint8]) -> list[str]:
    """Return the groups that have samples in more than one part, by name."""
    found: dict[str, int] = {}
    return sorted(
        {group for group, part in zip(groups, parts.tolist(), strict=True) if found.setdefault(group, part) != part}
    )


def _whole_counts(total: int, shares: Sequence[float], turn: int) -> NDArray[np.int64]:
    """Return whole numbers that add up to `total`, as near to `shares` as may be, none of 0 where there are enough.

    What is left over by rounding goes to the largest remainders, and among equal ones to the parts from `turn` on.
    """
    exact = np.asarray(shares) * total
    counts: NDArray[np.int64] = np.floor(exact + 1e-9).astype(np.int64)
    turned = np.roll(np.arange(len(shares)), -turn % len(shares))
    by_remainder = turned[np.argsort(-(exact - counts)[turned].round(9), kind="stable")]
    counts[by_remainder[: total - counts.sum()]] += 1
    wanted = np.asarray(shares) > 0
    if total >= wanted.sum():
        for part in np.flatnonzero(wanted & (counts == 0)):
            counts[counts.argmax()] -= 1
            counts[part] += 1
    return counts
