"""What an output learns, and which part of a sample it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from patholearn_lab.graph.inputs import DatasetShape, Target, Task

Scale = Literal["softmax", "sigmoid", "identity"]
"""What makes numbers for people of raw ones, along the axis of the classes: shares that sum to 1 (softmax), a
probability for each class alone (sigmoid), or nothing, where the raw numbers are the answer."""


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
    scale
        How the network's raw numbers are read, once it is trained.
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
    scale: Scale
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
            "softmax",
            "one class per image",
            "a class for every image",
        ),
        Objective(
            "segmentation",
            "segmentation_output",
            "masks",
            "masks",
            "scores",
            "softmax",
            "one class per pixel",
            "a mask for every image",
        ),
        Objective(
            "multilabel",
            "multilabel_output",
            "tags",
            "tags",
            "scores",
            "sigmoid",
            "for each class whether it occurs in the image",
            "several labels for every image",
        ),
        Objective(
            "regression",
            "regression_output",
            "values",
            "values",
            "predictions",
            "identity",
            "measured values",
            "measured values for every image",
        ),
        Objective(
            "reconstruction",
            "reconstruction_output",
            "images",
            "originals",
            "reconstructions",
            "identity",
            "to give back the image itself",
            "nothing but images",
        ),
    )
}
"""By their names."""

BY_TARGET: Mapping[Target, Objective] = {objective.target: objective for objective in OBJECTIVES.values()}
"""By what their answers are compared with."""


def fitting(shape: DatasetShape) -> Objective:
    """Return what to learn from a data set: its own task, or else what its samples can be compared with."""
    chosen = [OBJECTIVES[shape.task], *OBJECTIVES.values()]
    return next(objective for objective in chosen if shape.has(objective.target))
