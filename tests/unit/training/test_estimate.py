"""What one measured batch says about a whole training, in numbers and in sentences."""

from __future__ import annotations

from pathlib import Path

import lightning as L
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from patholearn_lab.training import measuring
from patholearn_lab.training.callbacks import SettleOptimizer
from patholearn_lab.training.estimate import (
    Estimate,
    LayerMemory,
    Measured,
    PartName,
    estimate_of,
    in_bytes,
    in_time,
    largest_batch,
    scaled,
)

SIZES: dict[PartName, int] = {
    "weights": 1000,
    "gradients": 1000,
    "optimizer": 2000,
    "activations": 8000,
    "images": 400,
    "passing": 1600,
    "program": 5000,
}


def estimated(available: int, batch_size: int = 64, measured_with: int = 64) -> Estimate:
    measured = Measured("CPU", SIZES, available, 250, measured_with, 0.5, 0.1, 6)
    return estimate_of(
        measured,
        batch_size=batch_size,
        epochs=3,
        train_samples=130,
        valid_samples=64,
        layers=[LayerMemory(node="conv_1", bytes=4000)],
    )


def test_what_grows_with_the_batch_is_scaled_and_the_rest_is_not() -> None:
    assert scaled(SIZES, 4, 8) == SIZES | {"activations": 16_000, "images": 800, "passing": 3200}


def test_the_times_are_those_of_all_batches_and_of_the_validation() -> None:
    found = estimated(10**6)
    assert (found.batches, found.valid_batches) == (3, 1)
    assert found.epoch_s == pytest.approx(1.6)
    assert found.total_s == pytest.approx(4.8)
    assert found.needed_bytes == 19_000
    assert sum(part.bytes for part in found.parts) == found.needed_bytes


def test_what_fits_is_said_with_what_takes_most_and_how_long_it_takes() -> None:
    assert str(estimated(10**6)).splitlines() == [
        "It fits: a batch of 64 needs about 19.0 kB of 1.0 MB free memory.",
        "Of the training itself, activations take most, 8.0 kB: what each layer gave, kept for every image of the "
        "batch until the way back. The layer conv_1 alone gives 4.0 kB.",
        "An epoch takes about 1.6 s (3 batches of 500 ms), all 3 about 4.8 s; measured on 6 batches.",
    ]


def test_what_does_not_fit_is_said_with_the_batch_that_would() -> None:
    found = estimated(16_000)
    assert not found.fits
    assert found.largest_batch == 32
    assert found.reasons[0] == (
        "It may not fit: a batch of 64 needs about 19.0 kB, and 16.0 kB of memory are free. A batch of 32 would fit."
    )
    nothing = estimated(9_000)
    assert nothing.largest_batch is None
    assert "Not even one image at a time does" in nothing.reasons[0]


def test_a_smaller_batch_that_was_measured_is_named_and_its_time_scaled() -> None:
    found = estimated(10**6, batch_size=128, measured_with=64)
    assert found.batch_s == pytest.approx(1.0)
    assert found.reasons[-1].endswith("measured on 6 batches of 64.")


@pytest.mark.parametrize(
    ("size", "text"), [(12, "12 bytes"), (1500, "1.5 kB"), (250_000_000, "250 MB"), (23_400_000_000, "23.4 GB")]
)
def test_bytes_are_said_in_the_unit_that_fits(size: int, text: str) -> None:
    assert in_bytes(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0001, "1 ms"), (0.035, "35 ms"), (3.21, "3.2 s"), (75, "75 s"), (118, "2 min"), (9000, "2.5 h")],
)
def test_time_is_said_in_the_unit_that_fits(seconds: float, text: str) -> None:
    assert in_time(seconds) == text


class Net(L.LightningModule):
    """A convolution and a Linear, with Adam."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1)
        self.head = nn.Linear(4 * 36, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.conv(x)).flatten(1))

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        self(batch[0])

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters())


class Data(L.LightningDataModule):
    """Twenty images of noise."""

    def __init__(self, batch_size: int) -> None:
        super().__init__()
        self.batch_size = batch_size

    def train_dataloader(self) -> DataLoader[tuple[torch.Tensor, ...]]:
        return DataLoader(TensorDataset(torch.randn(20, 1, 6, 6), torch.zeros(20).long()), self.batch_size)

    val_dataloader = train_dataloader


def test_memory_and_time_of_a_batch_are_measured(tmp_path: Path) -> None:
    found = measuring.measure(Net(), Data, 10, [SettleOptimizer(None)], tmp_path, {})
    numbers = sum(weight.numel() for weight in Net().parameters())
    sizes = found.sizes
    assert (sizes["weights"], sizes["gradients"]) == (4 * numbers, 4 * numbers)
    # Adam keeps two numbers for each weight, and how many steps it made of each of the four tensors.
    assert sizes["optimizer"] == 8 * numbers + 4 * 4
    assert sizes["images"] == 10 * (36 * 4 + 8)
    # What relu gave, which the Linear shares, and the log of softmax.
    assert sizes["activations"] >= 10 * 4 * 36 * 4
    assert sizes["activations"] < 3 * 10 * 4 * 36 * 4
    assert (found.parameters, found.batch_size, found.timed) == (numbers, 10, 1)
    assert found.batch_s > 0
    assert found.valid_batch_s > 0


def test_a_batch_that_would_not_fit_is_not_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def data_of(batch_size: int) -> Data:
        tried.append(batch_size)
        return Data(batch_size)

    monkeypatch.setattr(measuring, "free_memory", lambda: 0)
    found = measuring.measure(Net(), data_of, 1024, [SettleOptimizer(None)], tmp_path, {})
    assert tried == [4, 4]
    assert found.batch_size == 4
    assert largest_batch(found.sizes, 4, found.available_bytes) is None


def test_free_memory_is_that_of_the_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit, used = tmp_path / "max", tmp_path / "current"
    monkeypatch.setattr(measuring, "_CGROUP", ((limit, used),))
    assert measuring.free_memory() > 1000
    limit.write_text("5000\n")
    used.write_text("4000\n")
    assert measuring.free_memory() == 1000
    limit.write_text("max\n")
    assert measuring.free_memory() > 1000
