"""What is measured on every image of a set in one pass: brightness, contrast, sharpness, stains, and two hashes."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import DatasetError
from patholearn_lab.paths import write_atomically
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled

STAINS = ("hematoxylin", "eosin", "dab")

_BATCH = 256
_HASH_PX = 32
_STAIN_PX = 32
"""Stains are measured on this many pixels in each direction, evenly spread: a mean needs no more."""


@dataclass(frozen=True)
class Measures:
    """One entry for each sample of a set, in their order.

    Parameters
    ----------
    brightness, contrast
        Mean and standard deviation of the grey values, 0..1: ``float32[n]``.
    sharpness
        Variance of the Laplacian over the variance of the grey values, ``float32[n]``: what is blurred has little. It
        does not depend on brightness and contrast; 0 for an image of one color.
    stains
        Mean optical density of hematoxylin, eosin and DAB after Ruifrok and Johnston (2001), as scikit-image's
        ``rgb2hed`` separates them: ``float32[n,3]``; no columns for grey images.
    hash
        Perceptual hash, ``uint64[n]``: similar pictures differ in few bits. The bits are those of ``imagehash.phash``.
    digest
        64 bits of BLAKE2 of the pixels, ``uint64[n]``: equal for equal pixels.
    """

    brightness: NDArray[np.float32]
    contrast: NDArray[np.float32]
    sharpness: NDArray[np.float32]
    stains: NDArray[np.float32]
    hash: NDArray[np.uint64]
    digest: NDArray[np.uint64]

    @classmethod
    def of(cls, store: DatasetStore, progress: Progress | None = None) -> Self:
        """Measure all images of a set; 100,000 of 96 × 96 pixels take about half a minute.

        Raises
        ------
        DatasetError
            When the set has no images.
        CancelledError
            When `progress` says so.
        """
        ensure_images(store)
        progress = progress or NoProgress()
        parts: list[dict[str, NDArray[Any]]] = []
        for start in range(0, len(store), _BATCH):
            ensure_not_cancelled(progress)
            progress.report(start, len(store), "Looking at images")
            parts.append(_measure(store.images(range(start, min(start + _BATCH, len(store))))))
        progress.report(len(store), len(store), "Looking at images")
        return cls(**{field.name: np.concatenate([part[field.name] for part in parts]) for field in fields(cls)})

    @classmethod
    def kept(cls, file: Path, store: DatasetStore, progress: Progress | None = None) -> Self:
        """Return what was measured before and kept in `file`; measure and keep it where there is none."""
        names = {field.name for field in fields(cls)}
        if file.exists():
            with np.load(file, allow_pickle=False) as arrays:
                if set(arrays.files) == names and all(len(arrays[name]) == len(store) for name in names):
                    return cls(**{name: arrays[name] for name in names})
        measures = cls.of(store, progress)
        written = io.BytesIO()
        np.savez(written, **{name: getattr(measures, name) for name in names})
        write_atomically(file, written.getvalue())
        return measures


def ensure_images(store: DatasetStore) -> None:
    """Make sure that a set has images.

    Raises
    ------
    DatasetError
        When it is a table.
    """
    if not store.manifest.channels:
        raise DatasetError(f"The data set {store.manifest.name!r} has no images.", "Choose a set with images.")


def _measure(images: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    """Return all measures of images ``uint8[n,H,W,C]``."""
    from PIL import Image

    grey = np.empty(images.shape[:3], np.uint8)
    small = np.empty((len(images), _HASH_PX, _HASH_PX), np.uint8)
    for row, image in enumerate(images):
        picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).convert("L")
        grey[row] = np.asarray(picture)
        small[row] = np.asarray(picture.resize((_HASH_PX, _HASH_PX), Image.Resampling.LANCZOS))
    values = grey.astype(np.float32) / np.float32(255)
    variance = values.var(axis=(1, 2))
    edges = _laplacian(values).var(axis=(1, 2))
    return {
        "brightness": values.mean(axis=(1, 2)),
        "contrast": np.sqrt(variance),
        "sharpness": np.divide(edges, variance, out=np.zeros_like(edges), where=variance > 1e-8),
        "stains": _stains(images),
        "hash": _hashes(small),
        "digest": np.array([_digest(image) for image in images], np.uint64),
    }


def _laplacian(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sum of the four neighbors less four times each inner pixel."""
    middle = values[:, 1:-1, 1:-1]
    if not middle.size:
        return np.zeros((len(values), 1, 1), np.float32)
    around = values[:, :-2, 1:-1] + values[:, 2:, 1:-1] + values[:, 1:-1, :-2] + values[:, 1:-1, 2:]
    return around - 4 * middle


def _stains(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    if images.shape[3] != len(STAINS):
        return np.zeros((len(images), 0), np.float32)
    from skimage.color import rgb2hed

    rows, columns = (max(side // _STAIN_PX, 1) for side in images.shape[1:3])
    densities = rgb2hed(images[:, rows // 2 :: rows, columns // 2 :: columns])
    return np.asarray(densities.mean(axis=(1, 2)), np.float32)


def _hashes(small: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the perceptual hash of grey pictures ``uint8[n,32,32]``.

    The 8 × 8 lowest frequencies of the cosine transform are compared with their median, the first bit being the
    highest: Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010), section 3.2.
    """
    from scipy.fft import dct

    low = dct(dct(small.astype(np.float64), axis=1), axis=2)[:, :8, :8].reshape(len(small), 64)
    bits = low > np.median(low, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


def _digest(image: NDArray[np.uint8]) -> int:
    return int.from_bytes(hashlib.blake2b(image.tobytes(), digest_size=8).digest(), "little")
