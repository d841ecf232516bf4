"""What a ready architecture is, and how it is fitted to a data set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.spec import Shape
from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.validation.advice.weights import PARAMETERS_PER_SAMPLE

_WIDTHS = (1, 1 / 2, 1 / 4, 1 / 8, 1 / 16)


class TemplateCard(BaseModel):
    """What people see of a template before they take it."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str


@dataclass(frozen=True)
class Template:
    """A ready architecture.

    Parameters
    ----------
    name, title, summary
        What programs and people call it, and one plain sentence.
    draw
        Draws everything below the data set, the output included.
    image, classes
        What its source works on: taken where the data set is not known.
    narrows
        Whether it is drawn with fewer filters where a data set has few images: the widest of 1, 1/2, 1/4, 1/8 and 1/16
        of the source's filters that has no more weights than the images can teach.
    needs
        Kinds without which it is not offered.
    """

    name: str
    title: str
    summary: str
    draw: Callable[[Drawing], None]
    image: Shape = (3, 224, 224)
    classes: int = 1000
    narrows: bool = True
    needs: tuple[str, ...] = ()

    @property
    def card(self) -> TemplateCard:
        """What people see of it."""
        return TemplateCard(name=self.name, title=self.title, summary=self.summary)

    def document(self, dataset: str, shape: DatasetShape | None) -> Document:
        """Return a new graph, fitted to the data set where that is known."""
        for width in _WIDTHS if self.narrows and shape else _WIDTHS[:1]:
            drawing = Drawing(dataset, shape, self.image, self.classes, width)
            self.draw(drawing)
            if shape is None or drawing.parameters <= PARAMETERS_PER_SAMPLE * shape.train_samples:
                break
        return drawing.document(self.title)
