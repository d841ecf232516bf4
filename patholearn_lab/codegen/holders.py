"""``nn.Sequential``, ``nn.ModuleList`` and ``nn.ModuleDict``: layers that are kept together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.symbols import Holder, Unknown


def holder_of(dotted: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Return what holds the layers of such a call; None where it is another call.

    An ``OrderedDict`` of pairs is a dictionary, of which Sequential takes the names.
    """
    first = positional[0] if positional else next(iter(keywords.values()), None)
    match dotted:
        case "torch.nn.Sequential":
            if len(positional) == 1 and isinstance(first, dict):
                return Holder("sequential", {str(key): layer for key, layer in first.items()})
            return Holder("sequential", {str(place): layer for place, layer in enumerate(positional)})
        case "torch.nn.ModuleList":
            row = list(first.items.values()) if isinstance(first, Holder) else first
            layers = row if isinstance(row, (list, tuple)) else ()
            return Holder("list", {str(place): layer for place, layer in enumerate(layers)})
        case "torch.nn.ModuleDict":
            named = _pairs(first)
            return Holder("dict", {str(key): layer for key, layer in named.items()} if isinstance(named, dict) else {})
        case "collections.OrderedDict":
            return _pairs(first) if positional else dict(keywords)
    return None


def call_holder_method(holder: Holder, name: str, positional: tuple[Any, ...]) -> Any:
    """Return what ``append``, ``extend``, ``insert``, ``add_module``, ``items``, ``values`` or ``keys`` gives."""
    match name, positional:
        case "append", (layer,):
            holder.items[str(len(holder.items))] = layer
            return holder
        case "extend", (list() | tuple() as layers,):
            for layer in layers:
                holder.items[str(len(holder.items))] = layer
            return holder
        case "insert", (int() as place, layer):
            row = list(holder.items.values())
            row.insert(place, layer)
            holder.items = {str(index): item for index, item in enumerate(row)}
            return None
        case (("add_module" | "register_module"), (key, layer)):
            holder.items[str(key)] = layer
            return None
        case "items", ():
            return list(holder.items.items())
        case "keys", ():
            return list(holder.items)
        case (("values" | "children"), ()):
            return list(holder.items.values())
    return Unknown()


def _pairs(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    if not isinstance(value, (list, tuple)):
        return Unknown()
    if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 and isinstance(pair[0], str) for pair in value):
        return Unknown()
    return {pair[0]: pair[1] for pair in value}
