"""The states of the network that are kept: the best one and the last one.

::

    checkpoints/best.ckpt    the weights alone: {"state_dict", "epoch", "valid_loss"}
    checkpoints/last.ckpt    Lightning's own checkpoint, with the optimizer's state, to go on from

Both are read with ``weights_only=True``: opening one runs nobody's code.
"""

from __future__ import annotations

import math
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint

MONITORED = "valid_loss"


class KeepCheckpoints(Checkpoint):
    """Writes both files after an epoch. Without a ``valid_loss`` the last epoch counts as the best.

    Parameters
    ----------
    folder
        ``<run>/checkpoints``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._best_loss = math.inf
        self.best_epoch = 0
        """The epoch whose weights are in ``best.ckpt``, counted from 0."""

    @property
    def best(self) -> Path:
        """The best weights so far."""
        return self._folder / "best.ckpt"

    @property
    def last(self) -> Path:
        """The newest state."""
        return self._folder / "last.ckpt"

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write what this epoch has made. Lightning calls this after all other callbacks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        loss = trainer.callback_metrics.get(MONITORED)
        value = None if loss is None else float(loss)
        if value is None or value < self._best_loss or not self.best.exists():
            self._best_loss = math.inf if value is None else value
            self.best_epoch = int(trainer.current_epoch)
            state = {"state_dict": pl_module.state_dict(), "epoch": self.best_epoch, MONITORED: value}
            _write(state, self.best)
        partial = self.last.with_suffix(".partial")
        trainer.save_checkpoint(partial)
        partial.replace(self.last)

    def load_best(self, model: L.LightningModule) -> None:
        """Put the best weights into `model`."""
        state = torch.load(self.best, map_location=model.device, weights_only=True)
        model.load_state_dict(state["state_dict"])


def _write(state: dict[str, object], target: Path) -> None:
    partial = target.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(target)
