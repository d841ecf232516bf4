"""Cases that give several samples each: a volume its slices, a large image its tiles. A case is never in two splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.manifest import SPLITS, Split
from patholearn_lab.datasets.splits import fill_missing_splits, stratified_splits
from patholearn_lab.errors import ArchiveError

FEWEST = 3
"""Cases that are needed, so that one trains, one validates and one tests."""


@dataclass(frozen=True)
class Case:
    """One case.

    Parameters
    ----------
    name
        What it is called: the group of its samples.
    parts
        The names of its samples, in their order.
    read
        Gives its samples in that order.
    split
        Where it belongs, if somebody said so.
    coordinates
        ``int64[n,2]``: x and y of each sample in the case's image; None for slices.
    """

    name: str
    parts: Sequence[str]
    read: Callable[[], Iterator[Sample]]
    split: Split | None = None
    coordinates: NDArray[np.int64] | None = None


def contents_of_cases(
    cases: Sequence[Case],
    name: str,
    classes: tuple[str, ...],
    size: tuple[Literal[1, 3], int, int],
    grouped_by: str,
    notes: Sequence[str],
    **facts: Any,
) -> Contents:
    """Return the segmentation set of these cases.

    Parameters
    ----------
    cases
        All of them.
    name, classes
        What messages call the file, and the names of the values in the masks.
    size
        Channels, height and width of every sample.
    grouped_by
        What a case is: ``patient`` or ``slide``.
    notes, facts
        What the card says, and further fields of the contents.

    Raises
    ------
    ArchiveError
        When there are too few cases to split.
    """
    if len(cases) < FEWEST:
        raise ArchiveError(
            f"{name!r} holds {len(cases)} cases with labels; at least {FEWEST} are needed, so that one trains, one "
            "validates and one tests.",
            "Add cases: parts of one case must not be in two splits.",
            file=name,
        )
    lengths = [len(case.parts) for case in cases]
    alike = np.zeros(len(cases), np.int64)
    if any(case.split for case in cases):
        said = np.array([SPLITS.index(case.split or "train") for case in cases], np.uint8)
        codes, more = fill_missing_splits(alike, said)
    else:
        codes, more = stratified_splits(alike), ("The cases were split 80/10/10 at random (seed 0).",)
    places = [case.coordinates for case in cases if case.coordinates is not None]

    def samples() -> Iterator[Sample]:
        for case in cases:
            yield from case.read()

    return Contents(
        name=str(facts.pop("title", "")) or PurePosixPath(name).name.split(".")[0],
        task="segmentation",
        classes=classes,
        channels=size[0],
        height=size[1],
        width=size[2],
        names=[part for case in cases for part in case.parts],
        labels=None,
        splits=np.repeat(codes, lengths),
        samples=samples,
        masks=True,
        groups=[case.name for case in cases for _ in case.parts],
        grouped_by=grouped_by,
        coordinates=np.concatenate(places) if len(places) == len(cases) else None,
        source=name,
        notes=(*notes, *more),
        **facts,
    )


def as_bytes(values: NDArray[Any], low: float | None = None, high: float | None = None) -> NDArray[np.uint8]:
    """Return intensities as 0 to 255: `low` and less is 0, `high` and more is 255; uint8 stays as it is.

    Where nothing is said they are the percentiles 0.5 and 99.5 of `values`, as contrast is usually set.
    """
    if values.dtype == np.uint8 and low is None:
        return values
    numbers = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    first, last = np.percentile(numbers, [0.5, 99.5]) if low is None or high is None else (low, high)
    return np.asarray((np.clip((numbers - first) / max(last - first, 1e-6), 0, 1) * 255).round(), np.uint8)
