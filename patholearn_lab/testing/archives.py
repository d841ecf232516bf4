"""Archives of small images for tests: good ones, and the parts that bad ones are made of."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def random_image(seed: int, height: int = 8, width: int = 8, channels: int = 3) -> NDArray[np.uint8]:
    """Return noise, ``uint8[height,width,channels]``: the same seed gives the same pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)


def encode(image: NDArray[np.uint8], format: str = "PNG") -> bytes:
    """Return `image` (``uint8[H,W,1 or 3]``) as an image file."""
    buffer = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(buffer, format)
    return buffer.getvalue()


def class_files(
    classes: Iterable[str] = ("normal", "tumor"), count: int = 10, prefix: str = "", channels: int = 3
) -> dict[str, bytes]:
    """Return PNG files in class folders by their names in an archive, each with other pixels."""
    files: dict[str, bytes] = {}
    for place, name in enumerate(classes):
        for number in range(count):
            seed = place * 1000 + number + 100_000 * len(prefix)
            files[f"{prefix}{name}/{number}.png"] = encode(random_image(seed, channels=channels))
    return files


def write_zip(path: Path, files: Mapping[str, bytes], extra: Iterable[tuple[zipfile.ZipInfo, bytes]] = ()) -> Path:
    """Write a zip of `files`, then of `extra` members that are described by hand, and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for info, content in extra:
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return path


def write_tar(path: Path, files: Mapping[str, bytes], extra: Iterable[tuple[tarfile.TarInfo, bytes]] = ()) -> Path:
    """Write a tar (compressed where the path ends in .gz) as :func:`write_zip` writes a zip, and return its path."""
    described = [(tarfile.TarInfo(name), content) for name, content in files.items()]
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as archive:
        for info, content in (*described, *extra):
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path
