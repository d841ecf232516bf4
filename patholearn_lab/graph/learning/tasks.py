"""What an output learns, and which part of a sample it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.graph.inputs import DatasetShape, Target, Task


@dataclass(frozen=True)
class Objective:
    """A task as the code speaks of it.

    Parameters
    ----------
    task
        Its name.
    kind
        The kind of node that stands for it.
    target
        What of a sample the answers are compared with. Batches are named by it.
    truth, guess
        The variables that hold the right answers and those of the network.
    learns
        The end of the sentence "it learns …".
    given
        What a data set for this task has, as the end of the sentence "it has …".
    """

    task: Task
    kind: str
    target: Target
    truth: str
    guess: str
    learns: str
    given: str


OBJECTIVES: Mapping[Task, Objective] = {
    objective.task: objective
    for objective in (
        Objective(
            "classification",
            "classification_output",
            "labels",
            "labels",
            "scores",
            "one class per image",
            "a class for every image",
        ),
        Objective(
            "segmentation",
            "segmentation_output",
            "masks",
            "masks",
            "scores",
            "one class per pixel",
            "a mask for every image",
        ),
        Objective(
            "multilabel",
            "multilabel_output",
            "tags",
            "tags",
            "scores",
            "for each class whether it occurs in the image",
            "several labels for every image",
        ),
        Objective(
            "regression",
            "regression_output",
            "values",
            "values",
            "predictions",
            "measured values",
            "measured values for every image",
        ),
        Objective(
            "reconstruction",
            "reconstruction_output",
            "images",
            "originals",
            "reconstructions",
            "to give back the image itself",
            "nothing but images",
        ),
    )
}
"""By their names."""


def fitting(shape: DatasetShape) -> Objective:
    """Return what to learn from a data set: its own task, or else what its samples can be compared with."""
    chosen = [OBJECTIVES[shape.task], *OBJECTIVES.values()]
    return next(objective for objective in chosen if shape.has(objective.target))
