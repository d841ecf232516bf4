"""The pictures that the benchmarks of data sets use: real tiles where they are at hand, else drawn ones."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from patholearn_lab.datasets.builtins import BUILTINS
from patholearn_lab.progress import NoProgress

_DIFFERENT = 1_000


def different_tiles(argument: str = "") -> tuple[NDArray[np.uint8], str]:
    """Return 1,000 tiles, ``uint8[1000,96,96,3]``, and where they come from.

    They are those of pcam_small.zip in the folder of test data (argument, PATHOLEARN_TEST_DATA or ../shared/data); how
    well they pack, and so how fast they are read, is that of real tissue.
    """
    project = Path(__file__).parents[2]
    data = Path(argument or os.environ.get("PATHOLEARN_TEST_DATA") or project.parent / "shared" / "data")
    real = data / "patches" / "pcam_small.zip"
    if real.exists():
        with zipfile.ZipFile(real) as archive:
            names = [name for name in archive.namelist() if name.endswith(".jpg")][:_DIFFERENT]
            return np.stack([np.asarray(Image.open(io.BytesIO(archive.read(name)))) for name in names]), real.name
    built = BUILTINS["he_tissue"]
    contents = built.contents(built.check({"samples": 300, "tile_px": 96}), NoProgress())
    drawn = np.stack([sample.image for sample in contents.samples() if sample.image is not None])
    return drawn, "drawn tiles"


def many_tiles(different: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Return `count` tiles, each another one: turned, mirrored and shifted copies."""
    out = np.empty((count, *different.shape[1:]), np.uint8)
    for number in range(count):
        turn, place = divmod(number, len(different))
        tile = np.rot90(different[place], turn % 4)
        out[number] = np.roll(tile[:, ::-1] if turn // 4 % 2 else tile, turn // 8 * 7, axis=1)
    return out


def large_tiles(different: NDArray[np.uint8], count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return `count` tiles of 256 × 256 pixels, laid together of nine, and masks of what is dark in them."""
    images = np.empty((count, 256, 256, 3), np.uint8)
    generator = np.random.default_rng(0)
    for number in range(count):
        nine = different[generator.integers(0, len(different), 9)]
        rows = [np.concatenate(list(nine[place : place + 3]), axis=1) for place in (0, 3, 6)]
        images[number] = np.concatenate(rows)[:256, :256]
    return images, (images.mean(axis=3) < 128).astype(np.uint8)
