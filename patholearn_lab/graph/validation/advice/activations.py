"""Activations that are missing, and activations too many."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.mends import bypass, insert
from patholearn_lab.graph.shapes import pair
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import Place, giver, taker

_LINEAR = ("linear", "conv2d")
"""Kinds that are worth one where two of them follow each other."""


def no_activation(examined: Examined) -> Iterator[Issue]:
    """Two Linears, or two convolutions, in a row are worth one."""
    for key, edge in examined.topology.edges.items():
        if not (_may_be_linear(examined, edge.source) and _may_be_linear(examined, edge.target)):
            continue
        source = giver(examined, edge.source, edge.source_port)
        target = taker(examined, edge.target, edge.target_port)
        if target is None or source.spec is None or target.spec is None:
            continue
        if source.spec.kind != target.spec.kind or source.spec.kind not in _LINEAR:
            continue
        if len(examined.topology.outgoing[edge.source]) > 1 or len(source.examined.topology.outgoing[source.node]) > 1:
            continue  # Somebody else needs what stands between the two.
        if source.spec.kind == "conv2d" and (_is_part(source) or _is_part(target)):
            continue
        yield Issue(
            code="no_activation",
            severity="advice",
            node=edge.target,
            path=target.path[1:],
            edge=key,
            message=f"{source.name} and {target.name} have no activation between "
            f"them, so together they can learn no more than one {source.spec.label}.",
            mend=insert(examined.document, edge, key, "relu", {}, "Insert ReLU"),
        )


def _may_be_linear(examined: Examined, node: str) -> bool:
    """Return whether a node is a Linear or a convolution, or a block that may begin or end with one."""
    spec = examined.specs.get(node)
    return spec is not None and (spec.kind in _LINEAR or spec.category == "Blocks")


def _is_part(place: Place) -> bool:
    """Return whether a convolution is half of a larger one, to save weights: depthwise, or 1 × 7 before 7 × 1."""
    values = place.examined.values.get(place.node)
    if values is None:
        return True
    height, width = pair(values["kernel_size"])
    return values["groups"] > 1 or height != width


def activation_twice(examined: Examined) -> Iterator[Issue]:
    """An activation of an activation."""
    for key, edge in examined.topology.edges.items():
        source, target = examined.specs.get(edge.source), examined.specs.get(edge.target)
        if source is None or target is None or {source.category, target.category} != {"Activations"}:
            continue
        first, second = examined.name(edge.source), examined.name(edge.target)
        if source.kind == target.kind == "relu":
            effect = "The second one changes nothing."
        else:
            effect = "The second one only squeezes what the first one gave."
        yield Issue(
            code="activation_twice",
            severity="advice",
            node=edge.target,
            edge=key,
            message=f"{second} follows {first} directly: one activation between two layers is enough. {effect}",
            mend=bypass(examined.topology, edge.target, f"Remove {second}"),
        )


RULES = (no_activation, activation_twice)
