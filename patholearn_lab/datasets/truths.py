"""What is right for single samples: all that a data set knows about one, to be laid beside a prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.targets import shares_of, tags_of

if TYPE_CHECKING:
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.graph.inputs import Target


@dataclass(frozen=True)
class Truth:
    """One target of one sample.

    Parameters
    ----------
    names
        What its classes or values are called.
    value
        A class index (labels), a class index per pixel (masks, uint8[H,W]), or one number a name (tags, values).
    """

    names: tuple[str, ...]
    value: NDArray[Any]


def truths_of(store: DatasetStore, index: int, size: tuple[int, int] | None = None) -> dict[Target, Truth]:
    """Return what the data set knows about a sample, by target.

    Parameters
    ----------
    store
        The data set.
    index
        The sample.
    size
        Height and width that a mask is brought to (the nearest pixel counts); its own where None.
    """
    shape = store.manifest.shape()
    found: dict[Target, Truth] = {}
    if shape.has("labels") and store.class_of(index) is not None:
        found["labels"] = Truth(shape.names("labels"), store.labels([index])[0])
    if "tags" in store.manifest.arrays:
        found["tags"] = Truth(shape.names("tags"), store.tags([index])[0].astype(np.float32))
    if "values" in store.manifest.arrays:
        found["values"] = Truth(shape.names("values"), store.values([index])[0])
    if shape.has("masks"):
        masks, names = store.masks([index]), shape.names("masks")
        found["tags"] = Truth(names, tags_of(masks, len(names))[0])
        found["values"] = Truth(names, shares_of(masks, len(names))[0])
        found["masks"] = Truth(names, _resized(masks[0], size))
    return found


def _resized(mask: NDArray[np.uint8], size: tuple[int, int] | None) -> NDArray[np.uint8]:
    if size is None or mask.shape == size:
        return mask
    rows, columns = ((np.arange(wanted) + 0.5) * have // wanted for wanted, have in zip(size, mask.shape, strict=True))
    return np.asarray(mask[rows.astype(int)[:, None], columns.astype(int)])
