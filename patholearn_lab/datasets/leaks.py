"""Whether a patient or a slide is in more than one split: what is learned from it is then tested on the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.manifest import SPLITS, Split

if TYPE_CHECKING:
    from patholearn_lab.datasets.store import DatasetStore

MOST_NAMED = 100
"""How many groups a report names; it counts all."""


class SharedGroup(BaseModel):
    """A group whose samples lie in more than one split, with how many in each."""

    model_config = ConfigDict(frozen=True)

    name: str
    samples: dict[Split, int]


class Leaks(BaseModel):
    """The groups of a set that are in more than one split.

    Attributes
    ----------
    dataset, version
        Of which set.
    grouped_by
        What a group is, such as ``patient``; empty where nobody said.
    groups
        How many there are; 0 where nobody said which samples belong together.
    total, shared
        How many are in more than one split, and the first 100 of them by name.
    """

    model_config = ConfigDict(frozen=True)

    dataset: str
    version: int
    grouped_by: str
    groups: int
    total: int
    shared: tuple[SharedGroup, ...]


def find_leaks(store: DatasetStore) -> Leaks:
    """Return the groups of a set that are in more than one split."""
    counts: dict[str, dict[Split, int]] = {}
    for group, code in zip(store.groups() or (), store.splits().tolist(), strict=bool(store.manifest.groups)):
        in_splits = counts.setdefault(group, {})
        in_splits[SPLITS[code]] = in_splits.get(SPLITS[code], 0) + 1
    shared = [
        SharedGroup(name=name, samples={split: found[split] for split in SPLITS if split in found})
        for name, found in sorted(counts.items())
        if len(found) > 1
    ]
    return Leaks(
        dataset=store.manifest.id,
        version=store.manifest.version,
        grouped_by=store.manifest.grouped_by,
        groups=len(counts),
        total=len(shared),
        shared=tuple(shared[:MOST_NAMED]),
    )
