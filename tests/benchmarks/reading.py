"""How fast data sets are imported and read, against what each is made of; prints a table, the last line is JSON.

All is compared side by side in one run, with two reading processes, in shuffled batches of 64 that arrive as tensors.
The sides take turns, round by round, so that whatever else the machine does hits all of them. What ends in ``_cpu`` is
the same ratio of processor time, which nobody else can slow down.

``small_over_png``, ``small_over_memmap``, ``small_raw_over_memmap``
    20,000 tiles of 96 × 96 × 3: the store against a folder of PNG files and against a plain memory map of the pixels,
    and the store without compression against the memory map.
``large_over_png``
    2,000 images of 256 × 256 × 3 with masks, likewise.
``import_over_decode``
    The time of importing 5,000 JPEG files by the time of only decoding them.
``rss_mb_import_1e5``
    The memory of a process that imports 100,000 small images, at its highest.
``open_ms_1e6``
    Opening a set with a million samples and showing its card.
``epoch_uniformity_p``
    Whether shuffling is random: the probability of the places of samples over epochs, by a chi-squared test.
``resume_upload_ok``
    See ``uploading.py``.
"""

from __future__ import annotations

import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import chi2
from tiles import different_tiles, large_tiles, many_tiles
from torch.utils.data import DataLoader, Dataset
from uploading import resumed

from patholearn_lab.datasets.contents import Contents, Sample
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.sampling import EpochSampler
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.datasets.writing import write_store
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import encode, write_zip

BATCH, WORKERS, ROUNDS = 64, 2, 3
SMALL, LARGE, JPEGS, MANY, MOST = 20_000, 2_000, 5_000, 100_000, 1_000_000
ALONE = 16
"""Batches that are read in this process, for the processor time of a side."""

AT_LEAST = {
    "small_over_png": 5,
    "small_over_memmap": 0.45,
    "small_raw_over_memmap": 0.9,
    "large_over_png": 3.5,
    "epoch_uniformity_p": 0.01,
    "resume_upload_ok": True,
}
AT_MOST = {"import_over_decode": 1.5, "rss_mb_import_1e5": 600, "open_ms_1e6": 100}


def seconds(action: Callable[[], object]) -> float:
    """Return the time of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def processor_seconds(action: Callable[[], object]) -> float:
    """Return the processor time of one call, all threads together."""
    start = time.process_time()
    action()
    return time.process_time() - start


def as_is(batch: Any) -> Any:
    """Return the batch: it is whole already."""
    return batch


class Pictures(Dataset[Any]):
    """A folder of PNG files, with masks where `masked`: what most people train from."""

    def __init__(self, folder: Path, count: int, *, masked: bool) -> None:
        self.folder, self.count, self.masked = folder, count, masked

    def __len__(self) -> int:
        return self.count

    def __getitems__(self, rows: list[int]) -> Any:
        images = torch.from_numpy(np.stack([self._read(f"{row}.png") for row in rows]))
        masks = [self._read(f"{row}_mask.png") for row in rows] if self.masked else []
        return images, torch.from_numpy(np.stack(masks)) if masks else None

    def _read(self, name: str) -> NDArray[np.uint8]:
        return np.asarray(Image.open(self.folder / name))


class Mapped(Dataset[Any]):
    """Pixels in a memory map: nothing can be faster."""

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path, self.shape = path, shape
        self._pixels: Any = None

    def __len__(self) -> int:
        return self.shape[0]

    def __getitems__(self, rows: list[int]) -> Any:
        if self._pixels is None:
            self._pixels = np.memmap(self.path, np.uint8, "r", shape=self.shape)
        return torch.from_numpy(self._pixels[rows])


class Stored(Dataset[Any]):
    """A store of ours, images and masks as they are."""

    def __init__(self, folder: Path, *, masked: bool) -> None:
        self.store, self.masked = DatasetStore(folder), masked

    def __len__(self) -> int:
        return len(self.store)

    def __getitems__(self, rows: list[int]) -> Any:
        images = torch.from_numpy(self.store.images(rows))
        return images, torch.from_numpy(self.store.masks(rows)) if self.masked else None


def rates(sets: dict[str, Dataset[Any]], count: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the samples a second of each, the median of rounds in which all take their turn, by clock and processor.

    The processor time is that of reading in this process; the clock's is that of two others and what they hand over.
    """
    loaders = {
        name: DataLoader(
            one,
            batch_size=BATCH,
            shuffle=True,
            num_workers=WORKERS,
            collate_fn=as_is,
            persistent_workers=True,
            multiprocessing_context="spawn",
        )
        for name, one in sets.items()
    }
    by_clock: dict[str, list[float]] = {name: [] for name in sets}
    by_processor: dict[str, list[float]] = {name: [] for name in sets}
    for loader in loaders.values():
        assert len([None for _ in loader]) == len(loader)  # starts the workers, and brings every file into memory
    generator = np.random.default_rng(0)
    for _ in range(ROUNDS):
        batches = generator.integers(0, count, (ALONE, BATCH)).tolist()
        for name, loader in loaders.items():
            by_clock[name].append(count / seconds(lambda: [None for _ in loader]))  # noqa: B023
            read: Any = sets[name]
            spent = processor_seconds(lambda: [read.__getitems__(rows) for rows in batches])  # noqa: B023
            by_processor[name].append(ALONE * BATCH / spent)
    return ({name: statistics.median(values) for name, values in found.items()} for found in (by_clock, by_processor))  # type: ignore[return-value]


def contents_of(images: NDArray[np.uint8], masks: NDArray[np.uint8] | None = None) -> Contents:
    """Return the images as an importer hands them over."""

    def samples() -> Iterator[Sample]:
        for number, image in enumerate(images):
            yield Sample(image, None if masks is None else masks[number])

    count = len(images)
    return Contents(
        name="Tiles",
        task="classification",
        classes=("a", "b"),
        channels=3 if images.shape[3] == 3 else 1,
        height=images.shape[1],
        width=images.shape[2],
        names=[str(number) for number in range(count)],
        labels=np.arange(count) % 2,
        splits=np.zeros(count, np.uint8),
        samples=samples,
        masks=masks is not None,
    )


def read_all(
    folder: Path, images: NDArray[np.uint8], masks: NDArray[np.uint8] | None = None
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the rates of reading these images from PNG files, a memory map, and stores with and without packing."""
    count = len(images)
    (folder / "png").mkdir(parents=True)
    for number, image in enumerate(images):
        (folder / "png" / f"{number}.png").write_bytes(encode(image))
        if masks is not None:
            (folder / "png" / f"{number}_mask.png").write_bytes(encode(masks[number][..., None]))
    images.tofile(folder / "pixels")
    for name, compress in (("packed", True), ("raw", False)):
        (folder / name).mkdir()
        write_store(folder / name, contents_of(images, masks), id=name, compress=compress)
    masked = masks is not None
    sets: dict[str, Dataset[Any]] = {
        "png": Pictures(folder / "png", count, masked=masked),
        "memmap": Mapped(folder / "pixels", images.shape),
        "packed": Stored(folder / "packed", masked=masked),
        "raw": Stored(folder / "raw", masked=masked),
    }
    return rates(sets, count)


def import_over_decode(folder: Path, library: DatasetLibrary, different: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the time of importing 5,000 JPEG files by that of decoding them, by clock and by processor.

    Each is the median of rounds side by side; the first import, which loads the modules, does not count.
    """
    tiles = many_tiles(different, JPEGS)
    files = {f"{'ab'[number % 2]}/{number}.jpg": encode(tile, "JPEG") for number, tile in enumerate(tiles)}
    archive = write_zip(folder / "jpegs.zip", files)

    def decode() -> None:
        with zipfile.ZipFile(archive) as opened:
            for name in files:
                np.asarray(Image.open(io.BytesIO(opened.read(name))))

    library.import_archive(archive, "first")
    by_clock, by_processor = [], []
    for round_ in range(ROUNDS):
        started = time.process_time()
        decoded = seconds(decode)
        between = time.process_time()
        imported = seconds(lambda: library.import_archive(archive, f"jpegs{round_}"))  # noqa: B023
        by_clock.append(imported / decoded)
        by_processor.append((time.process_time() - between) / (between - started))
    return statistics.median(by_clock), statistics.median(by_processor)


def rss_of_import(folder: Path) -> float:
    """Return the memory of a process of its own that imports 100,000 images of 28 × 28 pixels, in MB."""
    noise = np.random.default_rng(0).integers(0, 256, (1_000, 28, 28, 3), np.uint8)
    pictures = [encode(image) for image in noise]
    archive = folder / "many.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as opened:
        for number in range(MANY):
            opened.writestr(f"{'ab'[number % 2]}/{number}.png", pictures[number % len(pictures)])
    code = (
        "import re, sys; from pathlib import Path\n"
        "from patholearn_lab.datasets.library import DatasetLibrary; from patholearn_lab.paths import DataPaths\n"
        "paths = DataPaths(Path(sys.argv[1])); paths.ensure()\n"
        "DatasetLibrary(paths).import_archive(Path(sys.argv[2]), 'many')\n"
        # Not ru_maxrss, which a process takes over from the one that started it.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) / 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder / "many"), str(archive)], capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[-1])


def open_ms(folder: Path) -> float:
    """Return the milliseconds of opening a set with a million samples and showing its card."""
    paths = DataPaths(folder / "most")
    paths.ensure()
    target = paths.dataset_version("most", 1)
    target.mkdir(parents=True)
    image = np.zeros((2, 2, 1), np.uint8)
    contents = contents_of(np.broadcast_to(image, (MOST, 2, 2, 1)))
    # In no training split, so that no time goes into statistics, which nobody asks for here.
    plain = replace(contents, samples=lambda: (Sample(image) for _ in range(MOST)), splits=np.ones(MOST, np.uint8))
    write_store(target, plain, id="most", compress=False)
    library = DatasetLibrary(paths)

    def show() -> None:
        assert library.open("most").manifest.total == MOST
        library.find("most").model_dump_json()

    return 1e3 * statistics.median(seconds(show) for _ in range(ROUNDS))


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
    figures: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
    different, figures["tiles"] = different_tiles(sys.argv[1] if sys.argv[1:] else "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = DataPaths(folder / "data")
        paths.ensure()
        small, small_cpu = read_all(folder / "small", many_tiles(different, SMALL))
        large, large_cpu = read_all(folder / "large", *large_tiles(different, LARGE))
        figures |= {f"small_{key}_per_s": round(value) for key, value in small.items()}
        figures |= {f"large_{key}_per_s": round(value) for key, value in large.items()}
        for end, small_rates, large_rates in (("", small, large), ("_cpu", small_cpu, large_cpu)):
            figures[f"small_over_png{end}"] = small_rates["packed"] / small_rates["png"]
            figures[f"small_over_memmap{end}"] = small_rates["packed"] / small_rates["memmap"]
            figures[f"small_raw_over_memmap{end}"] = small_rates["raw"] / small_rates["memmap"]
            figures[f"large_over_png{end}"] = large_rates["packed"] / large_rates["png"]
        ratios = import_over_decode(folder, DatasetLibrary(paths), different)
        figures["import_over_decode"], figures["import_over_decode_cpu"] = ratios
        figures["rss_mb_import_1e5"] = rss_of_import(folder)
        figures["open_ms_1e6"] = open_ms(folder)
        figures["epoch_uniformity_p"] = uniformity_p()
        figures["resume_upload_ok"] = resumed(folder)["resume_upload_ok"]
    for key, value in figures.items():
        print(f"{key:<26} {f'{value:12,.3f}' if isinstance(value, float) else value!s:>12}  {bound(key, value)}")
    print(json.dumps(figures))


def bound(key: str, value: Any) -> str:
    """Return what a figure has to be, and whether it is."""
    if key in AT_LEAST:
        return f"at least {AT_LEAST[key]}: {'yes' if value >= AT_LEAST[key] else 'NO'}"
    return f"at most {AT_MOST[key]}: {'yes' if value <= AT_MOST[key] else 'NO'}" if key in AT_MOST else ""


if __name__ == "__main__":
    main()
