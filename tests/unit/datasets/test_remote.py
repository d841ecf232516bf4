"""Data sets at fsspec addresses: a folder, memory, and a bucket of an S3-compatible server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from patholearn_lab.datasets import shards
from patholearn_lab.datasets.changes import Drop
from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.remote import RemoteDataset, copy_to
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.errors import CancelledError, ConflictError, DatasetError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress

COUNT = 100
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 5, 3), np.uint8)


@pytest.fixture
def store(data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch) -> DatasetStore:
    """A set in shards of eight samples; every fifth trains not."""
    monkeypatch.setattr(shards, "LARGEST_SHARD_SAMPLES", 8)
    contents = Contents(
        name="Tiles",
        task="classification",
        classes=("a", "b"),
        channels=3,
        height=4,
        width=5,
        names=[str(number) for number in range(COUNT)],
        labels=np.arange(COUNT) % 2,
        splits=(np.arange(COUNT) % 5 == 0).astype(np.uint8),
        samples=lambda: (Sample(image) for image in IMAGES),
    )
    folder = data_paths.dataset_version("tiles", 1)
    folder.mkdir(parents=True)
    write_store(folder, contents, id="tiles")
    return DatasetStore(folder)


@pytest.fixture
def memory() -> Iterator[str]:
    yield "memory://sets/tiles"
    fsspec.filesystem("memory").store.clear()


def numbers(batches: Any) -> list[int]:
    """Return which samples came, in their order, and make sure that each came with its label."""
    found = []
    for images, labels in batches:
        for image, label in zip(images, labels, strict=True):
            number = int(np.flatnonzero((image == IMAGES).all(axis=(1, 2, 3)))[0])
            assert label == number % 2
            found.append(number)
    return found


TRAIN = [number for number in range(COUNT) if number % 5]


def test_a_set_in_memory_is_read_in_another_order_each_epoch(store: DatasetStore, memory: str) -> None:
    copy_to(store, memory)
    remote = RemoteDataset(memory, batch_size=7, seed=3)
    first, second = numbers(remote), numbers(remote)
    assert sorted(first) == sorted(second) == TRAIN
    assert first != second != TRAIN
    assert len(remote) == 12
    assert [len(images) for images, _ in remote] == [7] * 11 + [3]
    assert numbers(RemoteDataset(memory, batch_size=7, seed=3)) == first
    assert numbers(RemoteDataset(memory, "valid", seed=None)) == list(range(0, COUNT, 5))


def test_samples_of_several_shards_are_mixed(store: DatasetStore, memory: str) -> None:
    copy_to(store, memory)
    found = [number // 8 for number in numbers(RemoteDataset(memory, seed=1))]
    assert len(set(found[:10])) > 2
    assert len(set(found[:20])) <= 4


def test_a_version_that_leaves_samples_out_is_read_too(
    store: DatasetStore, data_paths: DataPaths, tmp_path: Path
) -> None:
    library = DatasetLibrary(data_paths)
    library.change("tiles", Drop(samples=(1, 2, 50)))
    copy_to(library.open("tiles"), str(tmp_path / "elsewhere" / "tiles"))
    remote = RemoteDataset(str(tmp_path / "elsewhere" / "tiles"), seed=0)
    assert sorted(numbers(remote)) == [number for number in TRAIN if number not in {1, 2}]


def test_a_bucket_holds_a_set(store: DatasetStore, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        options = {"endpoint_url": f"http://{host}:{port}", "key": "k", "secret": "s", "skip_instance_cache": True}
        system = fsspec.filesystem("s3", **options)
        system.mkdir("bucket")
        copy_to(store, "s3://bucket/tiles", **options)
        assert sorted(numbers(RemoteDataset("s3://bucket/tiles", batch_size=16, **options))) == TRAIN
        with pytest.raises(DatasetError, match="'s3://bucket/none' cannot be reached"):
            RemoteDataset("s3://bucket/none", **options)
    finally:
        server.stop()


def test_a_set_that_is_there_is_not_replaced_and_half_a_one_is_none(store: DatasetStore, memory: str) -> None:
    class Stopped(NoProgress):
        """Somebody stops it after ten files."""

        files = 0

        def report(self, done: float, total: float | None, stage: str = "") -> None:
            self.files += 1

        @property
        def cancelled(self) -> bool:
            return self.files >= 10

    with pytest.raises(CancelledError):
        copy_to(store, memory, Stopped())
    with pytest.raises(DatasetError, match="cannot be reached: FileNotFoundError"):
        RemoteDataset(memory)
    copy_to(store, memory)
    with pytest.raises(ConflictError, match="already a data set"):
        copy_to(store, memory)


@pytest.mark.parametrize(
    ("address", "problem"), [("nosuch://x/y", "cannot be opened"), ("/nowhere/x", "cannot be reached")]
)
def test_an_address_that_leads_nowhere_is_named(address: str, problem: str) -> None:
    with pytest.raises(DatasetError, match=problem) as caught:
        RemoteDataset(address)
    assert address in caught.value.message


def test_what_is_no_set_is_said_to_be_none(memory: str) -> None:
    fsspec.filesystem("memory").pipe_file("/sets/tiles/zarr.json", b"{}")
    with pytest.raises(DatasetError, match="There is no whole data set"):
        RemoteDataset(memory)
