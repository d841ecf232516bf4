"""A picture of what an augmentation does: each sample as it is, and beside it as a network would see it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import NOT_ANNOTATED
from patholearn_lab.errors import DatasetError, InvalidInputError
from patholearn_lab.graph.colors import CLASS_COLORS

if TYPE_CHECKING:
    from patholearn_lab.datasets.augmentation import Augmentation
    from patholearn_lab.datasets.store import DatasetStore

MOST_SAMPLES = 16
MOST_COPIES = 12

_ROWS = 3
_GAP_PX = 4
_SMALLEST_PX = 96
_LARGEST_PX = 256
_TINT = 0.35


def preview_augmentation(
    store: DatasetStore, augmentation: Augmentation, samples: Sequence[int] = (), copies: int = 5, seed: int = 0
) -> bytes:
    """Return a PNG with a row for each sample: the image as it is, then `copies` augmented ones, masks laid over them.

    Parameters
    ----------
    store
        The data set.
    augmentation
        What is done.
    samples
        Which; three of the training split where empty.
    copies
        How many augmented images a row has.
    seed
        The same seed gives the same picture.

    Raises
    ------
    DatasetError
        When the set has no images.
    InvalidInputError
        When more than 16 samples, or not 1 to 12 copies, are asked for.
    SampleNotFoundError
        When there is no such sample.
    """
    if len(samples) > MOST_SAMPLES or not 1 <= copies <= MOST_COPIES:
        raise InvalidInputError(
            f"A preview of {len(samples)} samples with {copies} copies cannot be made.",
            f"Ask for at most {MOST_SAMPLES} samples, and 1 to {MOST_COPIES} copies of each.",
        )
    manifest = store.manifest
    if not manifest.channels:
        raise DatasetError(f"The data set {manifest.name!r} has no images.", "Choose a set with images.")
    import torch

    from patholearn_lab.datasets.transforms import augment, transform_of

    chosen = np.asarray(samples, np.int64) if len(samples) else _spread(store)
    images = store.images(chosen).repeat(copies, axis=0)
    masks = store.masks(chosen) if "masks" in manifest.arrays else None
    seen, told = augment(
        transform_of(augmentation, manifest.height, manifest.width),
        torch.from_numpy(images).permute(0, 3, 1, 2),
        None if masks is None else torch.from_numpy(masks.repeat(copies, axis=0)),
        np.random.default_rng(seed).integers(0, 2**63, len(images)).tolist(),
    )
    pictures = _tinted(seen.permute(0, 2, 3, 1).numpy(), None if told is None else told.numpy())
    plain = _tinted(store.images(chosen), masks)
    rows = [[plain[row], *pictures[row * copies : (row + 1) * copies]] for row in range(len(chosen))]
    return _png(rows)


def _spread(store: DatasetStore) -> NDArray[np.int64]:
    """Return three samples of the training split, or of all, far from each other: classes may be in order."""
    indices = store.indices("train")
    indices = indices if len(indices) else store.indices()
    return indices[np.linspace(0, len(indices) - 1, min(_ROWS, len(indices))).astype(np.int64)]


def _tinted(images: NDArray[np.uint8], masks: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Return images ``uint8[n,H,W,3]`` with the classes of their masks as colors over them."""
    colored = np.broadcast_to(images, (*images.shape[:3], 3)).astype(np.float32)
    if masks is not None:
        colors = np.asarray(CLASS_COLORS, np.float32)[(masks.astype(np.int64) - 1) % len(CLASS_COLORS)]
        strength = np.where((masks > 0) & (masks != NOT_ANNOTATED), _TINT, 0)[..., None]
        colored = colored + (colors - colored) * strength
    return np.asarray(np.rint(colored), np.uint8)


def _png(rows: Sequence[Sequence[NDArray[np.uint8]]]) -> bytes:
    """Return pictures in rows as one PNG file; small ones are enlarged in whole steps, so that pixels stay square."""
    from PIL import Image

    height, width = rows[0][0].shape[:2]
    larger = max(1, -(-_SMALLEST_PX // min(height, width)))
    smaller = max(1, -(-max(height, width) // _LARGEST_PX))
    size = (width * larger // smaller, height * larger // smaller)
    step = (size[0] + _GAP_PX, size[1] + _GAP_PX)
    sheet = Image.new("RGBA", (step[0] * len(rows[0]) - _GAP_PX, step[1] * len(rows) - _GAP_PX))
    how = Image.Resampling.BOX if smaller > 1 else Image.Resampling.NEAREST
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            sheet.paste(Image.fromarray(picture).resize(size, how), (across * step[0], down * step[1]))
    target = io.BytesIO()
    sheet.save(target, "PNG")
    return target.getvalue()
