"""What a graph has to know about the data set that feeds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Task = Literal["classification", "multilabel", "segmentation", "regression", "reconstruction"]
Target = Literal["labels", "masks", "tags", "values", "images"]
"""What of a sample an output may be compared with: a class index, a class index per pixel, 0 or 1 for each class,
numbers, or the image itself."""

_TARGETS: Mapping[Task, tuple[Target, ...]] = {
    "classification": ("labels",),
    "multilabel": ("tags",),
    "segmentation": ("masks", "tags", "values"),
    "regression": ("values",),
    "reconstruction": (),
}
"""What a set for a task has. From masks follows which classes occur in an image, and each one's share of its pixels."""


NOT_ANNOTATED: Mapping[Target, int] = {"masks": 255, "labels": -100}
"""The value of what nobody annotated. It has no weight in a loss, and no metric counts it."""


@dataclass(frozen=True)
class DatasetShape:
    """The facts about a data set that decide shapes and widths.

    Parameters
    ----------
    id
        What the ``dataset`` parameter of a data set node holds.
    name
        What people call it.
    task
        What its labels are for.
    channels
        1 for grey, 3 for color.
    height, width
        Size of an image, in pixels.
    classes
        The names of the classes, in the order of their indices.
    train_samples
        Number of images in the training split.
    object_px
        How large what is to be recognized is, in pixels; None where nobody said.
    targets
        What its samples can be compared with, besides the image itself; what its task says where empty.
    mask_classes
        The names of the classes in its masks, where they are not `classes`.
    features
        The names of the columns of its table: numbers that each sample has beside its image, such as a patient's age.
    sparse
        Which targets are not annotated everywhere: there they have the value of :data:`NOT_ANNOTATED`.
    label_counts, mask_counts
        How many training images, and how many of their pixels, are of each class; empty where that is not known yet.
    """

    id: str
    name: str
    task: Task
    channels: int
    height: int
    width: int
    classes: tuple[str, ...]
    train_samples: int
    object_px: int | None = None
    targets: tuple[Target, ...] = ()
    mask_classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    sparse: tuple[Target, ...] = ()
    # A built-in set has the same shape before it is made, when nobody has counted yet.
    label_counts: tuple[int, ...] = field(default=(), compare=False)
    mask_counts: tuple[int, ...] = field(default=(), compare=False)

    def has(self, target: Target) -> bool:
        """Return whether its samples have that target."""
        return target == "images" or target in (self.targets or _TARGETS[self.task])

    def names(self, target: Target) -> tuple[str, ...]:
        """Return what the answers to a target are called: one name a class or value."""
        return self.classes if target == "labels" else self.mask_classes or self.classes

    def counts(self, target: Target) -> tuple[int, ...]:
        """Return how often each class occurs in the training split; empty where that is not known."""
        return {"labels": self.label_counts, "masks": self.mask_counts}.get(target, ())

    @property
    def image(self) -> tuple[int, int, int]:
        """The shape of one image: channels, height, width."""
        return (self.channels, self.height, self.width)


DatasetLookup: TypeAlias = Callable[[str], DatasetShape | None]
"""Finds a data set by its id, or returns None where there is none."""


def no_datasets(_dataset: str) -> DatasetShape | None:
    """Know no data set: what can be said without one."""
    return None
