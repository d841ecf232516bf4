"""Two versions of a data set side by side: which samples came, went, have another class or are in another split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.datasets.store import DatasetStore

SHOWN = 200
"""How many samples are listed; all are counted."""

FACTS = ("task", "classes", "features", "height", "width", "channels", "folds", "licence", "created_by")
"""What of two manifests is compared."""

What = Literal["added", "removed", "relabelled", "moved"]


class FactChange(BaseModel):
    """A line of the card that is another one: what it says before and after."""

    model_config = ConfigDict(frozen=True)

    name: str
    before: str
    after: str


class SampleChange(BaseModel):
    """What became of one sample.

    Attributes
    ----------
    what
        ``added``, ``removed``, ``relabelled`` (another class) or ``moved`` (another split).
    name
        Where it came from, such as its file name: by it the same sample is found in both versions.
    index
        Its number in the later version; in the earlier one where it was removed.
    before, after
        Its classes or splits; empty where there are none.
    """

    model_config = ConfigDict(frozen=True)

    what: What
    name: str
    index: int
    before: str = ""
    after: str = ""


class Comparison(BaseModel):
    """What is different in a later version.

    Attributes
    ----------
    counts
        How many samples were added, removed, relabelled and moved; what is 0 is left out.
    samples
        The first of them, :data:`SHOWN` at most.
    """

    model_config = ConfigDict(frozen=True)

    before: int
    after: int
    equal: bool
    facts: tuple[FactChange, ...] = ()
    counts: dict[What, int] = {}
    samples: tuple[SampleChange, ...] = ()


def compare(before: DatasetStore, after: DatasetStore) -> Comparison:
    """Return what is different in `after`. Samples are the same where their names are."""
    counts: Counter[What] = Counter()
    shown: list[SampleChange] = []
    for change in _changes(before, after):
        counts[change.what] += 1
        if len(shown) < SHOWN:
            shown.append(change)
    return Comparison(
        before=before.manifest.version,
        after=after.manifest.version,
        equal=before.manifest.content_hash == after.manifest.content_hash,
        facts=tuple(_facts(before.manifest, after.manifest)),
        counts=dict(counts),
        samples=tuple(shown),
    )


def _facts(before: Manifest, after: Manifest) -> Iterator[FactChange]:
    for name in FACTS:
        old, new = _text(getattr(before, name)), _text(getattr(after, name))
        if old != new:
            yield FactChange(name=name, before=old, after=new)


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _changes(before: DatasetStore, after: DatasetStore) -> Iterator[SampleChange]:
    old, new = _places(before), _places(after)
    for key, index in new.items():
        if key not in old:
            yield SampleChange(what="added", name=key[0], index=index, after=after.class_of(index) or "")
            continue
        classes = before.class_of(old[key]) or "", after.class_of(index) or ""
        if classes[0] != classes[1]:
            yield SampleChange(what="relabelled", name=key[0], index=index, before=classes[0], after=classes[1])
        splits = before.split_of(old[key]), after.split_of(index)
        if splits[0] != splits[1]:
            yield SampleChange(what="moved", name=key[0], index=index, before=splits[0], after=splits[1])
    for key, index in old.items():
        if key not in new:
            yield SampleChange(what="removed", name=key[0], index=index, before=before.class_of(index) or "")


def _places(store: DatasetStore) -> dict[tuple[str, int], int]:
    """Return the number of each sample by its name; samples of one name are told apart by their order."""
    seen: Counter[str] = Counter()
    places = {}
    for index, name in enumerate(store.names(range(len(store)))):
        places[name, seen[name]] = index
        seen[name] += 1
    return places
