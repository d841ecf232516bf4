"""What an importer or a built-in set hands to the store: everything about a data set but its id, version and owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import Task


class Sample(NamedTuple):
    """The arrays of one sample: image ``uint8[H,W,C]``, mask ``uint8[H,W]``, instances ``uint16[H,W]`` (0 is none)."""

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8] | None = None
    instances: NDArray[np.uint16] | None = None


@dataclass(frozen=True)
class Contents:
    """A data set before it is stored. Its samples are read one by one, so that they need not fit into memory.

    Parameters
    ----------
    names
        Where each sample came from, such as its file name in an archive; as many as there are samples.
    labels
        ``int64[n]`` class indices, or None where samples have no class of their own (segmentation).
    splits
        ``uint8[n]``: places in :data:`~patholearn_lab.datasets.manifest.SPLITS`.
    samples
        Called once; gives the samples in the order of `names`.
    masks, instances
        Whether every sample has them.
    mask_classes
        The names of the values in the masks, where they are not `classes`.
    groups
        The patient or slide that each sample comes from, in the order of `names`; None where nobody said.
    features, table
        The names of the columns of a table, and the table: ``float32[n,features]``, finite; None where there is none.
    """

    name: str
    task: Task
    classes: tuple[str, ...]
    channels: Literal[1, 3]
    height: int
    width: int
    names: Sequence[str]
    labels: NDArray[np.int64] | None
    splits: NDArray[np.uint8]
    samples: Callable[[], Iterator[Sample]]
    masks: bool = False
    instances: bool = False
    mask_classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    table: NDArray[np.float32] | None = None
    groups: Sequence[str] | None = None
    description: str = ""
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
    drawn: bool = False
    computed_labels: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)
