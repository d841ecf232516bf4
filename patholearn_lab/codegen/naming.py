"""The layers that something in a cell holds, and what they are called after where the network keeps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from patholearn_lab.codegen.symbols import Built, Holder, Instance


def name_layers(value: Any, name: str, numbered: bool = False, seen: set[int] | None = None) -> None:
    """Call a layer, and the layers in what holds layers, after where the network keeps it."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    match value:
        case Built():
            value.name, value.numbered = name, numbered
            return
        case Holder(items=inner):
            value.name = name
        case Instance(attributes=inner):
            value.name, value.numbered = name, numbered
        case list() | tuple():
            # A plain list of layers: torch would not find their weights, but a reader does.
            inner = {str(place): item for place, item in enumerate(value)}
        case _:
            return
    for key, item in inner.items():
        name_layers(item, f"{name}_{key}" if name else key, numbered or key.isdigit(), seen)


def layers_in(value: Any, seen: set[int] | None = None) -> list[Built]:
    """Return the layers that something holds, in order."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return []
    seen.add(id(value))
    match value:
        case Built():
            return [value]
        case Holder(items=items):
            inner: Iterable[Any] = items.values()
        case Instance(attributes=attributes, is_block=False):
            inner = attributes.values()
        case list() | tuple():
            inner = value
        case _:
            return []
    return [layer for item in inner for layer in layers_in(item, seen)]
