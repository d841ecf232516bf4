"""What a new version of a data set will be, before it is written: its columns, and what stays of its samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import DatasetError, SampleNotFoundError


@dataclass(frozen=True)
class Draft:
    """The columns of a version to be.

    Parameters
    ----------
    manifest
        That of the version before, with what changed on it already (classes, notes).
    kept
        The samples of the version before that stay, ``int64[n]``.
    mask_values
        What each value of a mask becomes, ``uint8[256]``; None where masks stay.
    """

    manifest: Manifest
    kept: NDArray[np.int64]
    names: Sequence[str]
    splits: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    groups: Sequence[str] | None
    folds: NDArray[np.uint8] | None
    mask_values: NDArray[np.uint8] | None = None

    @classmethod
    def of(cls, store: DatasetStore) -> Self:
        """Return a draft in which nothing is changed yet."""
        arrays = store.manifest.arrays
        return cls(
            manifest=store.manifest,
            kept=np.arange(len(store), dtype=np.int64),
            names=store.names(range(len(store))),
            splits=store.splits(),
            labels=store.labels() if "labels" in arrays else None,
            groups=store.groups(),
            folds=store.folds() if "folds" in arrays else None,
        )

    def says(self, **facts: Any) -> Self:
        """Return the draft with other facts in its manifest."""
        return replace(self, manifest=self.manifest.model_copy(update=facts))

    def noted(self, note: str, instead_of: tuple[str, ...] = ()) -> Self:
        """Return the draft with a further sentence for the card, instead of those that begin so."""
        notes = (old for old in self.manifest.notes if not (instead_of and old.startswith(instead_of)))
        return self.says(notes=(*notes, note))

    def only(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the draft with the chosen samples alone: ``bool[n]``.

        Raises
        ------
        DatasetError
            When none is left.
        """
        if not chosen.any():
            raise DatasetError("Nothing would be left of the data set.", "Keep at least one sample.")
        return replace(
            self,
            kept=self.kept[chosen],
            names=[name for name, stays in zip(self.names, chosen, strict=True) if stays],
            splits=self.splits[chosen],
            labels=None if self.labels is None else self.labels[chosen],
            groups=self.groups and [group for group, stays in zip(self.groups, chosen, strict=True) if stays],
            folds=None if self.folds is None else self.folds[chosen],
        )

    def rows(self, samples: Sequence[int]) -> NDArray[np.int64]:
        """Return the numbers of samples as an array.

        Raises
        ------
        SampleNotFoundError
            When there is no such sample.
        """
        wanted = np.asarray(samples, np.int64)
        if len(wanted) and wanted.max() >= len(self.splits):
            raise SampleNotFoundError(
                f"The data set {self.manifest.id!r} has no sample {int(wanted.max())}.",
                f"Its samples are numbered from 0 to {len(self.splits) - 1}.",
            )
        return wanted
