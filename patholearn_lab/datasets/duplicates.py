"""The same picture twice, or almost: the leak that nobody sees when it lies in two splits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.changes import Drop, Move
from patholearn_lab.datasets.manifest import SPLITS, Split
from patholearn_lab.datasets.measures import Measures
from patholearn_lab.datasets.quality import BLANK_CONTRAST
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import DatasetError, InvalidInputError

NEAR = 4
"""In how many of its 64 bits the hash of an almost equal picture may differ."""
MAX_DISTANCE = 10
"""Beyond, pictures that have nothing in common would be taken for equal."""
MOST_STEPS = 2_000
MOST_PAIRS = 2_000_000
MOST_GROUPS = 500
"""How many groups a report names; it counts all."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Duplicate(_Value):
    """One picture of a group of equal or almost equal ones.

    Parameters
    ----------
    index, split, class_name
        Which sample.
    distance
        In how many of its 64 bits its hash differs from that of the first picture of the group.
    """

    index: int
    split: Split
    class_name: str | None = None
    distance: int = 0


class DuplicateGroup(_Value):
    """Pictures that are equal or almost equal.

    Parameters
    ----------
    exact
        Whether all have the same pixels.
    leaks
        Whether they lie in more than one split.
    contradicts
        Whether they have more than one class.
    """

    samples: tuple[Duplicate, ...]
    exact: bool
    leaks: bool
    contradicts: bool


class Duplicates(_Value):
    """A report on equal and almost equal pictures.

    Parameters
    ----------
    dataset, version
        Of which set.
    distance
        In how many bits the hashes of two of one group may differ.
    total, leaking, contradicting
        How many groups there are, in more than one split, with more than one class.
    groups
        Those that leak first, then those that contradict themselves; 500 at most.
    """

    dataset: str
    version: int
    distance: int
    total: int
    leaking: int
    contradicting: int
    groups: tuple[DuplicateGroup, ...]

    def mend(self, how: Literal["drop", "move"] = "drop") -> Drop | tuple[Move, ...]:
        """Return what takes the leaks of this report out of the set.

        ``"drop"`` keeps one picture of each group, one of the test split where there is one, so that it stays whole.
        ``"move"`` puts the pictures of a group into the split where most of them are.

        Raises
        ------
        DatasetError
            When nothing leaks.
        """
        groups = [group for group in self.groups if group.leaks]
        if not groups:
            raise DatasetError("No picture lies in two splits: there is nothing to mend.", "Train as it is.")
        if how == "drop":
            return Drop(samples=tuple(sorted(index for group in groups for index in _all_but_one(group))))
        moves: dict[Split, list[int]] = {}
        for group in groups:
            splits = [sample.split for sample in group.samples]
            home = max(SPLITS, key=splits.count)
            moves.setdefault(home, []).extend(sample.index for sample in group.samples if sample.split != home)
        return tuple(Move(samples=tuple(sorted(samples)), split=split) for split, samples in moves.items())


def find_duplicates(store: DatasetStore, measures: Measures, distance: int = NEAR) -> Duplicates:
    """Return which pictures of a set are equal or almost equal.

    Pictures of one color are compared by their pixels alone: their hash is noise.

    Raises
    ------
    InvalidInputError
        When the distance is not from 0 to 10.
    """
    if not 0 <= distance <= MAX_DISTANCE:
        raise InvalidInputError(
            f"A distance of {distance} bits cannot be asked for.",
            f"Choose one from 0 to {MAX_DISTANCE}; {NEAR} is usual.",
        )
    shown = np.flatnonzero(measures.contrast >= BLANK_CONTRAST)
    pairs = [equal_pairs(measures.digest), shown[near_pairs(measures.hash[shown], distance)]]
    components = _components(np.concatenate(pairs), len(store))
    groups = [_group(store, measures, members) for members in _members(components)]
    groups.sort(key=lambda group: (not group.leaks, not group.contradicts, group.samples[0].index))
    return Duplicates(
        dataset=store.manifest.id,
        version=store.manifest.version,
        distance=distance,
        total=len(groups),
        leaking=sum(group.leaks for group in groups),
        contradicting=sum(group.contradicts for group in groups),
        groups=tuple(groups[:MOST_GROUPS]),
    )


def equal_pairs(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return pairs of places with equal values, each with the next of its kind: ``int64[m,2]``."""
    order = np.argsort(values, kind="stable")
    same = np.flatnonzero(values[order][1:] == values[order][:-1])
    return np.stack([order[same], order[same + 1]], axis=1).astype(np.int64)


def near_pairs(hashes: NDArray[np.uint64], distance: int) -> NDArray[np.int64]:
    """Return pairs of places whose hashes differ in at most `distance` bits, equal ones in a chain: ``int64[m,2]``.

    Two hashes that differ in d bits are equal in one of d + 1 bands of their bits, so only those that share a band are
    compared: 100,000 pictures take a second instead of five billion comparisons. In a set of pictures that are nearly
    all alike a hash is compared with the next 2,000 of its band, and where there would be millions of pairs, those of
    a group become a chain.
    """
    unique, first = np.unique(hashes, return_index=True)
    found = [equal_pairs(hashes)]
    edges = np.linspace(0, 64, distance + 2).astype(int)
    for start, stop in pairwise(edges.tolist()) if distance else ():
        band = (unique >> np.uint64(start)) & np.uint64((1 << (stop - start)) - 1)
        order = np.argsort(band, kind="stable")
        keys, sorted_hashes = band[order], unique[order]
        at, step = np.arange(len(order)), 1
        # Those whose neighbor `step` places on is in the same band; fewer with each step.
        while (
            step <= MOST_STEPS and len(at := at[at + step < len(order)]) and len(at := at[keys[at] == keys[at + step]])
        ):
            near = at[np.bitwise_count(sorted_hashes[at] ^ sorted_hashes[at + step]) <= distance]
            found.append(np.stack([first[order[near]], first[order[near + step]]], axis=1))
            step += 1
            if sum(map(len, found)) > MOST_PAIRS:
                found = [equal_pairs(_components(np.concatenate(found), len(hashes)).astype(np.uint64))]
    return np.concatenate(found).astype(np.int64)


def _components(pairs: NDArray[np.int64], total: int) -> NDArray[np.int32]:
    """Return for each of `total` places the number of the group that the pairs put it in: ``int32[total]``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(total, total))
    return np.asarray(connected_components(links, directed=False)[1])


def _members(component: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """Yield the places of each component of more than one."""
    order = np.argsort(component, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        if len(places) > 1:
            yield places.astype(np.int64)


def _group(store: DatasetStore, measures: Measures, members: NDArray[np.int64]) -> DuplicateGroup:
    distances = np.bitwise_count(measures.hash[members] ^ measures.hash[members[0]])
    samples = tuple(
        Duplicate(index=index, split=store.split_of(index), class_name=store.class_of(index), distance=distance)
        for index, distance in zip(members.tolist(), distances.tolist(), strict=True)
    )
    classes = {sample.class_name for sample in samples} - {None}
    return DuplicateGroup(
        samples=samples,
        exact=len(np.unique(measures.digest[members])) == 1,
        leaks=len({sample.split for sample in samples}) > 1,
        contradicts=len(classes) > 1,
    )


def _all_but_one(group: DuplicateGroup) -> list[int]:
    """Return all but the picture that stays: the first of the last split."""
    stays = max(group.samples, key=lambda sample: (SPLITS.index(sample.split), -sample.index))
    return [sample.index for sample in group.samples if sample is not stays]
