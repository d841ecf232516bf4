"""What a graph has to know about the data set that feeds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Task = Literal["classification", "segmentation"]


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

    @property
    def image(self) -> tuple[int, int, int]:
        """The shape of one image: channels, height, width."""
        return (self.channels, self.height, self.width)


DatasetLookup: TypeAlias = Callable[[str], DatasetShape | None]
"""Finds a data set by its id, or returns None where there is none."""


def no_datasets(_dataset: str) -> DatasetShape | None:
    """Know no data set: what can be said without one."""
    return None
