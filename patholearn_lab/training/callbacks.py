"""What a training tells the outside while it runs: how far it is, its curves, and whether it should stop.

Each callback does one thing, and costs next to nothing a batch: a whole fit has to stay within 1.10 times the same fit
in a plain script (``tests/benchmarks/training.py``).
"""

# ruff: noqa: ARG002  (the hooks' parameters are Lightning's)

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import lightning as L
import torch

from patholearn_lab.errors import CodeError
from patholearn_lab.progress import ensure_not_cancelled
from patholearn_lab.training.distributed import mean_over_ranks
from patholearn_lab.training.extras import FindLearningRate
from patholearn_lab.training.history import LEARNING_RATE, STEP_LOSS
from patholearn_lab.training.not_finite import not_finite
from patholearn_lab.training.recorder import Recorder

REPORT_EVERY_S = 0.2
"""How often progress is written and a request to stop is looked for; a file each, so not at every batch."""

MAX_STEP_POINTS = 2000
"""How many points ``train_loss_step`` has at most; more than a screen has columns."""

BATCHES_WITHOUT_LOSS = 10
"""How many batches in a row may give no loss (Lightning skips them silently) before it is a mistake."""


class EnoughError(Exception):
    """Ends a fit within a batch, because somebody asked for a model of what has been learned so far."""


class ReportProgress(L.Callback):
    """Reports batches done out of all, and stops within a batch when asked to.

    Parameters
    ----------
    recorder
        Told ``done`` and ``total`` in batches of training; its ``cancelled`` is looked at.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._total = 0
        self._done = 0
        self._next = 0.0

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Count the batches."""
        self._total = int(trainer.num_training_batches) * int(trainer.max_epochs or 0)
        # A training that goes on from another run's last epoch has those batches behind it.
        self._done = int(trainer.num_training_batches) * int(trainer.current_epoch)
        self._recorder.report(self._done, self._total, "Training")

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Report one batch more."""
        self._done += 1
        self._tick(int(trainer.current_epoch))

    def on_validation_batch_end(self, trainer: L.Trainer, *_: Any, **__: Any) -> None:
        """Look whether to stop: validating can take long as well."""
        self._tick(int(trainer.current_epoch))

    def on_test_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int, *_: Any
    ) -> None:
        """Report, and look whether to stop; where a model is wanted all the same, it is tested first."""
        if self._recorder.keep not in ("best", "last"):
            ensure_not_cancelled(self._recorder)
        if (now := time.monotonic()) >= self._next:
            self._next = now + REPORT_EVERY_S
            self._recorder.report(batch_idx + 1, int(sum(trainer.num_test_batches)), "Testing")

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Report that all is done, also where the training stopped early by its own rule."""
        self._recorder.report(self._total, self._total, "Training")

    def _tick(self, epochs_done: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + REPORT_EVERY_S
        if self._recorder.keep in ("best", "last") and epochs_done > 0:
            raise EnoughError
        ensure_not_cancelled(self._recorder)
        if self._total:
            self._recorder.report(self._done, self._total, "Training")


class RecordMetrics(L.Callback):
    """Writes the curves: what the cell logs, once an epoch under its own names, and ``train_loss_step`` thinned.

    Parameters
    ----------
    recorder
        Gets the points.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._every = 1
        self._without_loss = 0
        self._last_good: int | None = None
        self.names: set[str] = set()

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Choose how far apart the points of ``train_loss_step`` are."""
        steps = int(trainer.num_training_batches) * int(trainer.max_epochs or 1)
        self._every = max(1, math.ceil(steps / MAX_STEP_POINTS))

    def on_train_batch_end(
        self, trainer: L.Trainer, pl_module: L.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Write the loss of this batch where its turn is, and stop where it is no number any more.

        Weights that became NaN stay NaN, so looking at every ``n``-th loss misses nothing.
        """
        if not pl_module.automatic_optimization:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if not isinstance(loss, torch.Tensor):
            self._ensure_losses_come()
            return
        self._without_loss = 0
        step = int(trainer.global_step)
        if step % self._every:
            return
        value = float(loss.detach())
        if not math.isfinite(value):
            raise not_finite("The loss", value, trainer, self._last_good)
        self._last_good = step
        self._recorder.metric(STEP_LOSS, value, step=step, epoch=int(trainer.current_epoch))

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write what was logged for this epoch: by now the figures of train and of valid are complete."""
        epoch, step = int(trainer.current_epoch), int(trainer.global_step)
        logged = {name: mean_over_ranks(trainer, value) for name, value in sorted(trainer.callback_metrics.items())}
        for name, value in epoch_metrics(logged).items():
            if "loss" in name and not math.isfinite(value):
                raise not_finite(name, value, trainer, self._last_good)
            if math.isfinite(value):
                self.names.add(name)
                self._recorder.metric(name, value, step=step, epoch=epoch)
        if trainer.optimizers:
            rate = float(trainer.optimizers[0].param_groups[0]["lr"])
            self._recorder.metric(LEARNING_RATE, rate, step=step, epoch=epoch)

    def _ensure_losses_come(self) -> None:
        self._without_loss += 1
        if self._without_loss >= BATCHES_WITHOUT_LOSS:
            raise CodeError(
                "training_step returns nothing, so there is no loss to learn from.",
                "End training_step with: return loss.",
                line=None,
                traceback_tail=[],
            )


class SettleOptimizer(L.Callback):
    """Makes sure that there is an optimizer, and sets its learning rate where the training was given one.

    Parameters
    ----------
    learning_rate
        For all parameter groups; None leaves what ``configure_optimizers`` set.
    finder
        Has found a rate when the training begins, which takes the place of all others; None where nothing looks.
    """

    def __init__(self, learning_rate: float | None, finder: FindLearningRate | None = None) -> None:
        self._learning_rate = learning_rate
        self._finder = finder

    def on_train_start(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Look at the optimizers, which Lightning has made by now."""
        optimized = {
            id(p) for optimizer in trainer.optimizers for group in optimizer.param_groups for p in group["params"]
        }
        # Where configure_optimizers returns None, Lightning goes on with a stand-in that holds a tensor of its own.
        if not any(id(parameter) in optimized for parameter in pl_module.parameters()):
            raise CodeError(
                "No optimizer changes this network: configure_optimizers returns nothing, or optimizes something else.",
                "End it with, for example: return torch.optim.Adam(self.parameters(), lr=0.001).",
                line=None,
                traceback_tail=[],
            )
        rate = self._finder.found if self._finder is not None and self._finder.found else self._learning_rate
        if rate is None:
            return
        for optimizer in trainer.optimizers:
            for group in optimizer.param_groups:
                _rescale(group, rate)
        for config in trainer.lr_scheduler_configs:
            _rebase(config.scheduler, rate)


def _rescale(group: dict[str, Any], rate: float) -> None:
    """Give a parameter group another learning rate; one on a cycle or a warm-up stays where it is on its way."""
    highest = group.get("max_lr", group.get("initial_lr", group["lr"]))
    for name in ("lr", "initial_lr", "max_lr", "min_lr"):
        if name in group:
            group[name] = rate if group[name] == highest or not highest else group[name] * rate / highest
    group.setdefault("initial_lr", rate)


def _rebase(schedule: Any, rate: float) -> None:
    """Tell a schedule the rate that it multiplies, and those that it consists of."""
    for part in (schedule, *getattr(schedule, "_schedulers", ())):
        # A schedule multiplies the rate it found when it was made.
        if hasattr(part, "base_lrs"):
            part.base_lrs = [rate] * len(part.base_lrs)


def epoch_metrics(logged: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Return what a cell logged, under its own names.

    Where a cell logs both by step and by epoch, Lightning adds ``<name>_step`` and ``<name>_epoch`` to ``<name>``;
    these two are left out.
    """
    doubled = {f"{name}{ending}" for name in logged for ending in ("_step", "_epoch")}
    return {name: float(value) for name, value in logged.items() if name not in doubled}
