"""Whether a stored data set is still what was written: every array is read and compared with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.errors import DatasetError
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from patholearn_lab.datasets.store import DatasetStore

_BATCH = 64
_NAMED = 20
_TEXTS = frozenset({"groups"})


class Damage(BaseModel):
    """What is wrong with an array.

    Attributes
    ----------
    samples
        The first of the samples that cannot be read; empty where all can, but are not what was written.
    """

    model_config = ConfigDict(frozen=True)

    array: str
    message: str
    samples: tuple[int, ...] = ()


class Integrity(BaseModel):
    """What was found.

    Attributes
    ----------
    arrays
        What was read.
    unknown
        Of these, what an older version of this package stored without a digest: it can be read, no more is known.
    hint
        How to get the set back where it is damaged.
    """

    model_config = ConfigDict(frozen=True)

    dataset: str
    version: int
    arrays: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    damages: tuple[Damage, ...] = ()
    hint: str = ""

    @property
    def whole(self) -> bool:
        """Whether all is as it was written."""
        return not self.damages


def check_store(store: DatasetStore, progress: Progress | None = None) -> Integrity:
    """Read a whole data set and compare it with what was written.

    Parameters
    ----------
    store
        The data set.
    progress
        Told how many samples were read; may cancel.
    """
    progress = progress or NoProgress()
    manifest = store.manifest
    pixels = [key for key in ("images", "masks", "instances") if key in manifest.arrays]
    pixels = ["images", *pixels] if manifest.channels else pixels
    columns = [key for key in manifest.arrays if key not in pixels]
    damages = []
    for key in (*columns, "splits"):
        damages += list(_check_column(store, key))
    for place, key in enumerate(pixels):
        damages += list(_check_pixels(store, key, place, len(pixels), progress))
    arrays = (*pixels, *columns, "splits")
    return Integrity(
        dataset=manifest.id,
        version=manifest.version,
        arrays=arrays,
        unknown=tuple(key for key in arrays if key not in manifest.digests),
        damages=tuple(damages),
        hint=_way_out(manifest) if damages else "",
    )


def _check_column(store: DatasetStore, key: str) -> Iterator[Damage]:
    try:
        values = store.splits() if key == "splits" else store.column(key, None)
    # zarr and its codecs raise nearly anything on damaged chunks.
    except Exception as error:
        yield Damage(array=key, message=f"It cannot be read: {' '.join(str(error).split())[:200]}")
        return
    raw = "\0".join(map(str, values)).encode() if key in _TEXTS else values.tobytes()
    yield from _compare(store.manifest, key, hashlib.sha256(raw).hexdigest())


def _check_pixels(store: DatasetStore, key: str, place: int, of: int, progress: Progress) -> Iterator[Damage]:
    arrays: dict[str, Callable[[Iterable[int]], NDArray[Any]]]
    arrays = {"images": store.images, "masks": store.masks, "instances": store.instances}
    read = arrays[key]
    digest, broken, total = hashlib.sha256(), [], len(store)
    why = ""
    for start in range(0, total, _BATCH):
        ensure_not_cancelled(progress)
        progress.report(place * total + start, of * total, f"Reading {key}")
        numbers = range(start, min(start + _BATCH, total))
        try:
            digest.update(read(numbers).tobytes())
        except (DatasetError, OSError):
            for number in numbers:
                try:
                    read([number])
                except (DatasetError, OSError) as error:
                    broken.append(number)
                    why = str(error)
    if broken:
        message = f"{len(broken):,} of {total:,} samples cannot be read: {why.splitlines()[0]}"
        yield Damage(array=key, message=message, samples=tuple(broken[:_NAMED]))
    else:
        yield from _compare(store.manifest, key, digest.hexdigest())


def _compare(manifest: Manifest, key: str, found: str) -> Iterator[Damage]:
    wanted = manifest.digests.get(key)
    if wanted is not None and wanted != found:
        yield Damage(array=key, message="It can be read, but is not what was written: its SHA-256 is another.")


def _way_out(manifest: Manifest) -> str:
    """Return how to get a damaged set back, by where it came from."""
    if manifest.created_by.endswith(f"built-in {manifest.id}"):
        return f"Delete {manifest.id!r}: it is made anew, the same, when it is used next."
    begin = f"Import {manifest.source!r} again as a new version, or bring this version back from a backup."
    if manifest.fingerprint:
        begin += f" The file that it came from has the SHA-256 {manifest.fingerprint}."
    if manifest.version > 1:
        begin += f" Versions share files: check version {manifest.version - 1} as well before you go on with it."
    return begin
