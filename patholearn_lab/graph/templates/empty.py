"""Only the two ends."""

from __future__ import annotations

from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    drawing.leave_room("classification_output", rows=5)


TEMPLATE = Template(
    "empty", "Network", "Only a data set and an output: draw the rest yourself.", _draw, classes=2, narrows=False
)
