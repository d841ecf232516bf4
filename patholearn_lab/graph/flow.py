"""Which way a drawing runs: from top to bottom, or from left to right.

It is no setting: it is read off where the nodes stand, so that a drawing made by hand, read from elsewhere, undone or
pasted has its ports on the right sides too. `labextension/src/graph/flow.ts` is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from patholearn_lab.graph.parts import Edge

Direction = Literal["down", "right"]


class Place(NamedTuple):
    """A place on the canvas, in CSS px at zoom 1."""

    x: float
    y: float


class Placed(Protocol):
    """What has a place on the canvas, in CSS px at zoom 1."""

    @property
    def x(self) -> float:
        """To the right."""

    @property
    def y(self) -> float:
        """Downwards."""


@dataclass(frozen=True)
class Flow:
    """A direction. `along` is the way that data takes, `across` is to the side of it.

    Attributes
    ----------
    direction
        Its name.
    step
        From a node to the next one, in CSS px at zoom 1.
    lane
        Between nodes beside one another, in CSS px at zoom 1.
    """

    direction: Direction
    step: float
    lane: float

    def along(self, node: Placed) -> float:
        """Return how far on a node stands."""
        return node.x if self.direction == "right" else node.y

    def across(self, node: Placed) -> float:
        """Return how far to the side a node stands."""
        return node.y if self.direction == "right" else node.x

    def at(self, along: float, across: float) -> Place:
        """Return the place that is so far on and so far to the side."""
        return Place(along, across) if self.direction == "right" else Place(across, along)


DOWN = Flow("down", step=120.0, lane=240.0)
RIGHT = Flow("right", step=280.0, lane=110.0)
FLOWS: Mapping[Direction, Flow] = {flow.direction: flow for flow in (DOWN, RIGHT)}


class Drawn(Protocol):
    """A document, or the inside of a block."""

    @property
    def nodes(self) -> Mapping[str, Placed]:
        """Nodes by id."""

    @property
    def edges(self) -> Mapping[str, Edge]:
        """Connections by id."""


def flow_of(drawn: Drawn) -> Flow:
    """Return which way a drawing runs: to the right where its connections lead more to the right than down."""
    right = down = 0.0
    for edge in drawn.edges.values():
        source, target = drawn.nodes.get(edge.source), drawn.nodes.get(edge.target)
        if source and target:
            right += _share((target.x - source.x) / DOWN.lane)
            down += _share((target.y - source.y) / DOWN.step)
    return RIGHT if right > down else DOWN


def _share(steps: float) -> float:
    """Bound what one connection counts, so that one far node does not turn a drawing."""
    return max(-1.0, min(1.0, steps))
