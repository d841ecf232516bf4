"""A network that says something about an image as a whole: convolutions and pooling, and a Linear at the end."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.generation.plan import MOST_FILTERS, SMALLEST_MAP_PX, Plan
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.templates.drawing import Drawing

_MOST_LEVELS = 5
_HEAD_PX = 4
"""What is left of the image, at most, when it becomes a vector: 1 beside a table, which would drown in more."""
_TABLE_OUTPUTS = 16
"""What a row of features becomes before it meets the image."""


class VectorPlan(Plan):
    """Classes, labels or values of an image."""

    @property
    def levels(self) -> int:
        """How often the image is halved."""
        side, levels = min(self.dataset.height, self.dataset.width), 0
        while side >= SMALLEST_MAP_PX and levels < _MOST_LEVELS:
            side, levels = side // 2, levels + 1
        return max(levels, 1)

    def draw(self) -> Drawing:
        """Return the network with the most filters whose weights the images can teach."""
        for filters in range(MOST_FILTERS[self.complexity], 1, -1):
            drawing = self._drawn(filters)
            self.filters = filters
            if drawing.parameters <= self.budget:
                break
        return drawing

    def _drawn(self, filters: int) -> Drawing:
        drawing = self.drawing()
        for level in range(self.levels):
            self.convolve(drawing, filters * 2**level)
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
        drawing.add("linear", out_features=drawing.classes)
        self.end(drawing)
        return drawing

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is measured."""
        match self.objective.task:
            case "multilabel":
                return ("f1", "auroc")
            case "regression":
                return ("mae", "r2")
        return ("accuracy", "auroc") if len(self.names) == 2 else ("accuracy", "f1")

    def network_reasons(self) -> Iterator[str]:
        """Yield why its layers are as they are."""
        count = len(self.names)
        takes = f"so the network takes {show(self.dataset.image)} values and gives {count}"
        match self.objective.task:
            case "multilabel":
                yield (
                    f"{self.images} and {count} labels of which several may occur at once, {takes} scores: for each "
                    "label whether it is there, whatever the others say."
                )
            case "regression":
                measured = f"{count} measured {'value' if count == 1 else 'values'}"
                yield f"{self.images} and {measured} for each, {takes}, without any limit to how large they are."
            case _:
                yield f"{self.images} and {count} classes, {takes} scores, one for each class."
        again = "once" if self.levels == 1 else f"{self.levels} times"
        yield (
            f"A convolution finds patterns wherever they are, and pooling halves the image behind it. Done {again}, it "
            f"leaves so little of the image that every value sees a large part of it."
        )
        yield (
            f"The first level has {self.filters} filters and each further level twice as many: the image becomes "
            "smaller, but there are more patterns to tell apart."
        )
        if self.dataset.features:
            yield (
                f"The table gives {len(self.dataset.features)} features beside the image. A Linear makes "
                f"{_TABLE_OUTPUTS} values of them, and a Concatenate puts these behind what is left of the image: both "
                "decide together."
            )

    def reasons(self, drawing: Drawing) -> Iterator[str]:
        """Yield why the network is as it is, in the order in which it is computed."""
        yield from super().reasons(drawing)
        if self.complexity != "small":
            yield "A dropout before the last Linear keeps the network from relying on single values."
        match self.objective.task:
            case "multilabel":
                yield (
                    "F1 is measured because most labels are absent in most images, and accuracy would praise a network "
                    "that finds none; the area under the ROC curve does not depend on a threshold."
                )
            case "regression":
                yield (
                    "The mean absolute error (MAE) is measured because it has the unit of the values, and R² because "
                    "it says how much better the network is than always saying the mean."
                )
            case _:
                two = len(self.names) == 2
                second = "the area under the ROC curve, which does not depend on a threshold" if two else "F1"
                yield (
                    f"Accuracy is measured because everybody understands it, and {second} because classes may be "
                    "unequal."
                )
