"""A network that answers with an image: down to see much, and up again to say where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from patholearn_lab.graph.generation.plan import MOST_FILTERS, SMALLEST_MAP_PX, Plan
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.templates.drawing import Drawing

_MOST_LEVELS = 5
_FEWEST_FILTERS = 4
"""Of the first level, where each further one has twice as many: with fewer all levels have the same number."""
_LARGE_PX = 128
"""Images of this side or more come in smaller batches: a network of this kind keeps all of them in full size."""


@dataclass
class PixelPlan(Plan):
    """A class for every pixel (a U-Net), or the image itself again (an autoencoder, without connections between)."""

    growth: int = field(default=2, init=False)
    """What a level's filters are multiplied with for the next one."""

    def __post_init__(self) -> None:
        """Take smaller batches of large images."""
        self.most_images = 16 if max(self.dataset.height, self.dataset.width) >= _LARGE_PX else 32

    @property
    def levels(self) -> int:
        """How often the image is halved."""
        side, levels = min(self.dataset.height, self.dataset.width), 0
        while side >= 2 * SMALLEST_MAP_PX and levels < _MOST_LEVELS:
            side, levels = side // 2, levels + 1
        return levels

    def draw(self) -> Drawing:
        """Return the network with the most filters whose weights the images can teach."""
        most = MOST_FILTERS[self.complexity]
        for growth, filters in chain(
            ((2, filters) for filters in range(most, _FEWEST_FILTERS - 1, -1)),
            ((1, filters) for filters in range(most, 1, -1)),
        ):
            self.growth, self.filters = growth, filters
            drawing = self._drawn()
            if drawing.parameters <= self.budget:
                break
        return drawing

    def _drawn(self) -> Drawing:
        drawing = self.drawing()
        kept: list[str] = []
        for level in range(self.levels):
            self.convolve(drawing, self._width(level))
            kept.append(drawing.last)
            drawing.pool()
        self.convolve(drawing, self._width(self.levels))
        for level in reversed(range(self.levels)):
            self._enlarge(drawing, level, drawing.shape(kept[level])[1:])
            if self._segments:
                drawing.add("concatenate", kept[level], drawing.last)
            self.convolve(drawing, self._width(level))
        if self._segments:
            drawing.add("conv2d", out_channels=drawing.classes, kernel_size=1)
            self.end(drawing, loss="dice_cross_entropy")
        else:
            drawing.add("conv2d", out_channels=self.dataset.channels, kernel_size=1)
            self.end(drawing)
        return drawing

    def _enlarge(self, drawing: Drawing, level: int, size: tuple[int, ...]) -> None:
        """Bring the image to the size that it had at that level, which may be odd."""
        if tuple(2 * side for side in drawing.shape()[1:]) == size:
            drawing.add("conv_transpose2d", out_channels=self._width(level))
        else:
            drawing.add("upsample", size=", ".join(map(str, size)))

    def _width(self, level: int) -> int:
        return self.filters * int(self.growth**level)

    @property
    def _segments(self) -> bool:
        return self.objective.task == "segmentation"

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured."""
        return ("dice", "iou") if self._segments else ("mse", "mae")

    def network_reasons(self) -> Iterator[str]:
        """Yield why its layers are as they are."""
        size = f"{self.dataset.width} × {self.dataset.height}"
        if self._segments:
            count = len(self.names)
            yield (
                f"{self.images} and a mask of {count} classes for each, so the network takes "
                f"{show(self.dataset.image)} values and gives {count} scores for every pixel."
            )
        else:
            yield (
                f"{self.images} and nothing to compare them with, so the network draws each image again: what it has "
                "to keep for that is what the images have in common."
            )
        times = "once" if self.levels == 1 else f"{self.levels} times"
        if self.levels:
            yield (
                f"The image is halved {times}, so that a value sees a large part of it, and enlarged as often, so that "
                f"there is an answer for each of the {size} pixels."
            )
        else:
            yield f"Images of {size} px are too small to be halved: all layers work at full size."
        if self._segments and self.levels:
            yield (
                "On the way up each level gets what the way down had at the same size: it knows where, and what comes "
                "from below knows what. This is a U-Net (Ronneberger et al., 2015)."
            )
        if self.growth > 1:
            yield (
                f"The first level has {self.filters} filters and each further level twice as many: the image becomes "
                "smaller, but there are more patterns to tell apart."
            )
        else:
            yield (
                f"All levels have {self.filters} filters: with twice as many on each further one there would be more "
                "weights than the images can teach."
            )

    def reasons(self, drawing: Drawing) -> Iterator[str]:
        """Yield why the network is as it is, in the order in which it is computed."""
        yield from super().reasons(drawing)
        if self._segments:
            yield (
                "The loss is Dice and cross entropy together: cross entropy judges every pixel alone, and Dice how far "
                "areas overlap, so that small ones count as well."
            )
            yield (
                "Dice and IoU are measured because both ask how far an area and its mask overlap; accuracy would "
                "praise a network that calls everything background."
            )
        else:
            yield (
                "The mean squared error punishes large errors most; the mean absolute error has the unit of the pixels."
            )
