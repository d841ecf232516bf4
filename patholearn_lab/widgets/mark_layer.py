"""Marks on figures that come, change and go: evidence, what the test gave, where sessions began.

A mark that stays is changed in its place. Each new widget is a message that opens one in the browser, and a page that
is just loading handles nothing else before it has done so: a run whose marks were made anew at every poll kept pages
that were loaded meanwhile from ever finding their widgets.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import bqplot


@dataclass(frozen=True)
class Drawing:
    """A mark that is wanted.

    Parameters
    ----------
    figure
        Where.
    kind
        The class of the mark.
    look
        What the mark is made with, and keeps.
    points
        What may change while it is there: ``x``, ``y``, ``marker``.
    """

    figure: bqplot.Figure
    kind: type[bqplot.Mark]
    look: Mapping[str, Any]
    points: Mapping[str, Any] = field(default_factory=dict)


class MarkLayer:
    """Marks of one sort.

    Parameters
    ----------
    is_above
        Whether they lie on the curves, and not below them.
    """

    def __init__(self, *, is_above: bool = False) -> None:
        self._is_above = is_above
        self._drawn: dict[Hashable, tuple[bqplot.Figure, bqplot.Mark]] = {}

    def show(self, wanted: Mapping[Hashable, Drawing]) -> None:
        """Draw what is wanted, by a name of each that stays the same from one call to the next, and nothing else."""
        for name in [name for name, (figure, _) in self._drawn.items() if not _is_on(wanted.get(name), figure)]:
            figure, mark = self._drawn.pop(name)
            figure.marks = [each for each in figure.marks if each is not mark]
            mark.close()
        for name, drawing in wanted.items():
            if name in self._drawn:
                _, mark = self._drawn[name]
                with mark.hold_sync():
                    for trait, value in drawing.points.items():
                        setattr(mark, trait, value)
            else:
                mark = drawing.kind(**drawing.look, **drawing.points)
                others = drawing.figure.marks
                drawing.figure.marks = [*others, mark] if self._is_above else [mark, *others]
                self._drawn[name] = (drawing.figure, mark)

    def clear(self) -> None:
        """Take all marks away."""
        self.show({})


def _is_on(drawing: Drawing | None, figure: bqplot.Figure) -> bool:
    return drawing is not None and drawing.figure is figure
