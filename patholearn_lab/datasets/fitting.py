"""Images and masks of another size than the network's: stretched, padded or cropped, as their preprocessing says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patholearn_lab.datasets.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import Tensor


def fitted(images: Tensor, wanted: Preprocessing) -> Tensor:
    """Return images ``uint8[N,C,h,w]`` in the size of a preprocessing; what is smaller is smoothed, not skipped."""
    return _fitted(images, wanted, fill=0, smooth=True)


def fitted_masks(masks: Tensor, wanted: Preprocessing, fill: int) -> Tensor:
    """Return masks ``uint8[N,h,w]`` in the size of a preprocessing: the nearest pixel counts, `fill` is what is new."""
    return _fitted(masks.unsqueeze(1), wanted, fill=fill, smooth=False).squeeze(1)


def _fitted(batch: Tensor, wanted: Preprocessing, *, fill: int, smooth: bool) -> Tensor:
    from torchvision.transforms import InterpolationMode
    from torchvision.transforms.v2 import functional

    size, have = (wanted.height, wanted.width), tuple(batch.shape[-2:])
    if size == have:
        return batch
    scaled = size
    if wanted.fit != "stretch":
        factors = [new / old for new, old in zip(size, have, strict=True)]
        factor = min(factors) if wanted.fit == "pad" else max(factors)
        scaled = (max(round(have[0] * factor), 1), max(round(have[1] * factor), 1))
    mode = InterpolationMode.BILINEAR if smooth else InterpolationMode.NEAREST_EXACT
    batch = functional.resize(batch, list(scaled), mode, antialias=smooth)
    # Half a pixel goes where Pillow puts it, which prepares images in serving.
    top, left = (round((new - old) / 2) for new, old in zip(size, scaled, strict=True))
    if wanted.fit == "pad":
        around = [left, top, size[1] - scaled[1] - left, size[0] - scaled[0] - top]
        batch = functional.pad(batch, around, fill=fill)
    if wanted.fit == "crop":
        batch = functional.center_crop(batch, list(size))
    return batch
