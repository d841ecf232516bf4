"""What all plans share: how large a network may be, how it is trained, and the sentences on both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.learning.tasks import Objective
from patholearn_lab.graph.templates.drawing import Drawing

Complexity: TypeAlias = Literal["small", "medium", "large"]
Preference: TypeAlias = Literal["fast", "exact"]

WEIGHTS_PER_IMAGE = {"small": 60, "medium": 200, "large": 450}
"""The most weights for each training image. Rules of thumb: beyond 500 the check advises a smaller network."""
MOST_FILTERS = {"small": 8, "medium": 16, "large": 32}
"""Filters of the first level."""
SMALLEST_MAP_PX = 4
"""An image is halved as long as its shorter side is not below this."""


@dataclass
class Plan(ABC):
    """A network for a data set, before it is drawn.

    Parameters
    ----------
    dataset
        What is known about the set.
    objective
        What is learned from it.
    complexity, prefer
        What somebody wished.
    """

    dataset: DatasetShape
    objective: Objective
    complexity: Complexity
    prefer: Preference
    filters: int = field(default=0, init=False)
    most_images: int = field(default=64, init=False)
    """The largest batch."""

    @abstractmethod
    def draw(self) -> Drawing:
        """Return the widest network whose weights the images can teach."""

    @abstractmethod
    def network_reasons(self) -> Iterator[str]:
        """Yield why its layers are as they are."""

    @property
    @abstractmethod
    def metrics(self) -> tuple[str, ...]:
        """What is measured."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the answers are called: a name for each class or value."""
        return self.dataset.names(self.objective.target)

    @property
    def budget(self) -> int:
        """The most weights."""
        return WEIGHTS_PER_IMAGE[self.complexity] * self.dataset.train_samples

    @property
    def batch_size(self) -> int:
        """A power of 2 that gives at least 20 steps an epoch where there are images enough for that."""
        size = self.most_images if self.prefer == "fast" else self.most_images // 2
        while size > 4 and size * 20 > self.dataset.train_samples:
            size //= 2
        return size

    @property
    def epochs(self) -> int:
        """Fewer where an epoch has many images."""
        samples = self.dataset.train_samples
        usual = 8 if samples > 20_000 else 15 if samples > 2_000 else 25
        return usual if self.prefer == "fast" else usual * 2

    def drawing(self) -> Drawing:
        """Return an empty drawing, with as many classes as there are answers."""
        drawing = Drawing(self.dataset.id, self.dataset)
        drawing.classes = len(self.names)
        return drawing

    def convolve(self, drawing: Drawing, filters: int) -> None:
        """Add one convolution, or two with a shortcut around the second one."""
        start = drawing.convolution(filters)
        if self.prefer == "exact":
            drawing.add("add", drawing.convolution(filters, act=""), start)
            drawing.add("relu")

    def end(self, drawing: Drawing, **settings: ParamValue) -> None:
        """Add the output with the settings of its training, and the metrics."""
        learning: dict[str, ParamValue] = {"optimizer": "adam"}
        if self.prefer == "exact":
            learning = {"optimizer": "adamw", "weight_decay": 0.01}
        training = {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": 0.001}
        output = drawing.add(self.objective.kind, **training, **learning, **settings)
        for metric in self.metrics:
            drawing.add("metric", output, name=metric)

    def reasons(self, drawing: Drawing) -> Iterator[str]:
        """Yield why the network is as it is, in the order in which it is computed."""
        yield from self.network_reasons()
        if self.prefer == "exact":
            yield (
                "Each level has two convolutions and a shortcut around the second one: it finds finer patterns, and "
                "the shortcut keeps a deeper network easy to train. It takes about twice as long."
            )
        else:
            yield "Each level has one convolution: that is quick to train, and enough for a first answer."
        yield "A batch norm behind each convolution keeps the values on one scale, so the bias can be left out."
        yield self._size(drawing)
        yield (
            f"A batch has {self.batch_size} images, so that the weights move about "
            f"{max(1, self.dataset.train_samples // self.batch_size)} times in an epoch, and training goes over the "
            f"set {self.epochs} times."
        )
        if self.prefer == "exact":
            yield "AdamW pulls the weights a little towards 0 in each step, which helps with images never seen before."
        else:
            yield "Adam works well without tuning its learning rate."

    def _size(self, drawing: Drawing) -> str:
        samples = self.dataset.train_samples
        return (
            f"{drawing.parameters:,} weights for {samples:,} training images are "
            f"{drawing.parameters / max(samples, 1):.1f} for each image. For a {self.complexity} network up to "
            f"{WEIGHTS_PER_IMAGE[self.complexity]} are taken, so that it has to learn rules instead of single images."
        )

    @property
    def images(self) -> str:
        """What the set's images are, as the beginning of a sentence."""
        shape = self.dataset
        channels = "one channel" if shape.channels == 1 else f"{shape.channels} channels"
        return f"“{shape.name}” has images of {shape.width} × {shape.height} px with {channels}"
