"""Places for new nodes near their neighbors. What stood somewhere stays there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from patholearn_lab.graph.document import Document, Node
from patholearn_lab.graph.layout import COLUMN, ROW, arrange
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.topology import Topology

_CROWDED = 0.7
"""Two nodes closer than this share of a row and a column cover one another."""


def place(document: Document, new: Sequence[str], *, everything: bool) -> Document:
    """Return the document with the `new` nodes below what feeds them; all are arranged where `everything` is new."""
    if everything:
        return apply(document, arrange(document))
    topology = Topology.of(document)
    nodes = dict(document.nodes)
    waiting = set(new)
    for key in [key for key in topology.order if key in waiting]:
        sources = [nodes[other] for other in topology.sources(key) if other not in waiting]
        targets = [nodes[other] for other in topology.targets(key) if other not in waiting]
        waiting.discard(key)
        others = [node for name, node in nodes.items() if name != key and name not in waiting]
        nodes[key] = nodes[key].model_copy(update=_spot(sources, targets, others))
    return document.model_copy(update={"nodes": nodes})


def _spot(sources: Sequence[Node], targets: Sequence[Node], others: Collection[Node]) -> dict[str, float]:
    """Return the first free place to the right of where the node belongs: below its sources, above its targets."""
    if sources:
        x, y = sum(node.x for node in sources) / len(sources), max(node.y for node in sources) + ROW
    elif targets:
        x, y = sum(node.x for node in targets) / len(targets), min(node.y for node in targets) - ROW
    else:
        x, y = 0.0, max((node.y for node in others), default=-ROW) + ROW
    near = sorted(node.x for node in others if abs(node.y - y) < ROW * _CROWDED)
    for other in near:
        if abs(other - x) < COLUMN * _CROWDED:
            x = other + COLUMN
    return {"x": x, "y": y}
