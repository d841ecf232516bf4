"""A whole network for a data set, with the reasons for every decision: to begin with, and to learn from.

The rules are those that a teacher would give, in the order in which they decide. Nothing is trained: the same data set
and wishes give the same network.
"""

from __future__ import annotations

from typing import get_args

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import DocumentError, InvalidInputError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.generation.pixels import PixelPlan
from patholearn_lab.graph.generation.plan import WEIGHTS_PER_IMAGE, Complexity, Plan, Preference
from patholearn_lab.graph.generation.vectors import VectorPlan
from patholearn_lab.graph.inputs import DatasetShape, Task
from patholearn_lab.graph.learning.tasks import OBJECTIVES, Objective, fitting

__all__ = ["Complexity", "Generated", "Preference", "generate"]


class Generated(BaseModel):
    """A network and why it is as it is: one plain sentence for each decision."""

    model_config = ConfigDict(frozen=True)

    document: Document
    reasons: tuple[str, ...]


def generate(
    dataset: DatasetShape, complexity: Complexity = "medium", prefer: Preference = "fast", task: Task | None = None
) -> Generated:
    """Return a network for a data set, with its output, metrics and training settings.

    A set of classes, labels or values gets convolutions with a Linear at the end; a set with masks a U-Net; one that
    has nothing but images an autoencoder.

    Parameters
    ----------
    dataset
        What is known about the set: its task, its images' size, its classes and the number of training images decide.
    complexity
        How large the network may be: 60, 200 or 450 weights for each training image, and 8, 16 or 32 filters at most in
        the first level.
    prefer
        ``fast``: one convolution a level and fewer epochs. ``exact``: two, with a shortcut around the second one, and
        more epochs.
    task
        What to learn, where the set has answers for several: ``segmentation`` of a set of classes with masks. The set's
        own task where None.

    Raises
    ------
    InvalidInputError
        When there is no such complexity, preference or task.
    DocumentError
        When the set has no answers for the task.
    """
    for given, known in ((complexity, WEIGHTS_PER_IMAGE), (prefer, get_args(Preference))):
        if given not in known:
            raise InvalidInputError(f"{given!r} cannot be asked for.", f"Choose one of: {', '.join(known)}.")
    if not dataset.channels:
        raise DocumentError(
            f"The data set {dataset.name!r} is a table without images; networks are made for images here.",
            f'Begin with the template for tables: lab.Architecture.from_template("mlp", dataset={dataset.id!r}).',
        )
    objective = fitting(dataset) if task is None else _wished(dataset, task)
    kind: type[Plan] = PixelPlan if objective.task in ("segmentation", "reconstruction") else VectorPlan
    plan = kind(dataset, objective, complexity, prefer)
    drawing = plan.draw()
    return Generated(document=drawing.document(f"{dataset.name}, {complexity}"), reasons=tuple(plan.reasons(drawing)))


def _wished(dataset: DatasetShape, task: Task) -> Objective:
    if task not in OBJECTIVES:
        raise InvalidInputError(f"There is no task {task!r}.", f"Choose one of: {', '.join(OBJECTIVES)}.")
    objective = OBJECTIVES[task]
    if not dataset.has(objective.target):
        possible = [name for name, other in OBJECTIVES.items() if dataset.has(other.target)]
        raise DocumentError(
            f"“{dataset.name}” has {OBJECTIVES[dataset.task].given}, and nothing to learn {objective.learns} from.",
            f"Choose one of: {', '.join(possible)}.",
        )
    return objective
