"""How fast sets are looked after: measured, searched for duplicates, divided, augmented; the last line is JSON.

Keys: ``measure_per_s`` (images of 96 × 96 pixels a second, all measures), ``duplicates_s_1e5`` (near pairs among
100,000 hashes), ``divide_s`` and ``divide_mb`` (a further version of 2,000 tiles, and the room that it takes beside the
first),
``augment_per_s_<preset>`` (tiles of 64 × 64 pixels with masks a second, one process).
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from patholearn_lab.datasets.augmentation import PRESETS
from patholearn_lab.datasets.changes import Divide
from patholearn_lab.datasets.duplicates import near_pairs
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.measures import _measure
from patholearn_lab.datasets.transforms import augment, transform_of
from patholearn_lab.paths import DataPaths

BATCH = 256
TILES = 2_000


def seconds(action: Callable[[], object]) -> float:
    """Return the time of the quicker of two calls: the first one also imports."""
    times = []
    for _ in range(2):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def own_bytes(folder: Path) -> int:
    """Return the room that files take which no other version has."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.stat().st_nlink == 1)


def main() -> None:
    """Measure, print a table, and the figures as JSON."""
    generator = np.random.default_rng(0)
    figures: dict[str, float] = {}
    pictures = generator.integers(0, 256, (BATCH, 96, 96, 3), dtype=np.uint8)
    figures["measure_per_s"] = BATCH / seconds(lambda: _measure(pictures))
    hashes = generator.integers(0, 2**63, 100_000, dtype=np.uint64)
    figures["duplicates_s_1e5"] = seconds(lambda: near_pairs(hashes, 4))
    with tempfile.TemporaryDirectory() as name:
        paths = DataPaths(Path(name))
        paths.ensure()
        library = DatasetLibrary(paths)
        library.create_builtin("he_tissue", parameters={"samples": TILES})
        figures["divide_s"] = seconds(lambda: library.change("he_tissue", Divide(seed=1, folds=5)))
        figures["divide_mb"] = own_bytes(paths.dataset_version("he_tissue", 2)) / 1e6
        store = library.open("he_tissue")
        images = torch.from_numpy(store.images(range(BATCH))).permute(0, 3, 1, 2).contiguous()
        masks = torch.from_numpy(store.masks(range(BATCH)))
        for preset, augmentation in PRESETS.items():
            transform = transform_of(augmentation, *images.shape[2:])
            taken = seconds(lambda: augment(transform, images, masks, range(BATCH)))  # noqa: B023
            figures[f"augment_per_s_{preset}"] = BATCH / taken
    for key, value in figures.items():
        print(f"{key:<24} {value:12,.2f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
