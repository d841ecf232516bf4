"""The options of a training as Lightning's own callbacks and settings of its trainer."""

from __future__ import annotations

import contextlib
import io
import math
from typing import Any

import lightning as L
import torch
from lightning.pytorch.callbacks import EarlyStopping, EMAWeightAveraging, LearningRateFinder

from patholearn_lab.training.options import FitOptions
from patholearn_lab.training.recorder import Recorder

MONITORED = "valid_loss"
_TRIED_RATES = 60
"""How many batches the search for a learning rate takes."""
_LOWEST, _HIGHEST = 1e-6, 1.0


class StopEarly(EarlyStopping):
    """Stops when ``valid_loss`` has not become smaller for a while, and says so in the log.

    Parameters
    ----------
    patience
        For how many epochs.
    recorder
        Told.
    """

    def __init__(self, patience: int, recorder: Recorder) -> None:
        # A cell without a valid_loss is trained to the end; a loss that is no number ends it with its own words.
        super().__init__(MONITORED, patience=patience, strict=False, check_finite=False)
        self._recorder = recorder

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Say that it was this that ended the training."""
        super().on_train_end(trainer, pl_module)
        if self.stopped_epoch:
            self._recorder.log(
                f"Stopped after epoch {self.stopped_epoch + 1}: {MONITORED} had not become smaller for {self.patience} "
                "epochs."
            )


class AverageWeights(EMAWeightAveraging):
    """Keeps a running mean of the weights, which is validated in their place (Polyak and Juditsky 1992)."""

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the mean, under the names of the network."""
        assert self._average_model is not None
        averaged: dict[str, torch.Tensor] = self._average_model.module.state_dict()
        return averaged


class FindLearningRate(LearningRateFinder):
    """Tries growing learning rates on the first batches, and takes the one where the loss falls fastest (Smith 2017).

    Parameters
    ----------
    recorder
        Told which.
    """

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(_LOWEST, _HIGHEST, num_training_steps=_TRIED_RATES, update_attr=False)
        self._recorder = recorder
        self.found: float | None = None
        """The rate; None where the losses told nothing."""

    def lr_find(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Try, and keep the suggestion."""
        if trainer.ckpt_path is not None:
            # A training that goes on keeps the rate of its optimizer.
            return
        # The rates grow to the highest within the batches that there are.
        trainer.fit_loop.setup_data()
        batches = int(trainer.num_training_batches) * int(trainer.max_epochs or 1)
        self._num_training_steps = max(10, min(_TRIED_RATES, batches))
        # Lightning draws a bar of its own, whatever the trainer was told.
        with contextlib.redirect_stderr(io.StringIO()):
            super().lr_find(trainer, pl_module)
        rate = self.optimal_lr.suggestion(skip_begin=3, skip_end=1) if self.optimal_lr else None
        if rate is not None and math.isfinite(rate):
            self.found = float(f"{rate:.2g}")
            self._recorder.log(f"The learning rate was found: {self.found:g}.")
        else:
            self._recorder.log("No learning rate could be found: the loss fell nowhere. The given one is taken.")


def callbacks_of(options: FitOptions, recorder: Recorder) -> list[L.Callback]:
    """Return the callbacks that options stand for; :class:`FindLearningRate` is the first where it is among them."""
    found: list[L.Callback] = []
    if options.find_learning_rate:
        found.append(FindLearningRate(recorder))
    if options.average_weights is not None:
        found.append(AverageWeights(decay=options.average_weights))
    if options.patience is not None:
        found.append(StopEarly(options.patience, recorder))
    return found


def optional_settings(options: FitOptions) -> dict[str, Any]:
    """Return what a trainer is made with for options."""
    half = "16-mixed" if torch.cuda.is_available() else "bf16-mixed"
    return {
        "gradient_clip_val": options.clip_gradients,
        "accumulate_grad_batches": options.accumulate,
        "precision": half if options.precision == 16 else "32-true",
    }
