"""How fast data sets are made, imported and read, against what each is made of; the last line is JSON.

Everything is compared side by side in this process: importing an archive with only decoding its images, reading the
store with a plain memory map of the same pixels. The archive is the real one where the test data is at hand (argument,
PATHOLEARN_TEST_DATA or ../shared/data), else one of drawn tiles.

Keys: ``import_per_s``, ``decode_per_s``, ``import_ratio`` (time of an import per time of decoding), ``store_per_s``,
``memmap_per_s`` (random batches of 64, samples a second), ``epoch_per_s`` and ``cached_epoch_per_s`` (normalized
tensors from the loader), ``memmap_epoch_per_s`` (the same from the memory map), ``epoch_uniformity_p`` (chi-square
test of where samples come in an epoch, over 2,000 epochs: below 0.01 their order would not be random), ``draw_s``
(drawing the built-in tissue), ``resume_upload_ok`` (``uploading.py``).
"""

from __future__ import annotations

import io
import json
import os
import statistics
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.stats import chi2
from uploading import resumed

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.sampling import EpochSampler
from patholearn_lab.datasets.split_dataset import CACHE_BYTES, SplitDataset
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import encode, write_zip

BATCH = 64
ROUNDS = 3


def seconds(action: Callable[[], object]) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def find_archive(folder: Path, library: DatasetLibrary) -> Path:
    """Return the real archive, or one that is made of drawn tiles."""
    project = Path(__file__).parents[2]
    data = Path(
        sys.argv[1] if sys.argv[1:] else os.environ.get("PATHOLEARN_TEST_DATA") or project.parent / "shared/data"
    )
    real = data / "patches" / "pcam_small.zip"
    if real.exists():
        return real
    store = library.open("he_tissue")
    images = store.images(range(len(store)))
    files = {f"{store.class_of(index)}/{index}.jpg": encode(image, "JPEG") for index, image in enumerate(images)}
    return write_zip(folder / "drawn.zip", files)


def decode_all(archive: Path) -> list[np.ndarray]:
    """Decode every image of an archive, and nothing else."""
    with zipfile.ZipFile(archive) as files:
        names = [name for name in files.namelist() if name.endswith(".jpg")]
        return [np.asarray(Image.open(io.BytesIO(files.read(name)))) for name in names]


def per_second(read: Callable[[np.ndarray], object], samples: int) -> float:
    """Return the median rate of reading all samples in random batches."""
    generator, rates = np.random.default_rng(0), []
    for _ in range(ROUNDS):
        order = generator.permutation(samples)
        rates.append(samples / seconds(lambda: [read(order[at : at + BATCH]) for at in range(0, samples, BATCH)]))  # noqa: B023
    return statistics.median(rates)


def uniformity_p(samples: int = 200, epochs: int = 2000, places: int = 20) -> float:
    """Return how probable it is that places of samples differ as they do, if each is as likely everywhere."""
    sampler = EpochSampler(samples, seed=0)
    orders = np.array([[draw.row for draw in sampler] for _ in range(epochs)])
    counts = np.zeros((samples, places))
    np.add.at(counts, (orders, np.arange(samples) * places // samples), 1)
    due = epochs / places
    # Each epoch is a permutation, so that samples keep each other away from a place: that takes the share 1 / samples.
    statistic = ((counts - due) ** 2 / due).sum() * (samples - 1) / samples
    return float(chi2.sf(statistic, (samples - 1) * (places - 1)))


def main() -> None:
    """Measure, print a table, and the figures as JSON."""
    figures: dict[str, float | str | bool] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = DataPaths(folder / "data")
        paths.ensure()
        library = DatasetLibrary(paths)
        figures["draw_s"] = seconds(lambda: library.ensure("he_tissue"))
        archive = find_archive(folder, library)
        figures["archive"] = archive.name
        pairs = []
        for round_ in range(ROUNDS):
            decode_s = seconds(lambda: decode_all(archive))
            import_s = seconds(lambda: library.import_archive(archive, f"tiles{round_}"))  # noqa: B023
            pairs.append((decode_s, import_s))
        store = library.open("tiles0")
        total = len(store)
        figures["decode_per_s"] = total / statistics.median(decode_s for decode_s, _ in pairs)
        figures["import_per_s"] = total / statistics.median(import_s for _, import_s in pairs)
        figures["import_ratio"] = statistics.median(import_s / decode_s for decode_s, import_s in pairs)

        pixels = store.images(range(total))
        mapped = np.memmap(folder / "pixels", "u1", "w+", shape=pixels.shape)
        mapped[:] = pixels
        figures["store_per_s"] = per_second(store.images, total)
        figures["memmap_per_s"] = per_second(lambda rows: np.asarray(mapped[rows]), total)

        train = store.indices("train")
        scale = torch.tensor(store.manifest.std).view(1, -1, 1, 1)
        offset = torch.tensor(store.manifest.mean).view(1, -1, 1, 1)

        def normalize(rows: np.ndarray) -> torch.Tensor:
            images = torch.from_numpy(mapped[train[rows]]).permute(0, 3, 1, 2).contiguous()
            return images.float().div_(255).sub_(offset).div_(scale)

        decoded, cached = (
            SplitDataset(store, "train", cache_bytes=0),
            SplitDataset(store, "train", cache_bytes=CACHE_BYTES),
        )
        cached.__getitems__(range(len(train)))
        figures["epoch_per_s"] = per_second(decoded.__getitems__, len(train))
        figures["cached_epoch_per_s"] = per_second(cached.__getitems__, len(train))
        figures["memmap_epoch_per_s"] = per_second(normalize, len(train))
        figures["resume_upload_ok"] = resumed(folder)["resume_upload_ok"]
    figures["epoch_uniformity_p"] = uniformity_p()
    for key, value in figures.items():
        print(f"{key:<22} {value if isinstance(value, (str, bool)) else f'{value:12,.2f}'}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
