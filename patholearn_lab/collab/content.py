"""A document in a Y document; the same as `labextension/src/graph/shared/content.ts`.

Nodes and edges are shared maps, so that two people who change different settings of one node both keep what they did.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pycrdt import Doc, Map
from pydantic import TypeAdapter, ValidationError

from patholearn_lab.collab.inside import NAME as _NAME
from patholearn_lab.collab.inside import block_by_key, block_by_name, settled_name
from patholearn_lab.collab.names import KEY, names_of, new_key, wish_of
from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.block import MAX_BLOCKS, Block
from patholearn_lab.graph.document import (
    MAX_COMMENTS,
    MAX_EDGES,
    MAX_FRAMES,
    MAX_NODES,
    MAX_REMARKS,
    Comment,
    Document,
    Edge,
    Frame,
    Meta,
    Node,
    Remark,
    document_to_dict,
    plain_numbers,
    read_document,
    write_document,
)

T = TypeVar("T")
_NO_META = Meta.model_construct(id="", name="Network")
"""Of a Y document that nothing was written into yet."""
SharedMap = Map[Any]
_NAMED = ("nodes", "edges", "frames", "remarks", "comments")
"""What new things come into from several people at once: their keys are not their names."""
PARTS = (*_NAMED, "blocks", "meta", "file")


@dataclass(frozen=True)
class Shape:
    """Which entries of a shared map are shared maps themselves; all others are one value, that the last one decides."""

    each: Shape | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)


_VALUES = Shape()
_NODE = Shape(fields={"params": _VALUES})
_BLOCK = Shape(fields={"nodes": Shape(each=_NODE), "edges": Shape(each=_VALUES)})
_SHAPES = {**dict.fromkeys(_NAMED, _VALUES), "nodes": _NODE, "blocks": _BLOCK}


class SharedContent:
    """The document in a Y document.

    Parameters
    ----------
    ydoc
        The Y document. Nothing is written into it here.
    """

    def __init__(self, ydoc: Doc[Any]) -> None:
        self.ydoc = ydoc
        self.maps: dict[str, SharedMap] = {part: ydoc.get(part, type=Map) for part in PARTS}

    @property
    def text(self) -> str:
        """The text of the file: the same bytes as without sharing."""
        unread = self.maps["file"].get("text")
        return unread if isinstance(unread, str) else write_document(self.document)

    def take_text(self, text: str) -> None:
        """Take in the text of a file, changing only what is different.

        A text that is no architecture, or one of a newer PathoLearn Lab, is kept as it is: the editor says why.
        """
        try:
            document = read_document(text)
        except (DocumentError, TooLargeError):
            with self.ydoc.transaction():
                if self.maps["file"].get("text") != text:
                    self.maps["file"]["text"] = text
        else:
            with self.ydoc.transaction():
                self.maps["file"].pop("text", None)
                self._write(document, lambda name, _: name)

    @property
    def document(self) -> Document:
        """The graph as all see it. What does not fit together after two people's changes is left out of it."""
        things = self._things()
        names = {part: names_of(things[part], self._settled(part)) for part in _NAMED}
        raw = {
            part: {names[part][key]: _by_name(part, thing, names) for key, thing in things[part].items()}
            for part in _NAMED
        }
        meta = _well_formed(Meta, self.maps["meta"].to_py())
        return Document(**raw, blocks=self._read("blocks", Block, MAX_BLOCKS), meta=meta or _NO_META)

    def change(self, wanted: Document, origin: object = None) -> None:
        """Make the Y document say what `wanted` says, in one transaction of that origin."""
        with self.ydoc.transaction():
            self._settle_names()
        with self.ydoc.transaction(origin=origin):
            self._write(wanted, lambda name, taken: new_key(name, self.ydoc.client_id, taken))

    def _write(self, wanted: Document, key_for: Callable[[str, Container[str]], str]) -> None:
        raw = document_to_dict(wanted)
        known: dict[str, dict[str, str]] = {}
        keys: dict[str, dict[str, str]] = {}
        for part, things in self._things().items():
            known[part] = {name: key for key, name in names_of(things, self._settled(part)).items()}
            taken = set(self.maps[part].keys())
            keys[part] = {name: known[part].get(name) or key_for(name, taken) for name in raw[part]}
        for edge in raw["edges"].values():
            edge |= {end: keys["nodes"].get(edge[end], edge[end]) for end in ("from", "to")}
        for frame in raw["frames"].values():
            frame["nodes"] = [keys["nodes"].get(node, node) for node in frame["nodes"]]
        for name, comment in raw["comments"].items():
            there = self.maps["comments"].get(keys["comments"][name])
            waits_for = there.get("node") if isinstance(there, Map) else None
            # The key of a node that is gone stays: with it the comment finds the node again when it comes back.
            of_node = {**known["nodes"], **keys["nodes"]}.get(comment["node"])
            comment["node"] = of_node or _same_wish(waits_for, comment["node"])
            comment["answerTo"] = keys["comments"].get(comment["answerTo"])
        blocks = self.maps["blocks"].to_py() or {}
        raw["blocks"] = {name: block_by_key(block, blocks.get(name), key_for) for name, block in raw["blocks"].items()}
        for part in _NAMED:
            # What has a key and no name (an edge whose node is gone, something of a wrong form) goes with this.
            raw[part] = {keys[part][name]: thing for name, thing in raw[part].items()}
        for part, shape in _SHAPES.items():
            _put(self.maps[part], raw[part], Shape(each=shape), kept=_NAME if part in _NAMED else None)
        _put(self.maps["meta"], raw["meta"], _VALUES)

    def _things(self) -> dict[str, dict[str, Any]]:
        """Return what is shared, by part and key, with edges and frames that speak of nodes by key."""
        nodes = self._read("nodes", Node, MAX_NODES)
        edges = self._read("edges", Edge, MAX_EDGES, lambda edge: edge.source in nodes and edge.target in nodes)
        frames, remarks = self._read("frames", Frame, MAX_FRAMES), self._read("remarks", Remark, MAX_REMARKS)
        comments = self._read("comments", Comment, MAX_COMMENTS)
        found = {key for key, comment in comments.items() if comment.answer_to is None}
        comments = {key: comment for key, comment in comments.items() if comment.answer_to in {None, *found}}
        return {"nodes": nodes, "edges": edges, "frames": frames, "remarks": remarks, "comments": comments}

    def _settle_names(self) -> None:
        """Write down the names of those that could not keep theirs, so that they stay when the other one is removed."""
        for part, things in self._things().items():
            settled = self._settled(part)
            for key, name in names_of(things, settled).items():
                if name != (settled.get(key) or wish_of(key)):
                    self.maps[part][key][_NAME] = name

    def _settled(self, part: str) -> dict[str, str]:
        things = ((key, thing) for key, thing in self.maps[part].items() if isinstance(thing, Map))
        found = ((key, settled_name(thing.get(_NAME))) for key, thing in things)
        return {key: name for key, name in found if name}

    def _read(self, part: str, model: type[T], limit: int, fits: Callable[[T], bool] = lambda _: True) -> dict[str, T]:
        """Return the entries that have the right form, up to the limit: what somebody sent is not trusted."""
        found: dict[str, T] = {}
        for key, found_raw in sorted((self.maps[part].to_py() or {}).items()):
            raw = block_by_name(found_raw) if part == "blocks" else found_raw
            is_key = KEY.fullmatch(key) and (part in _NAMED or wish_of(key) == key)
            thing = _well_formed(model, plain_numbers(raw)) if is_key and len(found) < limit else None
            if thing is not None and fits(thing):
                found[key] = thing
        return found


def _by_name(part: str, thing: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    """Return a thing that speaks of others by name, not by key; in a frame, what has no name is left out."""
    nodes = names["nodes"]
    if part == "edges":
        return thing.model_copy(update={"source": nodes[thing.source], "target": nodes[thing.target]})
    if part == "frames":
        return thing.model_copy(update={"nodes": tuple(nodes[node] for node in thing.nodes if node in nodes)})
    if part == "comments":
        answer_to = names["comments"].get(thing.answer_to)
        return thing.model_copy(update={"node": nodes.get(thing.node, wish_of(thing.node)), "answer_to": answer_to})
    return thing


def _well_formed(model: type[T], raw: Any) -> T | None:
    if not isinstance(raw, dict):
        return None
    fields = {key: value for key, value in raw.items() if key != _NAME or model is Meta}
    try:
        thing = TypeAdapter(model).validate_python(fields | _without_marks(fields))
    except ValidationError:
        return None
    if isinstance(thing, Edge):
        return thing.model_copy(update={"source": raw["from"], "target": raw["to"]})
    if isinstance(thing, Frame):
        return thing.model_copy(update={"nodes": tuple(raw.get("nodes", ()))})
    if isinstance(thing, Comment):
        return thing.model_copy(update={"node": raw["node"], "answer_to": raw.get("answerTo")})
    return thing


def _without_marks(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what speaks of nodes with names for keys: keys have a mark, which no id has."""
    speaking = ("from", "to", "node", "answerTo")
    ends: dict[str, Any] = {end: wish_of(fields[end]) for end in speaking if isinstance(fields.get(end), str)}
    members = fields.get("nodes")
    if isinstance(members, list):
        ends["nodes"] = [wish_of(node) if isinstance(node, str) else node for node in members]
    return ends


def _same_wish(key: Any, name: str) -> str:
    """Return a key where it asks for that name, else the name."""
    return key if isinstance(key, str) and wish_of(key) == name else name


def _put(shared: SharedMap, wanted: Mapping[str, Any], shape: Shape, kept: str | None = None) -> None:
    """Make a shared map say what is wanted, changing as little as possible; `kept` is a field that stays in entries."""
    for key in list(_gone(shared, wanted)):
        del shared[key]
    for key, value in wanted.items():
        inner = shape.fields.get(key) or shape.each
        if inner is None:
            there = shared.get(key, _MISSING)
            if there != value or isinstance(there, bool) != isinstance(value, bool):
                shared[key] = value
            continue
        if not isinstance(shared.get(key), Map):
            shared[key] = Map()
        stays = {kept: shared[key][kept]} if kept and kept in shared[key] else {}
        _put(shared[key], {**value, **stays}, inner)


_MISSING = object()


def _gone(shared: SharedMap, wanted: Mapping[str, Any]) -> Iterator[str]:
    return (key for key in shared.keys() if key not in wanted)  # noqa: SIM118 (only `keys` is typed as iterable)
