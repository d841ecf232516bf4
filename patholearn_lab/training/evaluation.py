"""What a network is worth on some samples: what its cell measures there, and which class it takes for which.

The end of every training, and all of a job that evaluates. Imports torch and lightning at the top: only the child
process of a job loads this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightning as L
from lightning.pytorch.utilities.model_helpers import is_overridden
from torch.utils.data import DataLoader

from patholearn_lab.errors import CodeError
from patholearn_lab.training.answers import Answer
from patholearn_lab.training.callbacks import ReportProgress
from patholearn_lab.training.cell import LoadedCell
from patholearn_lab.training.confusions import Confusion, confusions
from patholearn_lab.training.recorder import Recorder


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Parameters
    ----------
    metrics
        What the cell logs in its ``test_step``, under its own names; the accuracy of what has classes in any case.
    confusions
        Of each output that has classes, which class was taken for which.
    """

    metrics: dict[str, float]
    confusions: list[Confusion]


def evaluate(
    cell: LoadedCell,
    samples: DataLoader[Any],
    answers: Sequence[Answer],
    recorder: Recorder,
    trainer: L.Trainer | None = None,
) -> Evaluation:
    """Measure the cell's network on samples; it ends on the CPU, in eval mode.

    Parameters
    ----------
    cell
        The loaded cell, with the weights that count.
    samples
        Batches are ``(inputs, targets)``.
    answers
        What the network gives, and what that is compared with.
    recorder
        Told how far it is, and asked whether to stop.
    trainer
        What tests; one of its own where None.

    Raises
    ------
    CodeError
        When the cell's ``test_step`` never asks the network itself.
    CancelledError
        When somebody asked for it to stop.
    """
    recorder.report(0, None, "Testing")
    trainer = trainer or plain_trainer(recorder)
    metrics = _test(trainer, cell, samples, recorder)
    found = confusions(cell.model, samples, answers, trainer.strategy.root_device)
    for confusion in found:
        name = confusion.answer.name
        metrics.setdefault(f"test_{name}_accuracy" if name else "test_accuracy", confusion.accuracy)
    return Evaluation(metrics, found)


def plain_trainer(recorder: Recorder) -> L.Trainer:
    """Return a trainer that only tests, in this process alone."""
    return L.Trainer(
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
        default_root_dir=recorder.folder,
        callbacks=[ReportProgress(recorder)],
    )


def _test(trainer: L.Trainer, cell: LoadedCell, samples: DataLoader[Any], recorder: Recorder) -> dict[str, float]:
    if not is_overridden("test_step", cell.model, L.LightningModule):
        recorder.log("The cell has no test_step, so only what has classes is measured on the test images.")
        return {}
    asked: list[bool] = []
    listening = cell.model.register_forward_pre_hook(lambda *_: asked.append(True))
    try:
        results = trainer.test(cell.model, dataloaders=samples, verbose=False)
    finally:
        listening.remove()
    if not asked and cell.stands_in:
        # The weights are in the exported network alone, and layers that are called by themselves know nothing.
        raise CodeError(
            "The cell's test_step calls its layers by themselves, so the exported network cannot be measured with it.",
            "Evaluate the run that the model comes from, or write self(images) in test_step and train again.",
            line=None,
            traceback_tail=[],
        )
    return {name: float(value) for name, value in results[0].items()}
