"""Data sets that lie elsewhere: at any fsspec address, such as ``s3://bucket/tiles``, ``memory://tiles`` or a folder.

A remote set is read a whole shard at a time, in the order of a block shuffle: shards in random order, the samples of a
few of them mixed. Random reads of single samples would ask the server for each.

    >>> copy_to(client.services.datasets.open("tiles"), "s3://bucket/tiles")     # doctest: +SKIP
    >>> for images, labels in RemoteDataset("s3://bucket/tiles", "train"): ...   # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from patholearn_lab.datasets.manifest import SPLITS, Manifest, Split
from patholearn_lab.datasets.shards import ShardReader, shard_path
from patholearn_lab.datasets.store import MANIFEST_KEY
from patholearn_lab.errors import ConflictError, DatasetError, InvalidInputError, PathoLearnError
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

if TYPE_CHECKING:
    from patholearn_lab.datasets.store import DatasetStore

MIXED_SHARDS = 4
"""Shards whose samples are mixed: of 64 MiB at most each."""

_GROUP = "zarr.json"


def copy_to(store: DatasetStore, address: str, progress: Progress | None = None, **options: Any) -> None:
    """Copy a stored set to an fsspec address. Its own description comes last: what is half there is no set yet.

    Parameters
    ----------
    store
        The set.
    address
        Where to, with the name of the set.
    progress
        Told how many files are copied; may cancel.
    options
        For the file system, such as ``key`` and ``secret``; see its documentation.

    Raises
    ------
    ConflictError
        When a set is there already.
    DatasetError
        When the address cannot be written to.
    """
    progress = progress or NoProgress()
    system, root = _system(address, options)
    with _failures_named(address):
        taken = system.exists(f"{root}/{_GROUP}")
    if taken:
        raise ConflictError(f"There is already a data set at {address!r}.", "Choose another address.", address=address)
    files = sorted(file for file in store.folder.rglob("*") if file.is_file())
    files.sort(key=lambda file: file == store.folder / _GROUP)
    for number, file in enumerate(files):
        ensure_not_cancelled(progress)
        progress.report(number, len(files), "Copying")
        target = f"{root}/{file.relative_to(store.folder).as_posix()}"
        with _failures_named(address):
            system.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            system.put_file(str(file), target)


class RemoteDataset:
    """One split of a data set at an fsspec address, read in the order of a block shuffle.

    Iterating gives batches: images ``uint8[n,H,W,C]``, and what they are compared with: labels ``int64[n]``, masks
    ``uint8[n,H,W]``, tags or values ``[n,classes]``. Each epoch has another order; the same seed gives the same orders.

    Parameters
    ----------
    address
        Where the set is.
    split
        Which part of it.
    batch_size
        Samples in a batch; the last may be smaller.
    seed
        Decides the orders; None keeps the samples as they are stored.
    options
        For the file system.

    Raises
    ------
    DatasetError
        When there is no whole data set with images, or it cannot be read.
    """

    def __init__(
        self, address: str, split: Split = "train", batch_size: int = 32, seed: int | None = 0, **options: Any
    ) -> None:
        if batch_size < 1 or split not in SPLITS:
            raise InvalidInputError(f"There are no batches of {batch_size} of the split {split!r}.", "Give 1 or more.")
        self.address, self.batch_size, self.seed = address, batch_size, seed
        self._system, self._root = _system(address, options)
        self.manifest = self._read_manifest()
        if not self.manifest.channels:
            raise DatasetError(f"The data set at {address!r} is a table without images.", "Read it from a copy here.")
        self._target = self.manifest.usual_target
        self._epoch = 0
        rows = self._column("rows") if self._has("rows") else np.arange(self.manifest.total)
        chosen = np.flatnonzero(self._column("splits") == SPLITS.index(split))
        self._rows, self._truths = rows[chosen], None if self._target == "masks" else self._column(self._target)[chosen]

    def __len__(self) -> int:
        """Return the number of batches."""
        return (len(self._rows) + self.batch_size - 1) // self.batch_size

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint8], NDArray[Any]]]:
        images = self._reader("images")
        masks = self._reader("masks") if self._target == "masks" else None
        for places in self._batches(images.per_shard):
            rows = self._rows[places].tolist()
            with _failures_named(self.address):
                found = images.read(rows)
                truths = masks.read(rows) if masks is not None else None
            assert self._truths is not None or truths is not None
            yield found, self._truths[places] if truths is None else truths  # type: ignore[index]

    def _batches(self, per_shard: int) -> Iterator[NDArray[np.int64]]:
        """Yield the places of samples in the split, batch by batch: those of a few shards mixed."""
        shards = self._rows // per_shard
        numbers = np.unique(shards)
        generator = None if self.seed is None else np.random.default_rng([self.seed, self._epoch])
        self._epoch += 1
        if generator is not None:
            numbers = generator.permutation(numbers)
        left = np.empty(0, np.int64)
        for first in range(0, len(numbers), MIXED_SHARDS):
            places = np.flatnonzero(np.isin(shards, numbers[first : first + MIXED_SHARDS]))
            # What is left over of a block makes up the next batch, so that only the last one is smaller.
            left = np.concatenate([left, places if generator is None else generator.permutation(places)])
            whole = len(left) // self.batch_size * self.batch_size
            yield from left[:whole].reshape(-1, self.batch_size)
            left = left[whole:]
        if len(left):
            yield left

    def _read_manifest(self) -> Manifest:
        with _failures_named(self.address):
            text = self._system.cat_file(f"{self._root}/{_GROUP}")
        try:
            found = json.loads(text)
            return Manifest.model_validate(found["attributes"][MANIFEST_KEY])
        except (KeyError, TypeError, ValueError, ValidationError) as error:
            raise DatasetError(
                f"There is no whole data set of PathoLearn Lab at {self.address!r}.", "Copy it there with copy_to."
            ) from error

    def _has(self, key: str) -> bool:
        with _failures_named(self.address):
            return bool(self._system.exists(f"{self._root}/{key}/zarr.json"))

    def _column(self, key: str) -> NDArray[Any]:
        """Return an array of one entry a sample, whole."""
        import zarr

        prefix = f"{self._root}/{key}/"
        with _failures_named(self.address):
            files = self._system.find(prefix.rstrip("/"))
            held = {file[file.index(prefix) + len(prefix) :]: self._system.cat_file(file) for file in files}
            store = zarr.storage.MemoryStore({k: zarr.core.buffer.cpu.Buffer.from_bytes(v) for k, v in held.items()})
            return np.asarray(zarr.open_array(store, mode="r")[:])

    def _reader(self, key: str) -> _RemoteReader:
        with _failures_named(self.address):
            return _RemoteReader(self._system, f"{self._root}/{key}")


class _RemoteReader(ShardReader):
    """Reads shards as a whole from another file system, and keeps the last few."""

    held = 2 * MIXED_SHARDS

    def __init__(self, system: Any, root: str) -> None:
        self._system, self._root = system, root
        super().__init__(Path(root))

    def _layout(self) -> bytes:
        return bytes(self._system.cat_file(f"{self._root}/zarr.json"))

    def _bytes(self, number: int) -> NDArray[np.uint8] | None:
        try:
            return np.frombuffer(
                self._system.cat_file(f"{self._root}/{shard_path(number, len(self.sample))}"), np.uint8
            )
        except FileNotFoundError:
            return None


def _system(address: str, options: dict[str, Any]) -> tuple[Any, str]:
    """Return the file system of an address and the path in it."""
    import fsspec  # type: ignore[import-untyped]

    try:
        system, root = fsspec.core.url_to_fs(address, **options)
    except (ImportError, ValueError) as error:
        raise DatasetError(
            f"The address {address!r} cannot be opened: {error}.",
            "For buckets install patholearn-lab[remote]; addresses begin with s3://, memory:// or a folder.",
        ) from error
    return system, str(root).rstrip("/")


@contextmanager
def _failures_named(address: str) -> Iterator[None]:
    """Turn what file systems raise into a sentence that names the address."""
    try:
        yield
    except PathoLearnError:
        raise
    # Each file system has errors of its own, botocore's among them.
    except Exception as error:
        raise DatasetError(
            f"The data set at {address!r} cannot be reached: {type(error).__name__}: {str(error)[:200]}",
            "Look whether the address is right, and whether you may read and write there.",
        ) from error
