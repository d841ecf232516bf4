"""What an importer or a built-in set hands to the store: everything about a data set but its id, version and owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import Task, Visibility


class Sample(NamedTuple):
    """The arrays of one sample: image ``uint8[H,W,C]``, mask ``uint8[H,W]``, instances ``uint16[H,W]`` (0 is none)."""

    image: NDArray[np.uint8] | None
    mask: NDArray[np.uint8] | None = None
    instances: NDArray[np.uint16] | None = None


def no_samples() -> Iterator[Sample]:
    """Yield nothing: the samples of a table without images."""
    yield from ()


@dataclass(frozen=True)
class Contents:
    """A data set before it is stored. Its samples are read one by one, so that they need not fit into memory.

    Parameters
    ----------
    names
        Where each sample came from, such as its file name in an archive; as many as there are samples.
    labels
        ``int64[n]`` class indices, or None where samples have no class of their own (segmentation).
    tags
        ``uint8[n,classes]``, 0 or 1, where each sample may have several labels (multilabel).
    values
        ``float32[n,classes]``, finite, where numbers are to be told (regression).
    channels, height, width
        Of the images; 0 where there are none, and `table` says all.
    splits
        ``uint8[n]``: places in :data:`~patholearn_lab.datasets.manifest.SPLITS`.
    samples
        Called once; gives the samples in the order of `names`. Not asked where there are no images.
    masks, instances
        Whether every sample has them.
    sparse
        Whether some pixels of the masks are not annotated: they have the value 255.
    mask_classes
        The names of the values in the masks, where they are not `classes`.
    groups
        The patient or slide that each sample comes from, in the order of `names`; None where nobody said.
    grouped_by
        What a group is: ``patient`` or ``slide``.
    file
        The file that it is read from; its fingerprint goes on the card.
    coordinates
        ``int64[n,2]``: x and y of each sample's upper left corner on its slide, in pixels of the full resolution.
    features, table
        The names of the columns of a table, and the table: ``float32[n,features]``, finite; None where there is none.
    first_lines
        The first lines of a file that is a table alone, as they are written there.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    channels: Literal[0, 1, 3]
    height: int
    width: int
    names: Sequence[str]
    labels: NDArray[np.int64] | None
    splits: NDArray[np.uint8]
    samples: Callable[[], Iterator[Sample]] = no_samples
    masks: bool = False
    sparse: bool = False
    instances: bool = False
    mask_classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    table: NDArray[np.float32] | None = None
    tags: NDArray[np.uint8] | None = None
    values: NDArray[np.float32] | None = None
    groups: Sequence[str] | None = None
    grouped_by: str = ""
    coordinates: NDArray[np.int64] | None = None
    description: str = ""
    source: str = ""
    first_lines: tuple[tuple[str, ...], ...] = ()
    licence: str = ""
    visibility: Visibility = "private"
    notes: tuple[str, ...] = ()
    drawn: bool = False
    computed_labels: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
    file: Path | None = None
