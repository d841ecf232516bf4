"""Standard zarr v3 shards, read in truly random order; ``shard_writing.py`` writes them.

A shard is one file of up to 1,024 samples: each sample is a chunk of its own, compressed by itself, and the file ends
with an index of (offset, length) pairs and its CRC-32C. What zarr-python writes in this layout is read here. It is done
by hand because of what was measured: zarr's own random reads of a shard parse the index anew for each sample (580
images a second against 13,000).
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.errors import DatasetError

LARGEST_SHARD_SAMPLES = 1024
SHARD_BYTES = 64 * 2**20
"""A shard holds at most this much decoded: it is filled in memory before it is written."""

_BLOSC_SIZE = slice(4, 8)  # where blosc's header has the length of what it packs
_MAPPED_AT_ONCE = 256  # each mapped file holds a descriptor, and the usual limit is 1,024


def samples_per_shard(sample_bytes: int) -> int:
    """Return how many samples of this size go into one shard: a power of two, 1,024 for small ones."""
    count = LARGEST_SHARD_SAMPLES
    while count > 1 and count * sample_bytes > SHARD_BYTES:
        count //= 2
    return count


class _Shard(NamedTuple):
    """A mapped file and the (offset, length) of each of its samples, -1 where there is none.

    ``plain`` are the samples themselves where they lie in the file as they are, one after the other.
    """

    data: NDArray[np.uint8]
    places: list[tuple[int, int]]
    plain: NDArray[Any] | None


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
        self.codec, self._trailer = self._read_codecs(layout["codecs"])
        self._shards: dict[int, _Shard] = {}

    def read(self, indices: Iterable[int], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Return the samples at `indices` (each in 0..length-1, any order, repeats allowed): ``dtype[n, *sample]``."""
        wanted = [int(index) for index in indices]
        if out is None:
            out = np.empty((len(wanted), *self.sample), self.dtype)
        unpack = _unpacker(self.codec)
        for row, index in enumerate(wanted):
            number, place = divmod(index, self.per_shard)
            # One look-up: another thread may be closing the oldest shard.
            shard = self._shards.get(number) or self._open(number)
            if shard.plain is not None and place < len(shard.plain):
                out[row] = shard.plain[place]
                continue
            start, size = shard.places[place]
            if start < 0:
                out[row] = self._fill
                continue
            try:
                unpack(shard.data[start : start + size], out[row])
            except (RuntimeError, ValueError) as error:
                raise self._damaged(f"sample {index}: {error}") from error
        return out

    @property
    def compressed(self) -> bool:
        """Whether samples are packed."""
        return bool(self.codec)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shards": {}}

    def _open(self, number: int) -> _Shard:
        """Map one shard and parse its index. A file that was never written means "all fill value"."""
        if len(self._shards) >= (self.held or _MAPPED_AT_ONCE):
            self._shards.pop(next(iter(self._shards)), None)
        data = self._bytes(number)
        nothing = np.empty(0, np.uint8)
        shard = _Shard(nothing, [(-1, -1)] * self.per_shard, None) if data is None else self._parse(data, number)
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
        places = [(start, size) for start, size in index.tolist()]
        return _Shard(data, places, None if self.codec else self._plain(data, index))

    def _plain(self, data: NDArray[np.uint8], index: NDArray[np.int64]) -> NDArray[Any] | None:
        """Return the samples of a shard without compression as one array, where all lie one after the other."""
        each = int(np.prod(self.sample)) * self.dtype.itemsize
        filled = int((index[:, 0] >= 0).sum())
        due = np.stack([np.arange(filled) * each, np.full(filled, each)], axis=1)
        if not np.array_equal(index[:filled], due):
            return None
        return np.asarray(data[: filled * each].view(self.dtype).reshape(filled, *self.sample))

    def _read_codecs(self, codecs: list[dict[str, Any]]) -> tuple[str, int]:
        """Return how samples are packed (empty: not at all), and how many bytes follow the index."""
        if len(codecs) == 1 and codecs[0]["name"] == "sharding_indexed":
            sharding = codecs[0]["configuration"]
            inner = [codec["name"] for codec in sharding["codecs"]]
            index = [codec["name"] for codec in sharding["index_codecs"]]
            if (
                list(sharding["chunk_shape"]) == [1, *self.sample]
                and sharding.get("index_location", "end") == "end"
                and inner in (["bytes"], ["bytes", "zstd"], ["bytes", "blosc"])
                and index in (["bytes"], ["bytes", "crc32c"])
            ):
                return "".join(inner[1:]), 4 if "crc32c" in index else 0
        raise DatasetError(
            f"The array {self.folder.name!r} is not laid out as one sample a chunk in shards.",
            "Write the data set with PathoLearn Lab, or import its images anew.",
        )

    def _damaged(self, what: str) -> DatasetError:
        return DatasetError(
            f"The array {self.folder.name!r} of the data set at {str(self.folder.parent)!r} is damaged: {what}.",
            "Delete the data set and make or import it again.",
        )


def _unpacker(codec: str) -> Callable[[NDArray[np.uint8], NDArray[Any]], object]:
    """Return what unpacks the bytes of one sample into its place."""
    from numcodecs import blosc, zstd

    def copy(packed: NDArray[np.uint8], out: NDArray[Any]) -> None:
        out[...] = packed.view(out.dtype).reshape(out.shape)

    def unblosc(packed: NDArray[np.uint8], out: NDArray[Any]) -> None:
        # Were it to unpack to less, what lay in `out` before would be taken for pixels.
        said = int.from_bytes(packed[_BLOSC_SIZE].tobytes(), "little")
        if said != out.nbytes:
            raise ValueError(f"it unpacks to {said:,} bytes, not to {out.nbytes:,}")
        blosc.decompress(packed, out)

    if codec == "zstd":
        return zstd.decompress  # type: ignore[no-any-return]
    return unblosc if codec else copy


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
