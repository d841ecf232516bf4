"""A chain of Concatenates as one call: ``torch.cat([a, b, c])`` instead of ``torch.cat([torch.cat([a, b]), c])``.

The graph keeps its nodes, each under the lines of that call; `chains.py` finds them again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from patholearn_lab.codegen.model import Layer
from patholearn_lab.graph.nodes.merging import CONCATENATE


def join_layers(layers: Iterable[Layer], ends: Iterable[str]) -> tuple[Layer, ...]:
    """Return the layers without Concatenates that only feed another one, which takes what they took.

    `ends` are the results that are needed to the last.
    """
    layers = tuple(layers)
    takers = [(used, layer.spec.kind) for layer in layers for used in layer.sources]
    only = only_fed(takers, [*(used for used, _ in takers), *ends])
    inner: dict[str, Layer] = {}
    written: list[Layer] = []
    for layer in layers:
        whole = _with(layer, inner) if layer.spec.kind == CONCATENATE.kind else layer
        if layer.node in only and whole.spec.kind == CONCATENATE.kind:
            inner[layer.node] = whole
        else:
            written.append(whole)
    return tuple(written)


def _with(layer: Layer, inner: Mapping[str, Layer]) -> Layer:
    """Return a Concatenate that does the work of those that feed it as well."""
    rows = [inner[used].sources if used in inner else (used,) for used in layer.sources]
    parts = [inner[used] for used in layer.sources if used in inner]
    return replace(
        layer,
        sources=tuple(used for row in rows for used in row),
        joined=tuple(node for part in parts for node in (part.node, *part.joined)),
    )


def only_fed(takers: Iterable[tuple[str, str]], uses: Iterable[str]) -> set[str]:
    """Return what is used once, and by a Concatenate. `takers` are pairs of what is used and the kind that uses it."""
    counts = Counter(uses)
    return {used for used, kind in takers if kind == CONCATENATE.kind and counts[used] == 1}
