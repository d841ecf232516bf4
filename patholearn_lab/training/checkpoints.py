"""The states of the network that are kept: the best one and the last one.

::

    checkpoints/best.ckpt    the weights alone: {"state_dict", "epoch", "valid_loss"}
    checkpoints/last.ckpt    Lightning's own checkpoint, with the optimizer's state, to go on from

Both are read with ``weights_only=True``: opening one runs nobody's code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import lightning as L
import torch
from lightning.pytorch.callbacks import Checkpoint

from patholearn_lab.errors import JobSpecError
from patholearn_lab.training.distributed import mean_over_ranks
from patholearn_lab.training.extras import AverageWeights
from patholearn_lab.training.spec import CheckpointName

MONITORED = "valid_loss"
MAX_EPOCHS = "max_epochs"


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
        self._max_epochs = 0
        self.best_epoch = 0
        """The epoch whose weights are in ``best.ckpt``, counted from 0."""

    @property
    def best(self) -> Path:
        """The best weights so far."""
        return checkpoint_file(self._folder, "best")

    @property
    def last(self) -> Path:
        """The newest state."""
        return checkpoint_file(self._folder, "last")

    def go_on(self, best: Path) -> None:
        """Take over the best weights of an earlier run, which stay the best until an epoch is better."""
        state = torch.load(best, map_location="cpu", weights_only=True)
        self._folder.mkdir(parents=True, exist_ok=True)
        if best != self.best:
            _write(state, self.best)
        self._best_loss = math.inf if state[MONITORED] is None else state[MONITORED]
        self.best_epoch = state["epoch"]

    def on_train_epoch_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Write what this epoch has made. Lightning calls this after all other callbacks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        loss = trainer.callback_metrics.get(MONITORED)
        value = None if loss is None else float(mean_over_ranks(trainer, loss))
        if value is None or value < self._best_loss or not self.best.exists():
            self._best_loss = math.inf if value is None else value
            self.best_epoch = int(trainer.current_epoch)
            if trainer.is_global_zero:
                state = {"state_dict": _weights(trainer, pl_module), "epoch": self.best_epoch, MONITORED: value}
                _write(state, self.best)
        self._max_epochs = int(trainer.max_epochs or 0)
        partial = self.last.with_suffix(".partial")
        trainer.save_checkpoint(partial)
        if trainer.is_global_zero:
            partial.replace(self.last)

    def state_dict(self) -> dict[str, int]:
        """Return what a run that goes on from ``last.ckpt`` after a pause has to know besides: where it was to end."""
        return {MAX_EPOCHS: self._max_epochs}

    def load(self, model: L.LightningModule, name: CheckpointName) -> int:
        """Put the best or the last weights into `model`, and return their epoch, counted from 0."""
        state = torch.load(checkpoint_file(self._folder, name), map_location=model.device, weights_only=True)
        model.load_state_dict(state["state_dict"])
        return int(state["epoch"])


@dataclass(frozen=True)
class Start:
    """The state that a training begins with.

    Parameters
    ----------
    folder
        The ``checkpoints`` of the run that it comes from.
    name
        Which one.
    own
        Whether it is the training's own state, from before it was paused or lost its worker: it ends where it was to
        end, while a training that goes on from another run's state has so many epochs more.
    """

    folder: Path
    name: CheckpointName
    own: bool = False

    @property
    def resumed(self) -> Path | None:
        """The checkpoint to go on from, with optimizer and count of epochs; None where only weights are taken."""
        return self.file if self.name == "last" else None

    @property
    def file(self) -> Path:
        """The checkpoint."""
        return checkpoint_file(self.folder, self.name)

    def load(self, model: L.LightningModule, epochs: int) -> int:
        """Put its weights into `model`, and return at which epoch a training that asked for `epochs` ends now.

        Raises
        ------
        JobSpecError
            When the checkpoint is not there any more, or its weights are those of another network.
        """
        run = self.folder.parent.name
        try:
            state = torch.load(self.file, map_location="cpu", weights_only=True)
            model.load_state_dict(state["state_dict"])
        except FileNotFoundError as error:
            raise JobSpecError(
                f"The run {run} has no {self.name} checkpoint any more.", "Begin with fresh weights.", run=run
            ) from error
        except RuntimeError as error:
            raise JobSpecError(
                f"The weights of the run {run} do not fit this network: {str(error).splitlines()[-1].strip()}",
                "Continue with the network of that run, or begin with fresh weights.",
                run=run,
            ) from error
        if self.own:
            return int(state["callbacks"][KeepCheckpoints.__qualname__][MAX_EPOCHS])
        return epochs if self.resumed is None else int(state["epoch"]) + 1 + epochs


def checkpoint_file(folder: Path, name: CheckpointName) -> Path:
    """Return where a state is kept in a ``checkpoints`` folder."""
    return folder / f"{name}.ckpt"


def _weights(trainer: L.Trainer, model: L.LightningModule) -> dict[str, torch.Tensor]:
    """Return the weights that were validated: the network's own, or their mean where one is kept."""
    averages = [callback for callback in trainer.callbacks if isinstance(callback, AverageWeights)]  # type: ignore[attr-defined]
    return averages[0].weights() if averages else model.state_dict()


def _write(state: dict[str, object], target: Path) -> None:
    partial = target.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(target)
