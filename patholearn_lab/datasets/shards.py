"""Standard zarr v3 shards, written in one pass and read in truly random order.

A shard is one file of up to 1,024 samples: each sample is a chunk of its own, compressed by itself, and the file ends
with an index of (offset, length) pairs and its CRC-32C. zarr-python reads what is written here, and what zarr-python
writes is read here. It is done by hand because of what was measured: zarr's own random reads of a shard parse the index
anew for each sample (580 images a second against 13,000), and its writer took four times as long as compressing does.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.errors import DatasetError

ZSTD_LEVEL = 1
"""Tissue packs as well as at level 3 (23,257 against 23,180 bytes of 27,648) in three quarters of the time."""

LARGEST_SHARD_SAMPLES = 1024
SHARD_BYTES = 64 * 2**20
"""A shard holds at most this much decoded: it is filled in memory before it is written."""

_NOTHING = np.uint64(2**64 - 1)  # zarr's mark, as offset and as length, of a chunk that was never written
_MAPPED_AT_ONCE = 256  # each mapped file holds a descriptor, and the usual limit is 1,024


def samples_per_shard(sample_bytes: int) -> int:
    """Return how many samples of this size go into one shard: a power of two, 1,024 for small ones."""
    count = LARGEST_SHARD_SAMPLES
    while count > 1 and count * sample_bytes > SHARD_BYTES:
        count //= 2
    return count


def create_array(folder: Path, key: str, shape: tuple[int, ...], dtype: str, *, compress: bool) -> ShardWriter:
    """Make the empty sharded array `key` in the zarr group at `folder`, and return what fills it.

    Parameters
    ----------
    folder, key
        The group, and the name of the array in it.
    shape
        Samples first, then the shape of one sample.
    dtype
        A numpy name: ``"uint8"`` or ``"uint16"``.
    compress
        Whether samples are compressed with zstd. Without, reading is about twice as fast and needs the room.
    """
    import zarr
    from zarr.codecs import ZstdCodec

    sample = shape[1:]
    per_shard = samples_per_shard(int(np.prod(sample)) * np.dtype(dtype).itemsize)
    zarr.open_group(folder, mode="a").create_array(
        key,
        shape=shape,
        chunks=(1, *sample),
        shards=(per_shard, *sample),
        dtype=dtype,
        fill_value=0,
        compressors=ZstdCodec(level=ZSTD_LEVEL) if compress else None,
    )
    return ShardWriter(folder / key, per_shard, sample, np.dtype(dtype), compress=compress)


class ShardWriter:
    """Fills a sharded array from the first sample to the last."""

    def __init__(
        self, folder: Path, per_shard: int, sample: tuple[int, ...], dtype: np.dtype[Any], *, compress: bool
    ) -> None:
        self.folder = folder
        self.per_shard = per_shard
        self._sample = sample
        self._dtype = dtype.newbyteorder("<")
        self._compress = compress
        self._chunks: list[bytes] = []
        self._shard = 0

    def append(self, sample: NDArray[Any]) -> bytes:
        """Add one sample, and return its bytes as they were before compression."""
        if sample.shape != self._sample:
            raise ValueError(f"A sample of shape {sample.shape} does not fit an array of {self._sample}.")
        from numcodecs import zstd

        raw = np.ascontiguousarray(sample, dtype=self._dtype).tobytes()
        self._chunks.append(bytes(zstd.compress(raw, ZSTD_LEVEL)) if self._compress else raw)
        if len(self._chunks) == self.per_shard:
            self._flush()
        return raw

    def close(self) -> None:
        """Write what is left."""
        if self._chunks:
            self._flush()

    def _flush(self) -> None:
        path = self.folder / shard_path(self._shard, len(self._sample))
        path.parent.mkdir(parents=True, exist_ok=True)
        index = np.full((self.per_shard, 2), _NOTHING, "<u8")
        ends = np.cumsum([0, *map(len, self._chunks)])
        for row, (start, end) in enumerate(pairwise(ends)):
            index[row] = start, end - start
        encoded = index.tobytes()
        with path.open("wb") as file:
            file.writelines(self._chunks)
            file.write(encoded)
            file.write(crc32c(encoded).to_bytes(4, "little"))
            file.flush()
            os.fsync(file.fileno())
        self._chunks.clear()
        self._shard += 1


class _Shard(NamedTuple):
    """A mapped file and the (offset, length) of each of its samples, -1 where there is none."""

    data: NDArray[np.uint8]
    places: NDArray[np.int64]


class ShardReader:
    """Random reads of single samples: each index is parsed once, the file is mapped, one sample is decoded at a time.

    Files are opened on the first read, so that a reader can be pickled and handed to worker processes.

    Raises
    ------
    DatasetError
        When the array is laid out in another way, or damaged.
    """

    held = 0
    """Shards that stay open; as many as files may be open where 0."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        layout = json.loads(self._layout())
        self.length: int = layout["shape"][0]
        self.sample: tuple[int, ...] = tuple(layout["shape"][1:])
        self.dtype = np.dtype(layout["data_type"]).newbyteorder("<")
        self.per_shard: int = layout["chunk_grid"]["configuration"]["chunk_shape"][0]
        self._fill = layout["fill_value"]
        self.compressed, self._trailer = self._read_codecs(layout["codecs"])
        self._shards: dict[int, _Shard] = {}

    def read(self, indices: Iterable[int], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the samples at `indices` (each in 0..length-1, any order, repeats allowed): ``dtype[n, *sample]``."""
        from numcodecs import zstd

        wanted = [int(index) for index in indices]
        if out is None:
            out = np.empty((len(wanted), *self.sample), self.dtype)
        for row, index in enumerate(wanted):
            number, place = divmod(index, self.per_shard)
            # One look-up: another thread may be closing the oldest shard.
            shard = self._shards.get(number) or self._open(number)
            start, size = shard.places[place]
            if start < 0:
                out[row] = self._fill
            elif self.compressed:
                try:
                    zstd.decompress(shard.data[start : start + size], out[row])
                except (RuntimeError, ValueError) as error:
                    raise self._damaged(f"sample {index}: {error}") from error
            else:
                out[row] = shard.data[start : start + size].view(self.dtype).reshape(self.sample)
        return out

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shards": {}}

    def _open(self, number: int) -> _Shard:
        """Map one shard and parse its index. A file that was never written means "all fill value"."""
        if len(self._shards) >= (self.held or _MAPPED_AT_ONCE):
            self._shards.pop(next(iter(self._shards)), None)
        data = self._bytes(number)
        shard = _Shard(np.empty(0, np.uint8), self._all_missing()) if data is None else self._parse(data, number)
        self._shards[number] = shard
        return shard

    def _layout(self) -> bytes:
        """Return the array's zarr.json."""
        return (self.folder / "zarr.json").read_bytes()

    def _bytes(self, number: int) -> NDArray[np.uint8] | None:
        """Return the bytes of a shard, mapped; None where there is no such file."""
        path = self.folder / shard_path(number, len(self.sample))
        if not path.exists():
            return None
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                return np.empty(0, np.uint8)  # nothing cannot be mapped
            return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), np.uint8)

    def _all_missing(self) -> NDArray[np.int64]:
        return np.full((self.per_shard, 2), -1, np.int64)

    def _parse(self, data: NDArray[np.uint8], number: int) -> _Shard:
        index_bytes = 16 * self.per_shard
        if len(data) < index_bytes + self._trailer:
            raise self._damaged(f"the file of shard {number} is too short")
        encoded = data[len(data) - self._trailer - index_bytes : len(data) - self._trailer].tobytes()
        if self._trailer and crc32c(encoded).to_bytes(4, "little") != data[-4:].tobytes():
            raise self._damaged(f"the index of shard {number} does not match its checksum")
        # As signed integers zarr's mark of a missing chunk is -1.
        index = np.frombuffer(encoded, "<i8").reshape(self.per_shard, 2).astype(np.int64)
        if (index.sum(axis=1) > len(data)).any():
            raise self._damaged(f"the index of shard {number} points beyond its end")
        return _Shard(data, index)

    def _read_codecs(self, codecs: list[dict[str, Any]]) -> tuple[bool, int]:
        """Return whether samples are compressed, and how many bytes follow the index."""
        if len(codecs) == 1 and codecs[0]["name"] == "sharding_indexed":
            sharding = codecs[0]["configuration"]
            inner = [codec["name"] for codec in sharding["codecs"]]
            index = [codec["name"] for codec in sharding["index_codecs"]]
            if (
                list(sharding["chunk_shape"]) == [1, *self.sample]
                and sharding.get("index_location", "end") == "end"
                and inner in (["bytes"], ["bytes", "zstd"])
                and index in (["bytes"], ["bytes", "crc32c"])
            ):
                return "zstd" in inner, 4 if "crc32c" in index else 0
        raise DatasetError(
            f"The array {self.folder.name!r} is not laid out as one sample a chunk in shards.",
            "Write the data set with PathoLearn Lab, or import its images anew.",
        )

    def _damaged(self, what: str) -> DatasetError:
        return DatasetError(
            f"The array {self.folder.name!r} of the data set at {str(self.folder.parent)!r} is damaged: {what}.",
            "Delete the data set and make or import it again.",
        )


def shard_path(number: int, axes: int) -> str:
    """Return where a shard lies in the folder of its array; `axes` are those of one sample."""
    return "/".join(["c", str(number), *["0"] * axes])


def _crc32c_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ 0x82F63B78 if value & 1 else value >> 1
        table.append(value)
    return table


_CRC32C = _crc32c_table()


def crc32c(data: bytes) -> int:
    """Return the CRC-32C (Castagnoli) of `data`, as RFC 3720 defines it; 2 ms for the index of a shard."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC32C[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF
