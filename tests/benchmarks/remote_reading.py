"""Block shuffle of a set in a bucket: whole shards through our reader, against zarrs and zarr-python; ends with JSON.

A local S3 server (moto) holds 8,192 tiles of 96 × 96 × 3 in eight shards. Keys: tiles a second of an epoch in blocks of
four shards, the median of rounds in which all take their turn, and the processor time of a tile in this process:

``ours``
    :class:`patholearn_lab.datasets.remote.RemoteDataset`: each shard is fetched as a whole, each tile unpacked alone.
``zarrs``
    zarr-python with the codec pipeline of ``zarrs``, which fetches and unpacks in Rust, a shard at a time, over HTTP
    (of what fsspec knows it reads that alone; S3 is HTTP here).
``zarr``
    zarr-python alone, a shard at a time.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from moto.server import ThreadedMotoServer
from numpy.typing import NDArray
from reading import BATCH, contents_of
from tiles import different_tiles, many_tiles

from patholearn_lab.datasets.remote import MIXED_SHARDS, RemoteDataset, copy_to
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store

TILES, ROUNDS = 8_192, 3
PIPELINES = {"zarrs": "zarrs.ZarrsCodecPipeline", "zarr": "zarr.core.codec_pipeline.BatchedCodecPipeline"}


def by_zarr(address: str, pipeline: str) -> Callable[[], Iterator[NDArray[np.uint8]]]:
    """Return what reads an epoch in blocks of shards through zarr-python with this codec pipeline."""
    import zarr

    def epoch() -> Iterator[NDArray[np.uint8]]:
        generator = np.random.default_rng(0)
        with zarr.config.set({"codec_pipeline.path": pipeline}):
            array = zarr.open_array(zarr.storage.FsspecStore.from_url(address), mode="r")
            per_shard = array.shards[0]  # type: ignore[index]
            numbers = generator.permutation(array.shape[0] // per_shard)
            for first in range(0, len(numbers), MIXED_SHARDS):
                starts = [number * per_shard for number in numbers[first : first + MIXED_SHARDS]]
                block = np.concatenate([np.asarray(array[start : start + per_shard]) for start in starts])
                order = generator.permutation(len(block))
                yield from (block[order[at : at + BATCH]] for at in range(0, len(block), BATCH))

    return epoch


def measured(epochs: dict[str, Callable[[], Iterator[Any]]]) -> dict[str, float]:
    """Return the tiles a second and the processor time a tile of each side, the median of rounds side by side."""
    rates: dict[str, list[float]] = {name: [] for name in epochs}
    spent: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(ROUNDS):
        for name, epoch in epochs.items():
            start, processor = time.perf_counter(), time.process_time()
            count = sum(len(batch) for batch in epoch())
            assert count == TILES
            rates[name].append(count / (time.perf_counter() - start))
            spent[name].append(1e6 * (time.process_time() - processor) / count)
    return {f"{name}_per_s": statistics.median(found) for name, found in rates.items()} | {
        f"{name}_cpu_us": statistics.median(found) for name, found in spent.items()
    }


def main() -> None:
    """Measure, print a table, and the figures as JSON."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "1.zarr"
            folder.mkdir()
            images = many_tiles(different_tiles(sys.argv[1] if sys.argv[1:] else "")[0], TILES)
            write_store(folder, contents_of(images), id="tiles")
            options = {"client_kwargs": {"endpoint_url": f"http://{host}:{port}"}}
            import s3fs  # type: ignore[import-untyped]

            bucket = s3fs.S3FileSystem(**options)
            bucket.mkdir("bucket")
            copy_to(DatasetStore(folder), "s3://bucket/tiles", **options)
            for file in bucket.find("bucket/tiles"):
                bucket.chmod(file, "public-read")  # so that it can be read over HTTP as well
            data = RemoteDataset("s3://bucket/tiles", "train", batch_size=BATCH, **options)
            address = f"http://{host}:{port}/bucket/tiles/images"
            epochs: dict[str, Callable[[], Iterator[Any]]] = {"ours": lambda: (images for images, _ in data)}
            epochs |= {side: by_zarr(address, pipeline) for side, pipeline in PIPELINES.items()}
            figures = {"load": round(os.getloadavg()[0], 1), **measured(epochs)}
    finally:
        server.stop()
    for key, value in figures.items():
        print(f"{key:<16} {value:12,.1f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
