"""A picture as somebody sends it, made into the array that a model expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.preprocessing import Preprocessing


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Return the picture in `data` (any format that PIL knows) as uint8[H,W,1 or 3]."""
    raise NotImplementedError


def fit_image(image: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Return `image` (uint8[h,w,c]) in the model's channels and size: uint8[H,W,C], as the model sees it."""
    raise NotImplementedError


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Return `image` (uint8[H,W,1 or 3]) as a PNG file."""
    raise NotImplementedError
