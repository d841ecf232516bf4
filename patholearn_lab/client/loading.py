"""``load()``: a data set in a notebook, for code of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.discovery import connect

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.datasets.loading_rules import LoadingRules


def load(
    dataset: str,
    *,
    version: int | None = None,
    batch_size: int = 32,
    seed: int = 0,
    fold: int | None = None,
    data: LoadingRules | dict[str, Any] | None = None,
    targets: Sequence[str] = (),
    inputs: Sequence[str] = (),
    num_workers: int | None = None,
    shard: tuple[int, int] = (0, 1),
    client: Client | None = None,
) -> DatasetModule:
    """Return a data set as a Lightning DataModule, which gives torch Datasets, DataLoaders and plain iterators.

    A training of the same settings sees the same batches.

    Parameters
    ----------
    dataset, version
        Its id, and which version; the newest where None. A built-in set is made first where it is not there yet.
    batch_size, seed, fold, data
        As for :func:`~patholearn_lab.client.training.train`.
    targets, inputs
        What samples are compared with (``labels``, ``masks``, ``tags``, ``values``, ``images``) and what goes in
        (``images``, ``features``); the usual ones where empty.
    num_workers
        Processes that read; chosen from the cores where None.
    shard
        Which part of the training samples this process gets: its number, and of how many.
    client
        Where the set is; :func:`~patholearn_lab.client.connect` where it is None.

    Raises
    ------
    DatasetNotFoundError, UnavailableError
        When there is no such set, or it lies on another machine.
    DatasetError, InvalidInputError, JobSpecError
        When it has no such target, input or fold, or cannot be taken by such rules.

    Examples
    --------
    >>> data = load("he_tissue", data={"augmentation": "tissue"})          # doctest: +SKIP
    >>> images, labels = next(iter(data.train_dataloader()))               # doctest: +SKIP
    >>> for images, labels in data.batches("valid"): ...                   # doctest: +SKIP
    >>> image, label = data.split("test")[0]                               # doctest: +SKIP
    """
    from patholearn_lab.datasets.loading import DatasetModule
    from patholearn_lab.datasets.loading_rules import LoadingRules
    from patholearn_lab.training.spec import read_spec

    client = client or connect()
    if version is None:
        client.datasets.ensure(dataset)
    rules = data if isinstance(data, LoadingRules) else read_spec({"code": "-", "data": data or {}}).data
    return DatasetModule(
        client.datasets.open(dataset, version),
        batch_size,
        seed=seed,
        num_workers=num_workers,
        targets=targets,
        inputs=inputs,
        fold=fold,
        rules=rules,
        shard=shard,
    )
