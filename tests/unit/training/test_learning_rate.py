"""A learning rate chosen for a training replaces the cell's, on whatever schedule it is."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler as schedules

from patholearn_lab.training.callbacks import SettleOptimizer

STEPS = 8


def warmup_cosine(optimizer: torch.optim.Optimizer, _rate: float) -> Any:
    warmup = schedules.LinearLR(optimizer, start_factor=0.1, total_iters=2)
    cosine = schedules.CosineAnnealingLR(optimizer, T_max=6)
    return schedules.SequentialLR(optimizer, [warmup, cosine], milestones=[2])


MADE: dict[str, Callable[[torch.optim.Optimizer, float], Any]] = {
    "step": lambda optimizer, _: schedules.StepLR(optimizer, step_size=3, gamma=0.1),
    "exponential": lambda optimizer, _: schedules.ExponentialLR(optimizer, gamma=0.95),
    "cosine": lambda optimizer, _: schedules.CosineAnnealingLR(optimizer, T_max=STEPS),
    "one_cycle": lambda optimizer, rate: schedules.OneCycleLR(optimizer, max_lr=rate, total_steps=STEPS + 1),
    "plateau": lambda optimizer, _: schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=1),
    "warmup_cosine": warmup_cosine,
}


def rates(name: str, rate: float, settled: float | None) -> list[float]:
    """The rates of a training whose cell says `rate`, and that was given `settled`."""
    network = torch.nn.Linear(1, 1)
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = MADE[name](optimizer, rate)
    trainer: Any = SimpleNamespace(optimizers=[optimizer], lr_scheduler_configs=[SimpleNamespace(scheduler=schedule)])
    SettleOptimizer(settled).on_train_start(trainer, network)  # type: ignore[arg-type]
    found = []
    for _ in range(STEPS):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([1.0] if name == "plateau" else []))
    return found


@pytest.mark.parametrize("name", MADE)
def test_a_chosen_rate_goes_the_way_of_the_cells_schedule(name: str) -> None:
    expected = rates(name, 0.2, None)
    assert len(set(expected)) > 1
    assert rates(name, 0.001, 0.2) == pytest.approx(expected, rel=1e-6)
