"""What samples are compared with: read from a store, or worked out from the masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import NOT_ANNOTATED
from patholearn_lab.errors import DatasetError

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest
    from patholearn_lab.graph.inputs import Target

FROM_MASKS = frozenset({"masks", "tags", "values"})
"""The targets that a mask is read for."""


def ensure_targets(manifest: Manifest, names: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets of these names.

    Raises
    ------
    DatasetError
        When the samples of the set have no such target; names those that they have.
    """
    shape = manifest.shape()
    there = ("images", *shape.targets)
    for name in names:
        if name not in there:
            raise DatasetError(
                f"The cell compares its answers with {name!r}, which the data set {manifest.name!r} does not have.",
                f"It has {', '.join(there)}. Change TARGET in the cell, or choose another data set.",
                dataset=manifest.id,
            )
    return cast("tuple[Target, ...]", tuple(names))


def tags_of(masks: NDArray[np.uint8], classes: int) -> NDArray[np.float32]:
    """Return which classes have at least one pixel: ``float32[N, classes]``, 0 or 1, from masks ``uint8[N, H, W]``."""
    return (shares_of(masks, classes) > 0).astype(np.float32)


def shares_of(masks: NDArray[np.uint8], classes: int) -> NDArray[np.float32]:
    """Return the share of the pixels that each class has: ``float32[N, classes]`` from masks ``uint8[N, H, W]``.

    Pixels that nobody annotated do not count; a mask of such pixels alone has no class.
    """
    counts = np.array([np.bincount(mask.ravel(), minlength=256) for mask in masks]).reshape(len(masks), 256)
    annotated = counts[:, :NOT_ANNOTATED].sum(axis=1, keepdims=True)
    return np.asarray(counts[:, :classes] / np.maximum(annotated, 1), np.float32)
