"""Which class was taken for which: of images, or of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightning as L
import torch
from torch.utils.data import DataLoader

from patholearn_lab.training.answers import Answer


@dataclass(frozen=True)
class Confusion:
    """The confusion matrix of one output.

    Parameters
    ----------
    answer
        The output.
    matrix
        ``int64[classes, classes]``: rows are the true classes, columns the predicted ones; images for labels, pixels
        for masks.
    """

    answer: Answer
    matrix: torch.Tensor

    def add(self, outputs: Any, targets: Any) -> None:
        """Count a batch: what ``forward`` gave, and what was right."""
        classes = len(self.answer.classes)
        predicted, true = self.answer.of(outputs).argmax(dim=1).cpu(), self.answer.truth(targets)
        known = (true >= 0) & (true < classes)
        pairs = true[known] * classes + predicted[known]
        self.matrix.add_(torch.bincount(pairs, minlength=classes * classes).reshape(classes, classes))

    @property
    def accuracy(self) -> float:
        """The share of images or pixels that got the right class; 0 where there are none."""
        return _ratio(self.matrix.trace(), self.matrix.sum()) or 0.0

    def precision(self) -> dict[str, float | None]:
        """Return TP / (TP + FP) of each class; None for one that was never predicted."""
        return dict(zip(self.answer.classes, map(_ratio, self.matrix.diagonal(), self.matrix.sum(0)), strict=True))

    def recall(self) -> dict[str, float | None]:
        """Return TP / (TP + FN) of each class; None for one that does not occur."""
        return dict(zip(self.answer.classes, map(_ratio, self.matrix.diagonal(), self.matrix.sum(1)), strict=True))

    def dice(self) -> dict[str, float | None]:
        """Return 2 TP / (2 TP + FP + FN) of each class; None for one that neither occurs nor was predicted."""
        hits, both = self.matrix.diagonal(), self.matrix.sum(0) + self.matrix.sum(1)
        return dict(zip(self.answer.classes, map(_ratio, 2 * hits, both), strict=True))

    def iou(self) -> dict[str, float | None]:
        """Return TP / (TP + FP + FN) of each class; None for one that neither occurs nor was predicted."""
        hits, either = self.matrix.diagonal(), self.matrix.sum(0) + self.matrix.sum(1) - self.matrix.diagonal()
        return dict(zip(self.answer.classes, map(_ratio, hits, either), strict=True))


def confusions(
    model: L.LightningModule, samples: DataLoader[Any], answers: Sequence[Answer], device: torch.device
) -> list[Confusion]:
    """Return the confusion matrix of each answer that has classes, over all samples; the model ends on the CPU.

    What is annotated with no class (a value outside of the classes, such as 255 in a mask) is left out.
    """
    counted = [answer for answer in answers if answer.target in ("labels", "masks")]
    found = [
        Confusion(answer, torch.zeros(len(answer.classes), len(answer.classes), dtype=torch.int64))
        for answer in counted
    ]
    model.to(device).eval()
    with torch.inference_mode():
        for inputs, targets in samples if counted else ():
            given = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
            outputs = model(*(part.to(device) for part in given))
            for confusion in found:
                confusion.add(outputs, targets)
    model.cpu()
    return found


def _ratio(part: torch.Tensor, whole: torch.Tensor) -> float | None:
    return float(part) / float(whole) if float(whole) else None
