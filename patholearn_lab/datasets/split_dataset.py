"""One split of a data set as a torch Dataset: whole batches are read at once, and normalized in torch.

Without lightning, so that processes that only read start quickly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from patholearn_lab.datasets.fitting import fitted, fitted_masks
from patholearn_lab.datasets.inputs import FEATURES, IMAGES, ensure_inputs
from patholearn_lab.datasets.manifest import NO_LABEL, NOT_ANNOTATED, Split
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.sampling import Draw, EpochSampler
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.targets import FROM_MASKS, ensure_targets, shares_of, tags_of
from patholearn_lab.datasets.transforms import augment
from patholearn_lab.graph.inputs import Target

Batch = tuple[Any, Any]
"""What goes in, and what it is compared with: a tensor, or one for each target by name.

Images go in as ``float32[N,C,H,W]``, normalized; features as ``float32[N,features]``, standardized; both as a tuple of
the two.

Labels ``int64[N]``, masks ``int64[N,H,W]``, tags ``float32[N,classes]`` (0 or 1), values ``float32[N,classes]`` (shares
of the mask's pixels), images the same tensor again.
"""

CACHE_BYTES = 512 * 2**20
"""A split that is smaller than this, decoded, stays in memory once it was read."""


class SplitDataset(Dataset[Batch]):
    """One split of a data set, read a batch at a time.

    A split below `cache_bytes` is kept decoded as it is read: decoding costs 40 to 80 µs a sample and copying from
    memory a tenth of that, in every epoch. Only in the training process itself: each worker would keep its own copy.

    Parameters
    ----------
    store
        The data set.
    split
        Which part of it.
    preprocessing
        How pixels are normalized; that of the data set where None.
    cache_bytes
        The largest split that is kept in memory, decoded; 0 keeps none.
    targets
        What the images are compared with; where empty, what the data set is made for: labels or masks.
    inputs
        What goes into the network, in this order: images, features, or both; the images, or the table that stands
        alone, where empty.
    fold
        Which fold is the validation split; the splits as they are where None.
    transform
        What is done to the images of draws (not of plain rows), with their masks in step, before they are normalized:
        a transform of torchvision for ``uint8[C,H,W]``.
    standardization
        How the features of the table are standardized; as that of the data set where None.

    Raises
    ------
    DatasetError
        When the data set has no such target or input.
    """

    def __init__(
        self,
        store: DatasetStore,
        split: Split,
        preprocessing: Preprocessing | None = None,
        cache_bytes: int = CACHE_BYTES,
        targets: Sequence[str] = (),
        inputs: Sequence[str] = (),
        fold: int | None = None,
        transform: Any = None,
        standardization: Standardization | None = None,
    ) -> None:
        self.store = store
        self.transform = transform
        self.targets = targets_for(store, targets)
        self.inputs = ensure_inputs(store.manifest, inputs)
        self.indices = annotated(store, store.indices(split, fold=fold), self.targets)
        self.preprocessing = preprocessing = preprocessing or Preprocessing.of(store.manifest)
        mean, std = torch.tensor(preprocessing.mean), torch.tensor(preprocessing.std)
        # (value / 255 - mean) / std as one multiplication and one addition.
        self._scale = (1 / (255 * std)).view(1, -1, 1, 1)
        self._offset = (-mean / std).view(1, -1, 1, 1)
        # Tags and values that were given as such need no masks.
        given = [target for target in self.targets if target in store.manifest.arrays and target != "masks"]
        self._masked = not FROM_MASKS.isdisjoint(set(self.targets) - set(given))
        self._given = {target: torch.from_numpy(_read_given(store, target)[self.indices]) for target in given}
        manifest = store.manifest
        size = len(self.indices) * manifest.height * manifest.width * manifest.channels
        self._cache = _Cache(len(self.indices)) if size <= cache_bytes else None
        scale = standardization or Standardization.of(store.manifest)
        self._table = _table(store, self.indices, scale) if FEATURES in self.inputs else None
        # A network of the table alone waits for no image to be decoded.
        self._pictured = self._masked or IMAGES in {*self.inputs, *self.targets}

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, row: int | Draw) -> Batch:
        given, truth = self.__getitems__([row])
        return (
            tuple(part[0] for part in given) if isinstance(given, tuple) else given[0],
            {name: part[0] for name, part in truth.items()} if isinstance(truth, dict) else truth[0],
        )

    def __getitems__(self, rows: Sequence[int | Draw]) -> Batch:
        """Return a whole batch; DataLoader calls this with what its sampler drew."""
        wanted = np.array([row.row if isinstance(row, Draw) else row for row in rows], np.int64)
        seeds = [row.seed for row in rows if isinstance(row, Draw)]
        batch, masks = self._images(wanted, seeds) if self._pictured else (None, None)
        truth = {name: self._truth(name, wanted, batch, masks) for name in self.targets}
        given = tuple(self._input(name, wanted, batch) for name in self.inputs)
        return given if len(given) > 1 else given[0], truth if len(truth) > 1 else truth[self.targets[0]]

    def _images(self, rows: NDArray[np.int64], seeds: Sequence[int]) -> tuple[Tensor, Tensor | None]:
        pictures, truths = self._read(rows)
        # NCHW first, still as bytes: a quarter of the memory moves.
        images = torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()
        masks = None if truths is None else torch.from_numpy(truths)
        images = fitted(images, self.preprocessing)
        if masks is not None:
            sparse = "masks" in self.store.manifest.sparse
            masks = fitted_masks(masks, self.preprocessing, NOT_ANNOTATED if sparse else 0)
        if self.transform is not None and seeds:
            images, masks = augment(self.transform, images, masks, seeds)
        return images.float().mul_(self._scale).add_(self._offset), masks

    def _input(self, name: str, rows: NDArray[np.int64], images: Tensor | None) -> Tensor:
        if name == FEATURES:
            assert self._table is not None
            return self._table[torch.from_numpy(rows)]
        assert images is not None
        return images

    def _truth(self, target: Target, rows: NDArray[np.int64], images: Tensor | None, masks: Tensor | None) -> Tensor:
        if target == "images":
            assert images is not None
            return images
        if target in self._given:
            return self._given[target][torch.from_numpy(rows)]
        assert masks is not None
        if target == "masks":
            return masks.long()
        classes = len(self.store.manifest.mask_names)
        return torch.from_numpy((tags_of if target == "tags" else shares_of)(masks.numpy(), classes))

    def _read(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        if self._cache is None:
            return self._decode(rows)
        missing = np.unique(rows[~self._cache.present[rows]])
        if len(missing):
            self._cache.add(missing, *self._decode(missing))
        return self._cache.read(rows)

    def _decode(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        samples = self.indices[rows]
        return self.store.images(samples), self.store.masks(samples) if self._masked else None

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_cache": None}


class _Cache:
    """Decoded samples of a split, filled as they are read."""

    def __init__(self, length: int) -> None:
        self.present = np.zeros(length, bool)
        self._images: NDArray[np.uint8] | None = None
        self._masks: NDArray[np.uint8] | None = None

    def add(self, rows: NDArray[np.int64], images: NDArray[np.uint8], masks: NDArray[np.uint8] | None) -> None:
        if self._images is None:
            self._images = np.empty((len(self.present), *images.shape[1:]), np.uint8)
        self._images[rows] = images
        if masks is not None:
            if self._masks is None:
                self._masks = np.empty((len(self.present), *masks.shape[1:]), np.uint8)
            self._masks[rows] = masks
        self.present[rows] = True

    def read(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        assert self._images is not None
        return self._images[rows], None if self._masks is None else self._masks[rows]


def batches(data: SplitDataset, batch_size: int = 32, sampler: EpochSampler | None = None) -> Iterator[Batch]:
    """Yield the batches of one epoch without a DataLoader: as the sampler draws, in order where there is none."""
    rows = [*sampler] if sampler is not None else range(len(data))
    for start in range(0, len(rows), batch_size):
        yield data.__getitems__(rows[start : start + batch_size])


def annotated(store: DatasetStore, indices: NDArray[np.int64], targets: Sequence[str]) -> NDArray[np.int64]:
    """Return the samples that have something to be compared with: all, but where labels alone are asked and missing."""
    if tuple(targets) != ("labels",) or "labels" not in store.manifest.sparse:
        return indices
    labels = store.labels(indices)
    return np.asarray(indices[labels != NO_LABEL])


def _table(store: DatasetStore, indices: NDArray[np.int64], scale: Standardization) -> Tensor:
    """Return the features of samples as a network takes them, ``float32[n,features]``: a table fits into memory."""
    return torch.from_numpy(scale.apply(store.features(indices)))


def _read_given(store: DatasetStore, target: Target) -> NDArray[Any]:
    """Return a target of all samples as a loss takes it: class indices, or 0 and 1 or numbers as float32."""
    if target == "labels":
        return store.labels()
    return (store.tags() if target == "tags" else store.values()).astype(np.float32)


def targets_for(store: DatasetStore, names: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets of these names, or where there are none, what the data set is made for."""
    return ensure_targets(store.manifest, tuple(names) or (store.manifest.usual_target,))


def as_it_is(batch: Any) -> Any:
    """Return the batch: it is whole already."""
    return batch
