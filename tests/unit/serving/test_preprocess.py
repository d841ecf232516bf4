from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.errors import ImageError, PathoLearnError, TooLargeError
from patholearn_lab.serving.preprocess import decode_image, encode_png, fit_image, network_input

GREY = Preprocessing(channels=1, height=8, width=6, mean=(0.5,), std=(0.25,))
COLOR = Preprocessing(channels=3, height=8, width=6, mean=(0.1, 0.2, 0.3), std=(0.5, 0.25, 1.0))


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def test_a_color_picture_is_read_as_it_is() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(decode_image(encoded(Image.fromarray(pixels))), pixels)


def test_a_grey_picture_keeps_one_channel() -> None:
    pixels = np.arange(20, dtype=np.uint8).reshape(4, 5)
    assert np.array_equal(decode_image(encoded(Image.fromarray(pixels))), pixels[:, :, None])


def test_transparent_parts_become_white() -> None:
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (255, 0, 0, 0))
    assert decode_image(encoded(picture)).tolist() == [[[255, 0, 0], [255, 255, 255]]]


def test_a_palette_is_resolved() -> None:
    picture = Image.new("RGB", (3, 2), (10, 200, 30)).quantize(4)
    assert decode_image(encoded(picture)).tolist() == [[[10, 200, 30]] * 3] * 2


def test_a_picture_of_16_bits_is_scaled_and_not_cut_to_white() -> None:
    values = np.array([[0, 257 * 100, 65535]], dtype=np.uint16)
    assert decode_image(encoded(Image.fromarray(values)))[:, :, 0].tolist() == [[0, 100, 255]]


def test_a_photo_is_turned_as_its_camera_noted() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode_image(encoded(Image.new("RGB", (6, 2)), "JPEG", exif=exif)).shape == (6, 2, 3)


def test_what_is_no_picture_is_refused_with_its_size() -> None:
    with pytest.raises(ImageError, match=r"no picture that can be read \(12 bytes\)"):
        decode_image(b"%PDF-1.4 ...")


def test_an_empty_upload_is_refused() -> None:
    with pytest.raises(ImageError, match="0 bytes"):
        decode_image(b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "BMP"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(ImageError):
        decode_image(data[: len(data) // 2])


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_unpacked() -> None:
    data = encoded(Image.new("1", (9000, 9000)))
    assert len(data) < 100_000
    with pytest.raises(TooLargeError, match="9000 × 9000 pixels"):
        decode_image(data)


def test_a_bomb_far_over_the_limit_is_refused() -> None:
    with pytest.raises(TooLargeError, match="limit is 64 million"):
        decode_image(encoded(Image.new("1", (20000, 20000))))


@given(st.binary(max_size=300))
def test_no_bytes_whatsoever_lead_to_an_unforeseen_error(data: bytes) -> None:
    for prefix in (b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\x00", b"BM", b"\xff\xd8\xff"):
        with contextlib.suppress(PathoLearnError):
            decode_image(prefix + data)


@given(height=st.integers(1, 30), width=st.integers(1, 30), channels=st.sampled_from([1, 3]), grey=st.booleans())
def test_any_picture_is_brought_to_the_models_size_and_channels(
    height: int, width: int, channels: int, grey: bool
) -> None:
    wanted = GREY if grey else COLOR
    fitted = fit_image(np.full((height, width, channels), 77, dtype=np.uint8), wanted)
    assert fitted.shape == (8, 6, wanted.channels)
    assert fitted.dtype == np.uint8
    assert np.all(fitted == 77)


def test_a_picture_that_fits_is_not_touched() -> None:
    image = np.random.default_rng(3).integers(0, 256, (8, 6, 3), dtype=np.uint8)
    assert fit_image(image, COLOR) is image


@pytest.mark.parametrize("shape", [(8, 6), (8, 6, 4), (0, 6, 3), (1, 8, 6, 3)])
def test_an_array_of_another_form_is_refused_with_its_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ImageError, match="height × width × 1 or 3"):
        fit_image(np.zeros(shape, dtype=np.uint8), COLOR)


def test_an_array_of_floats_is_refused() -> None:
    with pytest.raises(ImageError, match="float32"):
        fit_image(np.zeros((8, 6, 3), dtype=np.float32), COLOR)  # type: ignore[arg-type]


def test_the_network_gets_normalized_values_with_the_channels_first() -> None:
    images = np.zeros((2, 8, 6, 3), dtype=np.uint8)
    images[1] = 255
    result = network_input(images, COLOR)
    assert result.shape == (2, 3, 8, 6)
    assert result.dtype == np.float32
    assert result[0, :, 0, 0] == pytest.approx([-0.2, -0.8, -0.3])
    assert result[1, :, 0, 0] == pytest.approx([1.8, 3.2, 0.7])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_png_gives_the_same_pixels_back(channels: int) -> None:
    image = np.random.default_rng(4).integers(0, 256, (8, 6, channels), dtype=np.uint8)
    assert np.array_equal(decode_image(encode_png(image)), image)
