"""A whole network for a data set, with the reasons for every decision: to begin with, and to learn from.

The rules are those that a teacher would give, in the order in which they decide. Nothing is trained: the same data set
and wishes give the same network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import DocumentError, InvalidInputError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.templates.drawing import Drawing

Complexity: TypeAlias = Literal["small", "medium", "large"]
Preference: TypeAlias = Literal["fast", "exact"]

_WEIGHTS_PER_IMAGE = {"small": 60, "medium": 200, "large": 450}
"""The most weights for each training image. Rules of thumb: beyond 500 the check advises a smaller network."""
_MOST_FILTERS = {"small": 8, "medium": 16, "large": 32}
"""Filters of the first level."""
_SMALLEST_MAP_PX = 4
"""An image is halved as long as its shorter side is not below this."""
_MOST_LEVELS = 5
_HEAD_PX = 4
"""What is left of the image, at most, when it becomes a vector: 1 beside a table, which would drown in more."""
_TABLE_OUTPUTS = 16
"""What a row of features becomes before it meets the image."""


class Generated(BaseModel):
    """A network and why it is as it is: one plain sentence for each decision."""

    model_config = ConfigDict(frozen=True)

    document: Document
    reasons: tuple[str, ...]


def generate(dataset: DatasetShape, complexity: Complexity = "medium", prefer: Preference = "fast") -> Generated:
    """Return a network for a data set, with its output, metrics and training settings.

    Parameters
    ----------
    dataset
        What is known about the set: its images' size, its classes and the number of training images decide.
    complexity
        How large the network may be: 60, 200 or 450 weights for each training image, and 8, 16 or 32 filters at most in
        the first level.
    prefer
        ``fast``: one convolution a level and fewer epochs. ``exact``: two, with a shortcut around the second one, and
        more epochs.

    Raises
    ------
    DocumentError
        When the set is for a task that no network is generated for.
    InvalidInputError
        When there is no such complexity or preference.
    """
    for given, known in ((complexity, _WEIGHTS_PER_IMAGE), (prefer, get_args(Preference))):
        if given not in known:
            raise InvalidInputError(f"{given!r} cannot be asked for.", f"Choose one of: {', '.join(known)}.")
    if dataset.task != "classification":
        raise DocumentError(
            f"“{dataset.name}” is a set for {dataset.task}, and networks are generated for classification so far.",
            "Begin with a template.",
        )
    plan = _Plan(dataset, complexity, prefer)
    drawing = plan.widest()
    return Generated(document=drawing.document(f"{dataset.name}, {complexity}"), reasons=tuple(plan.reasons(drawing)))


@dataclass
class _Plan:
    dataset: DatasetShape
    complexity: Complexity
    prefer: Preference
    filters: int = field(default=0, init=False)

    @property
    def budget(self) -> int:
        return _WEIGHTS_PER_IMAGE[self.complexity] * self.dataset.train_samples

    @property
    def levels(self) -> int:
        side, levels = min(self.dataset.height, self.dataset.width), 0
        while side >= _SMALLEST_MAP_PX and levels < _MOST_LEVELS:
            side, levels = side // 2, levels + 1
        return max(levels, 1)

    @property
    def batch_size(self) -> int:
        """A power of 2 that gives at least 20 steps an epoch where there are images enough for that."""
        size = 64 if self.prefer == "fast" else 32
        while size > 4 and size * 20 > self.dataset.train_samples:
            size //= 2
        return size

    @property
    def epochs(self) -> int:
        """Fewer where an epoch has many images."""
        samples = self.dataset.train_samples
        usual = 8 if samples > 20_000 else 15 if samples > 2_000 else 25
        return usual if self.prefer == "fast" else usual * 2

    def widest(self) -> Drawing:
        """Return the network with the most filters whose weights the images can teach."""
        for filters in range(_MOST_FILTERS[self.complexity], 1, -1):
            drawing = self.draw(filters)
            self.filters = filters
            if drawing.parameters <= self.budget:
                break
        return drawing

    def draw(self, filters: int) -> Drawing:
        drawing = Drawing(self.dataset.id, self.dataset)
        for level in range(self.levels):
            self._level(drawing, filters * 2**level)
            if drawing.side >= 2:
                drawing.pool()
        height, width = drawing.shape()[1:]
        most = 1 if self.dataset.features else _HEAD_PX
        if max(height, width) > most:
            drawing.add("adaptive_avg_pool2d", output_size=f"{min(height, most)}, {min(width, most)}")
        image = drawing.add("flatten")
        if self.dataset.features:
            drawing.table()
            drawing.add("linear", out_features=_TABLE_OUTPUTS)
            drawing.add("concatenate", image, drawing.add("relu"))
        if self.complexity != "small":
            drawing.add("dropout", p=0.3)
        learning = {"optimizer": "adamw", "weight_decay": 0.01} if self.prefer == "exact" else {"optimizer": "adam"}
        drawing.classify(epochs=self.epochs, batch_size=self.batch_size, learning_rate=0.001, **learning)
        output = drawing.last
        for metric in self.metrics:
            drawing.add("metric", output, name=metric)
        return drawing

    def _level(self, drawing: Drawing, filters: int) -> None:
        if self.prefer == "fast":
            drawing.convolution(filters)
            return
        start = drawing.convolution(filters)
        end = drawing.convolution(filters, act="")
        drawing.add("add", end, start)
        drawing.add("relu")

    @property
    def metrics(self) -> tuple[str, ...]:
        return ("accuracy", "auroc") if len(self.dataset.classes) == 2 else ("accuracy", "f1")

    def reasons(self, drawing: Drawing) -> Iterator[str]:
        """Yield why the network is as it is, in the order in which it is computed."""
        shape, classes = self.dataset, len(self.dataset.classes)
        yield (
            f"“{shape.name}” has images of {shape.width} × {shape.height} px with "
            f"{'one channel' if shape.channels == 1 else f'{shape.channels} channels'} and {classes} classes, so the "
            f"network takes {show(shape.image)} values and gives {classes} scores, one for each class."
        )
        again = "once" if self.levels == 1 else f"{self.levels} times"
        yield (
            f"A convolution finds patterns wherever they are, and pooling halves the image behind it. Done {again}, it "
            f"leaves so little of the image that every value sees a large part of it."
        )
        yield (
            f"The first level has {self.filters} filters and each further level twice as many: the image becomes "
            "smaller, but there are more patterns to tell apart."
        )
        if shape.features:
            yield (
                f"The table gives {len(shape.features)} features beside the image. A Linear makes {_TABLE_OUTPUTS} "
                "values of them, and a Concatenate puts these behind what is left of the image: both decide together."
            )
        if self.prefer == "exact":
            yield (
                "Each level has two convolutions and a shortcut around the second one: it finds finer patterns, and "
                "the shortcut keeps a deeper network easy to train. It takes about twice as long."
            )
        else:
            yield "Each level has one convolution: that is quick to train, and enough for a first answer."
        yield "A batch norm behind each convolution keeps the values on one scale, so the bias can be left out."
        each = drawing.parameters / max(shape.train_samples, 1)
        yield (
            f"{drawing.parameters:,} weights for {shape.train_samples:,} training images are "
            f"{each:.1f} for each image. For a {self.complexity} network up to "
            f"{_WEIGHTS_PER_IMAGE[self.complexity]} are taken, so that it has to learn rules instead of single images."
        )
        if self.complexity != "small":
            yield "A dropout before the last Linear keeps the network from relying on single values."
        yield (
            f"A batch has {self.batch_size} images, so that the weights move about "
            f"{max(1, shape.train_samples // self.batch_size)} times in an epoch, and training goes over the set "
            f"{self.epochs} times."
        )
        if self.prefer == "exact":
            yield "AdamW pulls the weights a little towards 0 in each step, which helps with images never seen before."
        else:
            yield "Adam works well without tuning its learning rate."
        second = "the area under the ROC curve, which does not depend on a threshold" if classes == 2 else "F1"
        yield f"Accuracy is measured because everybody understands it, and {second} because classes may be unequal."
