"""A picture as somebody sends it, made into the array that a model expects.

The steps are those of training: the data set's size and channels, then ``(value / 255 - mean) / std`` per channel.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from patholearn_lab.errors import ImageError, TooLargeError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from patholearn_lab.datasets.preprocessing import Preprocessing

MAX_MEGAPIXELS = 64
"""A larger picture is a slide, and a slide is cut into tiles first; also the guard against decompression bombs."""

_GREY, _COLOR = "L", "RGB"
_SEND = "Choose a PNG, JPEG, TIFF, BMP, GIF or WebP file."


def decode_image(data: bytes) -> NDArray[np.uint8]:
    """Return the picture in `data` (any format that PIL reads) as uint8[H,W,1] where it is grey, else uint8[H,W,3].

    Transparent pixels become white, which is the color of an empty slide. A photo is turned as its camera noted.

    Raises
    ------
    ImageError
        When `data` is no picture, or only a part of one.
    TooLargeError
        When it has more than :data:`MAX_MEGAPIXELS` million pixels.
    """
    import numpy as np
    from PIL import Image, ImageOps

    from patholearn_lab.datasets.images import FORMATS

    if not data:
        raise ImageError("The picture is empty (0 bytes).", _SEND)
    try:
        # The size is in the header: it is looked at before a single pixel is unpacked.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(str(error)) from error
    # A damaged header can make PIL's plugins raise nearly anything.
    except Exception as error:
        raise ImageError(f"This is no picture that can be read ({len(data):,} bytes).", _SEND) from error
    _ensure_size(opened.width, opened.height)
    try:
        pixels = np.asarray(_plain(ImageOps.exif_transpose(opened)))
    # As above: OSError, SyntaxError, struct.error, IndexError, zlib.error and more, after the plugin.
    except Exception as error:
        raise ImageError(
            f"The picture is damaged or cut off ({len(data):,} bytes): {error}.",
            "Save it again, and send the whole file.",
        ) from error
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else pixels[:, :, None])


def fit_image(image: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.uint8]:
    """Return `image` (uint8[h,w,1 or 3]) in the model's channels and size: uint8[H,W,C], the picture the model sees.

    Raises
    ------
    ImageError
        When `image` is not uint8[h,w,1 or 3].
    """
    import numpy as np
    from PIL import Image, ImageOps

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in {1, 3} or 0 in image.shape:
        raise ImageError(
            f"A model takes pictures as uint8 arrays of height × width × 1 or 3, not {image.dtype}{list(image.shape)}.",
            "Convert it first: numpy.asarray(picture.convert('RGB')).",
        )
    wanted = (preprocessing.height, preprocessing.width, preprocessing.channels)
    if image.shape == wanted:
        return image
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
    picture = picture.convert(_GREY if preprocessing.channels == 1 else _COLOR)
    size = (preprocessing.width, preprocessing.height)
    if picture.size != size:
        # Antialiased where it shrinks; a plain bilinear sampling would skip pixels and let thin lines vanish.
        smooth = Image.Resampling.BILINEAR
        match preprocessing.fit:
            case "stretch":
                picture = picture.resize(size, smooth)
            case "pad":
                picture = ImageOps.pad(picture, size, smooth)
            case "crop":
                picture = ImageOps.fit(picture, size, smooth)
    return np.asarray(picture).reshape(wanted)


def network_input(images: NDArray[np.uint8], preprocessing: Preprocessing) -> NDArray[np.float32]:
    """Return `images` (uint8[N,H,W,C]) as the network takes them: float32[N,C,H,W], normalized."""
    import numpy as np

    mean = np.asarray(preprocessing.mean, dtype=np.float32)
    std = np.asarray(preprocessing.std, dtype=np.float32)
    # One multiplication and one addition, as the data loader of the training does it: bit for bit the same numbers.
    scale, offset = np.float32(1) / (np.float32(255) * std), -mean / std
    return np.ascontiguousarray((images.astype(np.float32) * scale + offset).transpose(0, 3, 1, 2))


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Return `image` (uint8[H,W,1 or 3]) as a PNG file."""
    from PIL import Image

    target = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(target, "PNG")
    return target.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """Return `picture` as 8-bit grey or RGB, without transparency."""
    from PIL import Image

    if picture.mode.startswith("I;16") or picture.mode in {"I", "F"}:
        return _eight_bits(picture)
    if picture.mode in {"1", "L"}:
        return picture.convert(_GREY)
    if "A" in picture.getbands() or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert(_COLOR)
    return picture.convert(_COLOR)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture of 16 or 32 bits a pixel with 8: PIL's own conversion would cut everything over 255 to white."""
    import numpy as np
    from PIL import Image

    values = np.asarray(picture).astype(np.float64)
    top = 65535.0 if picture.mode != "F" and values.max(initial=0.0) > 255 else 255.0
    if picture.mode == "F" and values.max(initial=0.0) <= 1.0:
        top = 1.0
    return Image.fromarray(np.clip(np.rint(values / top * 255), 0, 255).astype(np.uint8))


def _ensure_size(width: int, height: int) -> None:
    if width * height > MAX_MEGAPIXELS * 1_000_000:
        raise _too_large(f"{width} × {height} pixels")


def _too_large(seen: str) -> TooLargeError:
    return TooLargeError(
        f"The picture is too large ({seen}); the limit is {MAX_MEGAPIXELS} million pixels.",
        "Cut out the part that matters, or save it smaller.",
        limit_megapixels=MAX_MEGAPIXELS,
    )
