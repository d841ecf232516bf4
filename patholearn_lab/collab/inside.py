"""The inside of a block in a Y document; the same as `labextension/src/graph/shared/inside.ts`.

Its nodes and connections have keys that only one client makes, as those of the whole graph have (`names.py`): two
people who each add a layer inside one block at the same moment both keep theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from patholearn_lab.collab.names import KEY, names_of, wish_of

NAME = "name"
"""The field of a thing with the name that was written down for it."""
_ENDS = ("from", "to")
Raw = dict[str, Any]


def settled_name(name: Any) -> str | None:
    """Return what was written down as the name of a thing, where it can be one."""
    return name if isinstance(name, str) and KEY.fullmatch(name) and wish_of(name) == name else None


def block_by_name(raw: Any) -> Any:
    """Return what the shared map of a block holds with names for keys. What has the wrong form is left as it is."""
    if not isinstance(raw, dict):
        return raw
    names = _names(raw)
    nodes = {names["nodes"][key]: _without_name(node) for key, node in _things(raw, "nodes").items()}
    edges = {
        names["edges"][key]: {**_without_name(edge), **{end: names["nodes"][edge[end]] for end in _ENDS}}
        for key, edge in _things(raw, "edges").items()
        if isinstance(edge, dict) and all(str(edge.get(end)) in names["nodes"] for end in _ENDS)
    }
    ports = {part: _ports(raw.get(part), names["nodes"]) for part in ("inputs", "outputs") if part in raw}
    return {**raw, "nodes": nodes, "edges": edges, **ports}


def block_by_key(block: Raw, there: Any, key_for: Callable[[str, Mapping[str, Any]], str]) -> Raw:
    """Return a block with keys for names: those that the shared map has (`there`), and new ones for what is new."""
    raw = there if isinstance(there, dict) else {}
    known = {part: {name: key for key, name in names.items()} for part, names in _names(raw).items()}
    keys = {
        part: {name: known[part].get(name) or key_for(name, _things(raw, part)) for name in block[part]}
        for part in ("nodes", "edges")
    }
    nodes = {keys["nodes"][name]: _with_name(name, keys["nodes"][name], node) for name, node in block["nodes"].items()}
    edges = {
        keys["edges"][name]: _with_name(
            name,
            keys["edges"][name],
            {**edge, **{end: keys["nodes"].get(edge[end], edge[end]) for end in _ENDS}},
        )
        for name, edge in block["edges"].items()
    }
    ports = {part: _ports(block[part], keys["nodes"]) for part in ("inputs", "outputs")}
    return {**block, "nodes": nodes, "edges": edges, **ports}


def _names(raw: Raw) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for part in ("nodes", "edges"):
        things = _things(raw, part)
        written = {key: thing.get(NAME) for key, thing in things.items() if isinstance(thing, dict)}
        settled = {key: name for key, given in written.items() if (name := settled_name(given))}
        # Where the block meets the graph around it there are connections too, and no other may be called the same.
        border = _border(raw) - things.keys() if part == "edges" else set()
        names = names_of({*things, *border}, settled)
        found[part] = {key: name for key, name in names.items() if key in things}
    return found


def _border(raw: Raw) -> set[str]:
    inputs = raw.get("inputs")
    entries = inputs if isinstance(inputs, list) else []
    return {entry["edge"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("edge"), str)}


def _things(raw: Raw, part: str) -> Raw:
    things = raw.get(part)
    return {key: thing for key, thing in things.items() if KEY.fullmatch(key)} if isinstance(things, dict) else {}


def _ports(entries: Any, nodes: Mapping[str, str]) -> Any:
    """Return ports that speak of nodes by other names; one whose node is gone keeps what its key asks for."""
    if not isinstance(entries, (list, tuple)):
        return entries
    return [
        {**entry, "node": nodes.get(entry["node"], wish_of(entry["node"]))}
        if isinstance(entry, dict) and isinstance(entry.get("node"), str)
        else entry
        for entry in entries
    ]


def _with_name(name: str, key: str, thing: Raw) -> Raw:
    """Write down the name of what could not keep the one that its key asks for."""
    return thing if wish_of(key) == name else {**thing, NAME: name}


def _without_name(thing: Any) -> Any:
    return {key: value for key, value in thing.items() if key != NAME} if isinstance(thing, dict) else thing
