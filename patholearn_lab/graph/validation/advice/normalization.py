"""Where normalization stands, and where there is none."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.mends import bypass, insert, set_params
from patholearn_lab.graph.validation.examined import Examined

DEEPEST_WITHOUT = 8
"""So many layers with weights in a row train well without normalization: AlexNet has as many. A rule of thumb."""


def dropout_before_norm(examined: Examined) -> Iterator[Issue]:
    """Dropout changes the variance in training only, and the batch norm behind it remembers the wrong one.

    Source: Li et al. 2019, "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift".
    """
    for node, spec in sorted(examined.specs.items()):
        if spec.kind != "batch_norm":
            continue
        layers = (above for above in examined.above(node) if examined.specs[above].category != "Activations")
        above = next(layers, None)
        if above is not None and examined.specs[above].kind in ("dropout", "dropout2d"):
            yield Issue(
                code="dropout_before_norm",
                severity="advice",
                node=above,
                message=f"{examined.name(above)} stands before {examined.name(node)}. Dropout changes how much values "
                "scatter while training but not afterwards, so the batch norm remembers a wrong measure. "
                "Put the dropout behind it, best before the last Linear.",
                mend=bypass(examined.document, above, f"Remove {examined.name(above)}"),
            )


def bias_before_norm(examined: Examined) -> Iterator[Issue]:
    """A bias that the batch norm takes away again."""
    for node, spec in sorted(examined.specs.items()):
        if spec.param("bias") is None or not examined.values.get(node, {}).get("bias"):
            continue
        below = examined.topology.targets(node)
        if len(below) == 1 and below[0] in examined.specs and examined.specs[below[0]].kind == "batch_norm":
            yield Issue(
                code="bias_before_norm",
                severity="advice",
                node=node,
                message=f"The bias of {examined.name(node)} has no effect: {examined.name(below[0])} takes the mean "
                "of every channel away, and the bias with it.",
                mend=set_params(node, {"bias": False}, "Leave the bias out"),
            )


def no_normalization(examined: Examined) -> Iterator[Issue]:
    """A deep chain without anything that keeps its values on one scale."""
    depth: dict[str, int] = {}
    parent: dict[str, str] = {}
    for node in examined.topology.order:
        spec = examined.specs.get(node)
        sources = examined.topology.sources(node)
        deepest = max(sources, key=lambda source: depth.get(source, 0), default=None)
        before = depth.get(deepest, 0) if deepest is not None else 0
        if spec is None or "norm" in spec.kind or spec.category in ("Sequences", "Networks"):
            depth[node] = 0  # Transformers and whole networks have normalization inside.
            continue
        if deepest is not None:
            parent[node] = deepest
        depth[node] = before + (spec.category == "Layers" and examined.inferred.facts[node].parameters > 0)
    bottom = max(sorted(examined.used & depth.keys()), key=depth.__getitem__, default=None)
    if bottom is None or depth[bottom] <= DEEPEST_WITHOUT:
        return
    yield Issue(
        code="no_normalization",
        severity="advice",
        node=bottom,
        message=f"There are {depth[bottom]} layers with weights up to {examined.name(bottom)} and no normalization "
        "between them. In so deep a chain values grow or fade from layer to layer; a batch norm keeps them on one "
        "scale.",
        mend=_norm_halfway(examined, bottom, depth, parent),
    )


def _norm_halfway(examined: Examined, bottom: str, depth: dict[str, int], parent: dict[str, str]) -> Mend | None:
    node, half = bottom, depth[bottom] // 2
    below = node
    while depth[node] > half or depth[parent.get(node, node)] == depth[node] != 0:
        if node not in parent:
            return None
        below, node = node, parent[node]
    between = (
        (key, edge)
        for key, edge in examined.topology.edges.items()
        if (edge.source, edge.target) == (node, below) and len(examined.inferred.facts[node].outputs) == 1
    )
    found = next(between, None)
    if found is None or len(next(iter(examined.inferred.facts[node].outputs.values()))) == 2:
        return None
    return insert(examined.document, found[1], found[0], "batch_norm", {}, f"Insert Batch norm after {node}")


RULES = (dropout_before_norm, bias_before_norm, no_normalization)
