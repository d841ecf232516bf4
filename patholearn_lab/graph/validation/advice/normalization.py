"""Where normalization stands, and where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.mends import bypass, insert, set_params
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import examined_inside, inside_of, places_above

DEEPEST_WITHOUT = 8
"""So many layers with weights in a row train well without normalization: AlexNet has as many. A rule of thumb."""


def dropout_before_norm(examined: Examined) -> Iterator[Issue]:
    """Dropout changes the variance in training only, and the batch norm behind it remembers the wrong one.

    Source: Li et al. 2019, "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift".
    """
    for node, spec in sorted(examined.specs.items()):
        if spec.kind != "batch_norm":
            continue
        layers = (
            place for place in places_above(examined, node) if place.spec and place.spec.category != "Activations"
        )
        above = next(layers, None)
        if above is not None and above.spec and above.spec.kind in ("dropout", "dropout2d"):
            removed = bypass(examined.topology, above.node, f"Remove {above.name}") if len(above.path) == 1 else None
            yield Issue(
                code="dropout_before_norm",
                severity="advice",
                node=above.path[0],
                path=above.path[1:],
                message=f"{above.name} stands before {examined.name(node)}. Dropout changes how much values "
                "scatter while training but not afterwards, so the batch norm remembers a wrong measure. "
                "Put the dropout behind it, best before the last Linear.",
                mend=removed,
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
    chain = _chain(examined, 0)
    bottom = max(sorted(examined.used & chain.peak.keys()), key=lambda node: chain.peak[node][0], default=None)
    if bottom is None or chain.peak[bottom][0] <= DEEPEST_WITHOUT:
        return
    layers, inner = chain.peak[bottom]
    where = f"{inner[-1]} inside {examined.name(bottom)}" if inner else examined.name(bottom)
    yield Issue(
        code="no_normalization",
        severity="advice",
        node=bottom,
        path=inner,
        message=f"There are {layers} layers with weights up to {where} and no normalization "
        "between them. In so deep a chain values grow or fade from layer to layer; a batch norm keeps them on one "
        "scale.",
        mend=_norm_halfway(examined, bottom, chain),
    )


@dataclass(frozen=True)
class _Chain:
    """How many layers with weights stand one behind the other without normalization.

    `depth` counts them up to each node, itself included; `peak` is the most that there are up to a node or inside it,
    with the way to where that is; `parent` is the node above where they stand.
    """

    depth: dict[str, int]
    peak: dict[str, tuple[int, tuple[str, ...]]]
    parent: dict[str, str]


def _chain(examined: Examined, before: int) -> _Chain:
    """Return the chain of a graph, or of the inside of a block with so many layers before it."""
    chain = _Chain({}, {}, {})
    for node in examined.topology.order:
        spec = examined.specs.get(node)
        sources = examined.topology.sources(node)
        deepest = max(sources, key=lambda source: chain.depth.get(source, 0), default=None)
        depth = chain.depth.get(deepest, 0) if deepest is not None else before
        if deepest is not None:
            chain.parent[node] = deepest
        inside = inside_of(examined, node)
        if spec is None or "norm" in spec.kind or spec.category in ("Sequences", "Networks"):
            depth = 0  # Transformers and whole networks have normalization inside.
        elif inside is not None:
            inner = _chain(examined_inside(examined, inside), depth)
            highest = max(sorted(inner.peak), key=lambda key: inner.peak[key][0])
            chain.peak[node] = (inner.peak[highest][0], (highest, *inner.peak[highest][1]))
            depth = max((inner.depth.get(key, 0) for key in inside.document.exits.values()), default=0)
        else:
            depth += spec.category == "Layers" and examined.inferred.facts[node].parameters > 0
        chain.depth[node] = depth
        chain.peak.setdefault(node, (depth, ()))
    return chain


def _norm_halfway(examined: Examined, bottom: str, chain: _Chain) -> Mend | None:
    depth, parent = chain.depth, chain.parent
    node, half = bottom, depth[bottom] // 2
    below = node
    while depth[node] > half or depth[parent.get(node, node)] == depth[node] != 0:
        if node not in parent or examined.specs[node].category == "Blocks":
            return None  # A norm between blocks would not shorten the chain inside them.
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


INSIDE = (dropout_before_norm, bias_before_norm)
RULES = (*INSIDE, no_normalization)
