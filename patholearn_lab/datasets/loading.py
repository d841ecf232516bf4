"""A data set as Lightning wants it: three loaders, drawn and augmented by rules, equal with any number of workers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import lightning as L
from torch.utils.data import DataLoader

from patholearn_lab.datasets.inputs import ensure_inputs
from patholearn_lab.datasets.loading_rules import LoadingRules
from patholearn_lab.datasets.manifest import Split
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.sampling import EpochSampler, class_weights
from patholearn_lab.datasets.split_dataset import CACHE_BYTES, Batch, SplitDataset, as_it_is, batches, targets_for
from patholearn_lab.datasets.standardization import Standardization
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.transforms import transform_of


class DatasetModule(L.LightningDataModule):
    """The splits of a data set as Lightning wants them.

    Parameters
    ----------
    store
        The data set.
    batch_size
        Samples in a batch. The last batch of an epoch may be smaller.
    seed
        Decides the order of the training samples; each epoch has another order, the same in every run.
    num_workers
        Processes that read; chosen from the cores where None.
    preprocessing
        How pixels are normalized; that of the data set where None.
    standardization
        How the features of a table are; that of the data set where None.
    targets
        What the images are compared with; what the data set is made for where empty.
    inputs
        What goes into the network, in this order: images, features, or both; the images, or the table that stands
        alone, where empty.
    fold
        Which fold is the validation split; the splits as they are where None.
    rules
        How samples become batches; the usual ones where None.
    transform
        Transforms of torchvision for training images, instead of the augmentation of `rules`.
    shard
        Which part of the training samples this process gets: its number, and of how many.

    Raises
    ------
    DatasetError, InvalidInputError
        When the data set has no such target or input, or cannot be taken by such rules.
    """

    def __init__(
        self,
        store: DatasetStore,
        batch_size: int = 32,
        seed: int = 0,
        num_workers: int | None = None,
        preprocessing: Preprocessing | None = None,
        standardization: Standardization | None = None,
        targets: Sequence[str] = (),
        inputs: Sequence[str] = (),
        fold: int | None = None,
        rules: LoadingRules | None = None,
        transform: Any = None,
        shard: tuple[int, int] = (0, 1),
    ) -> None:
        super().__init__()
        rules = rules or LoadingRules()
        self.fold = fold
        self.targets = targets_for(store, targets)
        self.inputs = ensure_inputs(store.manifest, inputs)
        self.standardization = standardization
        self.store = store
        self.batch_size = batch_size
        usual = Preprocessing.of(store.manifest, rules.normalization, rules.size, rules.fit)
        self.preprocessing = preprocessing or usual
        self.num_workers = choose_workers(store) if num_workers is None else num_workers
        self.seed, self.shard, self.sampling = seed, shard, rules.sampling
        self.transform = transform
        if transform is None and rules.augmentation.steps:
            self.transform = transform_of(rules.augmentation, self.preprocessing.height, self.preprocessing.width)
        class_weights(store, rules.sampling)

    def train_dataloader(self) -> DataLoader[Batch]:
        """Return the training split, drawn and augmented as the rules say."""
        data = self.split("train")
        return self._loader(data, self._sampler(data))

    def val_dataloader(self) -> DataLoader[Batch]:
        """Return the validation split, in order."""
        return self.in_order("valid")

    def test_dataloader(self) -> DataLoader[Batch]:
        """Return the test split, in order."""
        return self.in_order("test")

    def in_order(self, split: Split) -> DataLoader[Batch]:
        """Return any split in order, as it is: training images are not augmented either."""
        return self._loader(self.split(split))

    def split(self, split: Split) -> SplitDataset:
        """Return one split as a torch Dataset; training images are augmented where a sampler draws them."""
        cache_bytes = CACHE_BYTES if self.num_workers == 0 else 0
        transform = self.transform if split == "train" else None
        return SplitDataset(
            self.store,
            split,
            self.preprocessing,
            cache_bytes,
            self.targets,
            self.inputs,
            self.fold,
            transform,
            self.standardization,
        )

    def batches(self, split: Split, epoch: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch one by one, in this process: of training as they are drawn, else in order."""
        data = self.split(split)
        sampler = self._sampler(data) if split == "train" else None
        if sampler is not None:
            sampler.set_epoch(epoch)
        return batches(data, self.batch_size, sampler)

    def _sampler(self, data: SplitDataset) -> EpochSampler:
        labels = self.store.labels(data.indices) if self.sampling.by != "shuffled" else None
        weights = class_weights(self.store, self.sampling)
        return EpochSampler(len(data), self.seed, self.sampling, labels, weights, self.shard)

    def _loader(self, data: SplitDataset, sampler: EpochSampler | None = None) -> DataLoader[Batch]:
        return DataLoader(
            data,
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.num_workers,
            collate_fn=as_it_is,
            # The shard reader maps its files anew in each worker; threads of torch and zarr do not survive a fork.
            multiprocessing_context="spawn" if self.num_workers else None,
            persistent_workers=self.num_workers > 0,
        )


def choose_workers(store: DatasetStore, cores: int | None = None) -> int:
    """Return how many processes should read: none for a set that fits into memory, and none on up to four cores.

    On two cores more workers made training slower: they take the cores that the network needs. On many, a quarter of
    them reads, eight at most.
    """
    if cores is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    manifest = store.manifest
    size = manifest.count("train") * manifest.height * manifest.width * manifest.channels
    return 0 if cores <= 4 or size <= CACHE_BYTES else min(cores // 4, 8)
