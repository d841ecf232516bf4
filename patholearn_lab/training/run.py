"""One training: seed, fit, the best weights again, test, confusion matrix.

Imports torch and lightning at the top: only the child process of a job loads this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import lightning as L
import torch
from lightning.pytorch.utilities.model_helpers import is_overridden
from torchmetrics.functional.classification import multiclass_confusion_matrix

from patholearn_lab.errors import CodeError, PathoLearnError
from patholearn_lab.progress import ensure_not_cancelled
from patholearn_lab.training.callbacks import RecordMetrics, ReportProgress, SettleOptimizer
from patholearn_lab.training.cell import LoadedCell
from patholearn_lab.training.checkpoints import KeepCheckpoints
from patholearn_lab.training.diagnosis import diagnose
from patholearn_lab.training.quiet import quiet_lightning
from patholearn_lab.training.recorder import Recorder
from patholearn_lab.training.spec import FitSettings


@dataclass(frozen=True)
class Outcome:
    """What a training gave.

    Parameters
    ----------
    test_metrics
        What the cell logs on the test split; ``test_accuracy`` in any case.
    confusion
        ``confusion[i][j]``: how many test images of class ``i`` were taken for class ``j``.
    epochs
        How many were finished.
    best_epoch
        Whose weights the model has now; counted from 1.
    train_wall_s
        Seconds of the fit alone: without imports, data set, testing and export.
    """

    test_metrics: dict[str, float]
    confusion: list[list[int]]
    epochs: int
    best_epoch: int
    train_wall_s: float


def seed_everything(seed: int) -> None:
    """Seed Python, numpy, torch and the workers of data loaders. Has to come before the cell makes its network."""
    with quiet_lightning():
        L.seed_everything(seed, workers=True, verbose=False)


def train(
    cell: LoadedCell,
    settings: FitSettings,
    data: L.LightningDataModule,
    classes: Sequence[str],
    input_shape: tuple[int, int, int],
    recorder: Recorder,
) -> Outcome:
    """Train the cell's network on `data`, and leave it with its best weights, on the CPU, in eval mode.

    Parameters
    ----------
    cell
        The loaded cell; its model is changed in place.
    settings
        How long, in which steps.
    data
        Batches are ``(images float32[N,C,H,W], labels int64[N])``.
    classes
        Names, in the order of the labels.
    input_shape
        ``(C, H, W)`` of one image.
    recorder
        Gets progress and curves; checkpoints go into its ``folder``.

    Raises
    ------
    CodeError
        When the cell's network cannot be trained; with the line of the cell.
    CancelledError
        When somebody asked for the training to stop.
    """
    ensure_scores_fit(cell, classes, input_shape)
    metrics = RecordMetrics(recorder)
    checkpoints = KeepCheckpoints(recorder.folder / "checkpoints")
    with quiet_lightning(), _plain_words(cell):
        trainer = L.Trainer(
            max_epochs=settings.epochs,
            accelerator="auto",
            devices=1,
            logger=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=recorder.folder,
            callbacks=[SettleOptimizer(settings.learning_rate), ReportProgress(recorder), metrics, checkpoints],
        )
        started = time.perf_counter()
        trainer.fit(cell.model, datamodule=data)
        train_wall_s = time.perf_counter() - started

        if not metrics.names:
            recorder.log(
                "The cell logs nothing, so there are no curves but the loss. To get one: self.log(name, value)."
            )
        ensure_not_cancelled(recorder)
        recorder.report(0, None, "Testing")
        checkpoints.load_best(cell.model)
        tested = _test(trainer, cell, data, recorder)
        matrix = confusion_matrix(cell.model, data, len(classes), trainer.strategy.root_device)
    right, total = int(matrix.trace()), int(matrix.sum())
    tested.setdefault("test_accuracy", right / total if total else 0.0)
    return Outcome(
        test_metrics=tested,
        confusion=matrix.tolist(),
        epochs=int(trainer.current_epoch),
        best_epoch=checkpoints.best_epoch + 1,
        train_wall_s=train_wall_s,
    )


def ensure_scores_fit(cell: LoadedCell, classes: Sequence[str], input_shape: tuple[int, int, int]) -> None:
    """Raise CodeError unless the network gives one score for each class; tried on two empty images, in no time.

    It also gives lazy layers (``nn.LazyLinear``) their sizes, as ``configure_optimizers`` needs them.
    """
    model = cell.model
    was_training = model.training
    with quiet_lightning(), _plain_words(cell), torch.no_grad(), torch.random.fork_rng(devices=[]):
        scores = model.eval()(torch.zeros(2, *input_shape))
        model.train(was_training)
    found = tuple(scores.shape) if isinstance(scores, torch.Tensor) else type(scores).__name__
    if found != (2, len(classes)):
        raise CodeError(
            f"The network has to give one score for each of the {len(classes)} classes ({', '.join(classes)}), that is "
            f"the shape (2, {len(classes)}) for two images, but it gives {found}.",
            f"Let the last Linear layer have {len(classes)} outputs, after nn.Flatten(), and let forward return them.",
            line=None,
            traceback_tail=[],
        )


def confusion_matrix(
    model: L.LightningModule, data: L.LightningDataModule, classes: int, device: torch.device
) -> torch.Tensor:
    """Return int64[classes, classes] over the test split: rows are the true classes, columns the predicted ones."""
    matrix = torch.zeros(classes, classes, dtype=torch.int64)
    model.to(device).eval()
    with torch.inference_mode():
        for images, labels in data.test_dataloader():
            scores = model(images.to(device)).cpu()
            matrix += multiclass_confusion_matrix(scores, labels, num_classes=classes)
    model.cpu()
    return matrix


def _test(trainer: L.Trainer, cell: LoadedCell, data: L.LightningDataModule, recorder: Recorder) -> dict[str, float]:
    if not is_overridden("test_step", cell.model, L.LightningModule):
        recorder.log("The cell has no test_step, so only the accuracy is measured on the test images.")
        return {}
    results = trainer.test(cell.model, datamodule=data, verbose=False)
    return {name: float(value) for name, value in results[0].items()}


@contextmanager
def _plain_words(cell: LoadedCell) -> Iterator[None]:
    """Turn what the cell's code raises into a CodeError; what we raise ourselves is plain already."""
    try:
        yield
    except PathoLearnError:
        raise
    except Exception as error:
        raise diagnose(error, cell.file) from error
