"""Places for new nodes near their neighbors. What stood somewhere stays there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import fmean

from patholearn_lab.graph.document import Document, Node
from patholearn_lab.graph.flow import Flow, Place, flow_of
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.topology import Topology

_CROWDED = 0.7
"""Two nodes closer than this share of a step and a lane cover one another."""


def place(document: Document, new: Sequence[str], *, everything: bool) -> Document:
    """Return the document with the `new` nodes behind what feeds them; all are arranged where `everything` is new."""
    if everything:
        return apply(document, arrange(document))
    topology, flow = Topology.of(document), flow_of(document)
    nodes = dict(document.nodes)
    waiting = set(new)
    for key in [key for key in topology.order if key in waiting]:
        sources = [nodes[other] for other in topology.sources(key) if other not in waiting]
        targets = [nodes[other] for other in topology.targets(key) if other not in waiting]
        waiting.discard(key)
        others = [node for name, node in nodes.items() if name != key and name not in waiting]
        nodes[key] = nodes[key].model_copy(update=_spot(flow, sources, targets, others)._asdict())
    return document.model_copy(update={"nodes": nodes})


def _spot(flow: Flow, sources: Sequence[Node], targets: Sequence[Node], others: Collection[Node]) -> Place:
    """Return the first free place aside of where the node belongs: behind its sources, before its targets."""
    if sources:
        along = max(flow.along(node) for node in sources) + flow.step
        across = fmean(flow.across(node) for node in sources)
    elif targets:
        along = min(flow.along(node) for node in targets) - flow.step
        across = fmean(flow.across(node) for node in targets)
    else:
        along, across = max((flow.along(node) for node in others), default=-flow.step) + flow.step, 0.0
    near = sorted(flow.across(node) for node in others if abs(flow.along(node) - along) < flow.step * _CROWDED)
    for other in near:
        if abs(other - across) < flow.lane * _CROWDED:
            across = other + flow.lane
    return flow.at(along, across)
