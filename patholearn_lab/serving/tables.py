"""What models say about many samples, as a table: one row a sample, its columns by the task of each output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from patholearn_lab.serving.answers import Answer, ClassAnswer, ImageAnswer, LabelsAnswer, MaskAnswer, ValuesAnswer

Cells = dict[str, str | float | int | None]
"""One row: None is an empty cell."""


def row_of_answers(answers: Sequence[Answer]) -> Cells:
    """Return the columns of one sample; with several outputs, each column begins with its output's name.

    ``classification``: ``predicted``, ``truth`` and ``p_<class>``; ``multilabel``: ``p_<class>``, ``<class>`` (0 or 1)
    and ``truth_<class>``; ``segmentation``: ``share_<class>`` of the pixels and ``dice_<class>``; ``regression``:
    ``<value>`` and ``truth_<value>``; ``reconstruction``: ``mean_absolute_error`` and ``mean_squared_error``. What is
    right stays empty where nobody knows it.
    """
    cells: Cells = {}
    for answer in answers:
        prefix = f"{answer.output}_" if len(answers) > 1 else ""
        cells |= {prefix + name: value for name, value in _COLUMNS[answer.task](answer).items()}
    return cells


def _class(answer: ClassAnswer) -> Cells:
    shares = zip(answer.classes, answer.probabilities, strict=True)
    return {"predicted": answer.predicted, "truth": answer.truth} | {f"p_{name}": share for name, share in shares}


def _labels(answer: LabelsAnswer) -> Cells:
    cells: Cells = {}
    for label in answer.labels:
        truth = None if label.truth is None else int(label.truth)
        cells |= {f"p_{label.name}": label.probability, label.name: int(label.present), f"truth_{label.name}": truth}
    return cells


def _mask(answer: MaskAnswer) -> Cells:
    shares: Cells = {f"share_{area.name}": area.share for area in answer.areas}
    return shares | {f"dice_{area.name}": area.dice for area in answer.areas}


def _values(answer: ValuesAnswer) -> Cells:
    cells: Cells = {}
    for value in answer.values:
        cells |= {value.name: value.value, f"truth_{value.name}": value.truth}
    return cells


def _image(answer: ImageAnswer) -> Cells:
    return {"mean_absolute_error": answer.mean_absolute_error, "mean_squared_error": answer.mean_squared_error}


_COLUMNS: Mapping[str, Callable[[Any], Cells]] = {
    "classification": _class,
    "multilabel": _labels,
    "segmentation": _mask,
    "regression": _values,
    "reconstruction": _image,
}
"""By task; a test compares it with the tasks that there are."""
