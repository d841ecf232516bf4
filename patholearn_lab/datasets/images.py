"""Image files of an archive, decoded by PIL with every failure turned into a sentence that names the file."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from patholearn_lab.datasets.archives import Limits
from patholearn_lab.errors import ArchiveError, TooLargeError

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}

_GREY_MODES = {"1", "L", "LA"}
_WIDE_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N"}
_COLOR_MODES = {"P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"}


@dataclass(frozen=True)
class ImageFacts:
    """What an image file's header says."""

    width: int
    height: int
    grey: bool


def read_facts(data: bytes, file: str, limits: Limits) -> ImageFacts:
    """Return size and kind of the image in `data` without decoding its pixels.

    Raises
    ------
    ArchiveError
        When it is no image, has several frames, or more than 8 bits a channel.
    TooLargeError
        When it has too many pixels.
    """
    return OpenImage(data, file, limits).facts


def decode(data: bytes, file: str, channels: Literal[1, 3], limits: Limits) -> NDArray[np.uint8]:
    """Return the image in `data` as ``uint8[H,W,channels]``. Transparent parts become white, as on a slide.

    Raises
    ------
    ArchiveError
        As :func:`read_facts`, and when the image is cut off or damaged.
    TooLargeError
        When it has too many pixels.
    """
    return OpenImage(data, file, limits).decode(channels)


class OpenImage:
    """An image whose header was read, and whose pixels are still packed: nothing is parsed twice.

    Raises
    ------
    ArchiveError, TooLargeError
        As :func:`read_facts`.
    """

    def __init__(self, data: bytes, file: str, limits: Limits) -> None:
        self._image, self._file = _open(data, file, limits), file
        with _damage_named(file):
            self.facts = ImageFacts(self._image.width, self._image.height, _is_grey(self._image))

    def decode(self, channels: Literal[1, 3]) -> NDArray[np.uint8]:
        """Return its pixels, once, as :func:`decode` does."""
        mode = "L" if channels == 1 else "RGB"
        with self._image as image, _damage_named(self._file):
            image.load()
            if image.has_transparency_data:
                canvas = Image.new("RGBA", image.size, "white")
                canvas.alpha_composite(image.convert("RGBA"))
                pixels: Image.Image = canvas.convert(mode)
            else:
                pixels = image if image.mode == mode else image.convert(mode)
            return np.frombuffer(pixels.tobytes(), np.uint8).reshape(pixels.height, pixels.width, channels)


@dataclass(frozen=True)
class MaskPixels:
    """The values of a mask file, before anybody knows what they mean.

    Parameters
    ----------
    values
        ``int64[H,W]``: grey values, or colors as 0xRRGGBB.
    kind
        ``grey`` (8 bits), ``wide`` (more bits, as object numbers have) or ``color``.
    """

    values: NDArray[np.int64]
    kind: Literal["grey", "wide", "color"]


def decode_mask(data: bytes, file: str, limits: Limits) -> MaskPixels:
    """Return the values of the mask file in `data`. What is wholly transparent is 0.

    A file with a palette is read by its colors: programs number them as they like, file by file.

    Raises
    ------
    ArchiveError, TooLargeError
        As :func:`decode`, but more than 8 bits are taken.
    """
    with _open(data, file, limits, _GREY_MODES | _COLOR_MODES | _WIDE_MODES) as image, _damage_named(file):
        image.load()
        if image.mode in _WIDE_MODES:
            return MaskPixels(np.asarray(image).astype(np.int64), "wide")
        grey = _is_grey(image)
        pixels = np.asarray(image.convert("LA" if grey else "RGBA")).astype(np.int64)
    opaque = pixels[..., -1] > 0
    if grey:
        return MaskPixels(pixels[..., 0] * opaque, "grey")
    return MaskPixels((pixels[..., 0] << 16 | pixels[..., 1] << 8 | pixels[..., 2]) * opaque, "color")


@contextmanager
def _damage_named(file: str) -> Iterator[None]:
    """Turn what PIL raises on damaged data into a sentence that names the file."""
    try:
        yield
    # PIL's plugins raise nearly anything there: OSError, SyntaxError, struct.error, IndexError and more.
    except Exception as error:
        raise ArchiveError(
            f"The image {file!r} is cut off or damaged: {error}.",
            "Replace it with a whole copy, or leave it out, and pack the archive again.",
            file=file,
        ) from error


def _open(data: bytes, file: str, limits: Limits, modes: Collection[str] = _GREY_MODES | _COLOR_MODES) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        frames = getattr(image, "n_frames", 1)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(file, str(error), limits) from error
    # As there: a damaged header can make a plugin raise nearly anything.
    except Exception as error:
        raise ArchiveError(
            f"{file!r} is not an image that can be read ({', '.join(FORMATS)}).",
            "Leave it out, or save it as PNG or JPEG, and pack the archive again.",
            file=file,
        ) from error
    if image.width * image.height > limits.image_pixels:
        raise _too_many_pixels(file, f"it is {image.width} × {image.height} pixels", limits)
    if frames > 1:
        raise ArchiveError(
            f"The image {file!r} has {frames} frames or pages.",
            "Save each as an image of its own, and pack the archive again.",
            file=file,
        )
    if image.mode not in modes:
        raise ArchiveError(
            f"The image {file!r} has more than 8 bits a channel (PIL calls its kind {image.mode!r}).",
            "Save the images with 8 bits a channel, and pack the archive again.",
            file=file,
        )
    return image


def _is_grey(image: Image.Image) -> bool:
    if image.mode != "P":
        return image.mode in _GREY_MODES
    palette = image.getpalette("RGB") or []  # decodes the image: some formats have the palette among the pixels
    return palette[0::3] == palette[1::3] == palette[2::3]


def _too_many_pixels(file: str, what: str, limits: Limits) -> TooLargeError:
    return TooLargeError(
        f"The image {file!r} is too large: {what.rstrip('.')}; at most {limits.image_pixels:,} pixels are taken.",
        "Cut it into tiles, and pack those.",
        file=file,
    )
