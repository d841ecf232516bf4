"""Shards: what is written is what zarr reads, and what zarr writes is what is read."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from zarr.codecs import BloscCodec, ZstdCodec

from patholearn_lab.datasets import shards
from patholearn_lab.datasets.shard_writing import create_array
from patholearn_lab.datasets.shards import ShardReader, crc32c, samples_per_shard
from patholearn_lab.errors import DatasetError


def noise(length: int, dtype: str = "uint8") -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (length, 6, 5, 3)).astype(dtype)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "LARGEST_SHARD_SAMPLES", 8)


def write(folder: Path, samples: np.ndarray, *, compress: bool = True) -> ShardReader:
    zarr.open_group(folder, mode="w")
    with create_array(folder, "images", samples.shape, str(samples.dtype), compress=compress) as writer:
        for sample in samples:
            writer.append(sample)
    return ShardReader(folder / "images")


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("length", [1, 8, 21])
def test_what_is_written_is_read_in_any_order_and_by_zarr(
    tmp_path: Path, compress: bool, dtype: str, length: int
) -> None:
    samples = noise(length, dtype)
    reader = write(tmp_path, samples, compress=compress)
    order = np.random.default_rng(1).permutation(length)
    np.testing.assert_array_equal(reader.read([*order, 0, 0]), samples[[*order, 0, 0]])
    np.testing.assert_array_equal(zarr.open_array(tmp_path / "images", mode="r")[:], samples)


@pytest.mark.parametrize("compressors", [ZstdCodec(level=3), BloscCodec(cname="zstd"), None])
def test_what_zarr_writes_is_read_even_where_chunks_are_empty(tmp_path: Path, compressors: Any) -> None:
    samples = noise(40)
    samples[3] = 0  # an empty chunk
    samples[8:16] = 0  # an empty shard: no file at all
    array = zarr.open_group(tmp_path, mode="w").create_array(
        "images", shape=samples.shape, chunks=(1, 6, 5, 3), shards=(8, 6, 5, 3), dtype="u1", compressors=compressors
    )
    array[:] = samples
    np.testing.assert_array_equal(ShardReader(tmp_path / "images").read(range(40)), samples)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 20), max_size=30))
def test_any_list_of_indices_is_read_in_its_order(tmp_path_factory: pytest.TempPathFactory, indices: list[int]) -> None:
    samples = noise(21)
    reader = write(tmp_path_factory.mktemp("store"), samples)
    np.testing.assert_array_equal(reader.read(indices), samples[indices])


def test_a_reader_can_be_handed_to_another_process(tmp_path: Path) -> None:
    samples = noise(5)
    reader = write(tmp_path, samples)
    reader.read([0])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(reader)).read([4]), samples[[4]])


@pytest.mark.usefixtures("small_shards")
def test_only_so_many_shards_stay_mapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "_MAPPED_AT_ONCE", 2)
    samples = noise(40)
    reader = write(tmp_path, samples)
    np.testing.assert_array_equal(reader.read(range(40)), samples)
    assert len(reader._shards) == 2


def test_a_damaged_sample_and_a_damaged_index_are_named(tmp_path: Path) -> None:
    reader = write(tmp_path, noise(5))
    file = next((tmp_path / "images" / "c").rglob("0/0/0/0"))
    whole = file.read_bytes()
    file.write_bytes(b"\xff" * 20 + whole[20:])
    with pytest.raises(DatasetError, match="sample 0"):
        reader.read([0])
    file.write_bytes(whole[:-10] + b"\x00" * 10)
    with pytest.raises(DatasetError, match="index of shard 0 does not match"):
        ShardReader(tmp_path / "images").read([0])
    file.write_bytes(whole[:100])
    with pytest.raises(DatasetError, match="too short"):
        ShardReader(tmp_path / "images").read([0])


def test_a_sample_that_unpacks_to_another_length_is_damaged(tmp_path: Path) -> None:
    reader = write(tmp_path, np.zeros((2, 6, 5, 3), np.uint8))
    file = next((tmp_path / "images" / "c").rglob("0/0/0/0"))
    content = bytearray(file.read_bytes())
    content[4:8] = (89).to_bytes(4, "little")  # blosc's header: how long it was
    file.write_bytes(content)
    with pytest.raises(DatasetError, match="sample 0: it unpacks to 89 bytes, not to 90"):
        reader.read([1, 0])


@pytest.mark.usefixtures("small_shards")
def test_samples_behind_the_last_one_that_was_written_are_empty(tmp_path: Path) -> None:
    writer = create_array(tmp_path, "images", (8, 6, 5, 3), "uint8", compress=False)
    with writer:
        writer.append(noise(1)[0])
    np.testing.assert_array_equal(
        ShardReader(tmp_path / "images").read([0, 7]), [noise(1)[0], np.zeros((6, 5, 3), np.uint8)]
    )


def test_an_array_in_another_layout_is_refused(tmp_path: Path) -> None:
    zarr.open_group(tmp_path, mode="w").create_array("images", shape=(4, 2, 2), chunks=(2, 2, 2), dtype="u1")
    with pytest.raises(DatasetError, match="one sample a chunk"):
        ShardReader(tmp_path / "images")


def test_a_sample_of_another_shape_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    zarr.open_group(tmp_path, mode="w")
    writer = create_array(tmp_path, "images", (4, 2, 2), "uint8", compress=True)
    with pytest.raises(ValueError, match="does not fit"):
        writer.append(np.zeros((2, 3), np.uint8))


def test_shards_are_smaller_where_samples_are_large() -> None:
    assert samples_per_shard(96 * 96 * 3) == 1024
    assert samples_per_shard(256 * 256 * 3) == 256
    assert samples_per_shard(10**9) == 1


def test_the_checksum_is_that_of_rfc_3720() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA
