"""Opening a zarr group inside a zip: looked at as plain JSON first, for some codecs run code and chunks can be huge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from patholearn_lab.datasets.archives import Limits, Member, SafeArchive
from patholearn_lab.errors import ArchiveError, PathoLearnError, TooLargeError

_CODECS = frozenset(
    {"bytes", "transpose", "zstd", "gzip", "zlib", "blosc", "lz4", "bz2", "lzma", "crc32c", "sharding_indexed"}
    | {"vlen-utf8", "shuffle", "numcodecs.zlib", "numcodecs.lz4", "numcodecs.zstd", "numcodecs.blosc"}
)
"""What only packs bytes. Others exist that unpickle what they read, and so run code."""

_CHUNK_BYTES = 512 * 2**20
_DEEPEST = 6


@contextmanager
def open_arrays(path: Path, root: str, keys: Iterable[str], name: str) -> Iterator[dict[str, Any]]:
    """Open arrays in the folder `root` of the zip at `path`, for reading; they were checked before.

    Raises
    ------
    ArchiveError
        When one cannot be opened; `name` is what the message calls the file.
    """
    import zarr

    prefix = f"{root}/" if root else ""
    with zarr.storage.ZipStore(path, mode="r") as store:
        with damage_named(name):
            arrays: dict[str, Any] = {key: zarr.open_array(store, path=f"{prefix}{key}", mode="r") for key in keys}
        yield arrays


def metadata_of(archive: SafeArchive, folder: str) -> dict[str, Any]:
    """Return the attributes of the group or array in `folder`; empty where it has none.

    Raises
    ------
    ArchiveError
        When the file that has them is no JSON.
    """
    prefix = f"{folder}/" if folder else ""
    for file, take in (("zarr.json", "attributes"), (".zattrs", None)):
        member = archive.find(f"{prefix}{file}")
        if member is not None:
            found = _json(archive, member)
            inner = found.get(take, {}) if take else found
            return inner if isinstance(inner, dict) else {}
    return {}


def ensure_harmless(archive: SafeArchive, root: str, limits: Limits) -> list[str]:
    """Return the arrays below `root`, by their paths from there, if all have numbers or texts, and chunks that fit.

    Raises
    ------
    ArchiveError, TooLargeError
        The message names the array.
    """
    total, found_arrays = 0, []
    for member in archive.members:
        inside = not root or member.path.startswith(f"{root}/")
        if not inside or member.name not in {"zarr.json", ".zarray"} or len(member.parts) > _DEEPEST + root.count("/"):
            continue
        found = _json(archive, member)
        if member.name == "zarr.json" and found.get("node_type") != "array":
            continue
        try:
            chunk, whole = _sizes(found)
            strange = next((codec for codec in _codecs(found) if codec not in _CODECS), None)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise _refuse(archive, member, f"is no description of an array as zarr has it ({error})") from error
        if strange is not None:
            raise _refuse(archive, member, f"needs the codec {strange[:80]!r}, which is not taken: it could run code")
        total += whole
        if chunk > _CHUNK_BYTES or total > limits.total_bytes:
            what, least = ("a chunk", _CHUNK_BYTES) if chunk > _CHUNK_BYTES else ("all arrays", limits.total_bytes)
            raise TooLargeError(
                f"The file {member.path!r} in {archive.name!r} says that {what} has more than {least / 2**20:,.0f} "
                "MiB unpacked, which is the limit.",
                "Write smaller chunks, one or a few images each, or split the set.",
                file=member.path,
            )
        found_arrays.append("/".join(member.parts[:-1]).removeprefix(root).removeprefix("/"))
    return found_arrays


@contextmanager
def damage_named(name: str) -> Iterator[None]:
    """Turn what zarr raises on damaged data into a sentence that names the file."""
    try:
        yield
    except PathoLearnError:
        raise
    # zarr and its codecs raise nearly anything on damaged chunks: RuntimeError, ValueError, KeyError, zlib.error, ….
    except Exception as error:
        raise ArchiveError(
            f"A zarr array in {name!r} is damaged: {' '.join(str(error).split())[:200]}.",
            "Write the zarr anew from the original data, and pack it again.",
            file=name,
        ) from error


def _json(archive: SafeArchive, member: Member) -> dict[str, Any]:
    try:
        found = json.loads(archive.read(member).decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise _refuse(archive, member, f"is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise _refuse(archive, member, "is no JSON object")
    return found


def _sizes(array: Mapping[str, Any]) -> tuple[int, int]:
    """Return the bytes of a chunk and of the whole array, unpacked; texts are counted as 64 bytes."""
    shape = [int(length) for length in array["shape"]]
    if "chunk_grid" in array:
        chunk, kind = array["chunk_grid"]["configuration"]["chunk_shape"], array["data_type"]
        dtype = np.dtype("U1") if kind == "string" else np.dtype(kind)
        if dtype.hasobject:
            raise ValueError("it holds Python objects, which could run code when read")
        width = 64 if kind == "string" else dtype.itemsize
    else:
        chunk, kind = array["chunks"], np.dtype(array["dtype"])
        if kind.hasobject and not any(part.get("id") == "vlen-utf8" for part in array.get("filters") or []):
            raise ValueError("it holds Python objects, which could run code when read")
        width = 64 if kind.hasobject else kind.itemsize
    lengths = [int(length) for length in chunk]
    if len(lengths) != len(shape) or min((*lengths, 1)) < 1 or min((*shape, 0)) < 0:
        raise ValueError(f"the shape {shape} with chunks of {lengths}")
    return prod(lengths) * width, prod(shape) * width


def _codecs(array: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of all codecs, also of those inside shards."""
    if "chunk_grid" not in array:
        for part in (array.get("compressor"), *(array.get("filters") or [])):
            if part is not None:
                yield str(part["id"])
        return
    for codec in array["codecs"]:
        yield str(codec["name"])
        inner = codec.get("configuration") or {}
        for key in ("codecs", "index_codecs"):
            yield from _codecs({"chunk_grid": None, "codecs": inner.get(key, [])})


def _refuse(archive: SafeArchive, member: Member, problem: str) -> ArchiveError:
    return ArchiveError(
        f"The file {member.path!r} in {archive.name!r} {problem}.",
        "Write the arrays with zarr's usual codecs (zstd, blosc, gzip), as numbers, and pack the folder again.",
        file=member.path,
    )
