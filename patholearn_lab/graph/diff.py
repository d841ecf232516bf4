"""The difference of two documents: what a person changed, as data and as text.

Two documents are the same network where nodes, their settings and the connections are the same. A parameter that is
left out has its default, so writing the default down is no change; neither is another id of the same connection, unless
it changes the order in which a merge takes its inputs. Where nodes stand is told apart, because it changes no code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.topology import edge_order


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


class Change(_Part):
    """A value before and after; None where it was, or is, not set and has no default."""

    before: ParamValue
    after: ParamValue


class NodeChange(_Part):
    """What is different about a node that both documents have."""

    kind: Change | None = None
    params: dict[str, Change] = {}
    note: Change | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each change in words: ``kernel_size 3 → 7``."""
        said = [f"{self.kind.before} → {self.kind.after}"] if self.kind else []
        said += [f"{name} {_shown(value.before)} → {_shown(value.after)}" for name, value in self.params.items()]
        said += [f"note {_shown(self.note.before)} → {_shown(self.note.after)}"] if self.note else []
        return tuple(said)


class Move(_Part):
    """Where a node stood and stands, in CSS px at zoom 1."""

    before: tuple[float, float]
    after: tuple[float, float]


class Order(_Part):
    """The nodes that feed one input of a node, in the order in which it takes them, before and after."""

    node: str
    port: str
    before: tuple[str, ...]
    after: tuple[str, ...]


Sign = Literal["+", "-", "~", " "]
"""What is new, what is gone, what changed, and what changes no code."""


class Line(_Part):
    """One difference in words, and the node that it is about, where it is about one."""

    sign: Sign
    text: str
    node: str | None = None


class Difference(_Part):
    """What leads from one document to another. It is false where nothing but places and ids of edges differs.

    Parameters
    ----------
    name
        The graph's name.
    added, removed
        Whole nodes, by id.
    changed
        Nodes that both have.
    connected, disconnected
        Connections that only the new, or only the old document has.
    reordered
        Inputs that take the same nodes in another order.
    moved
        Nodes that both have and that stand elsewhere.
    added_blocks, removed_blocks, changed_blocks
        The ids of blocks, wherever they are used.
    inside
        What is different inside the changed ones, by the id of the block.
    beside
        How many frames and notes beside the network are not the same.
    names
        What people call the nodes of both.
    """

    name: Change | None = None
    added: dict[str, Node] = {}
    removed: dict[str, Node] = {}
    changed: dict[str, NodeChange] = {}
    connected: tuple[Edge, ...] = ()
    disconnected: tuple[Edge, ...] = ()
    reordered: tuple[Order, ...] = ()
    moved: dict[str, Move] = {}
    added_blocks: tuple[str, ...] = ()
    removed_blocks: tuple[str, ...] = ()
    changed_blocks: tuple[str, ...] = ()
    inside: dict[str, Difference] = {}
    beside: int = 0
    names: dict[str, str] = {}

    def __bool__(self) -> bool:
        nodes = (self.added, self.removed, self.changed, self.connected, self.disconnected, self.reordered)
        return any((self.name, *nodes, self.added_blocks, self.removed_blocks, self.changed_blocks))

    def __str__(self) -> str:
        return "\n".join(f"{line.sign} {line.text}" for line in self.lines) or "The two are the same."

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every difference in words, in an order in which people read it."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[Line]:
        if self.name:
            yield Line(sign=" ", text=f"name: {self.name.before} → {self.name.after}")
        for key, node in self.removed.items():
            yield Line(sign="-", text=self._described(key, node), node=key)
        for key, node in self.added.items():
            yield Line(sign="+", text=self._described(key, node), node=key)
        for key, change in self.changed.items():
            yield Line(sign="~", text=f"{self.names.get(key, key)}: {', '.join(change.sentences)}", node=key)
        signed: tuple[tuple[Sign, tuple[Edge, ...]], ...] = (("-", self.disconnected), ("+", self.connected))
        for sign, edges in signed:
            for edge in edges:
                if edge.source in self.removed or edge.target in self.removed:
                    continue  # Goes without saying.
                ends = (self._end(edge.source, edge.source_port), self._end(edge.target, edge.target_port))
                yield Line(sign=sign, text=" → ".join(ends), node=edge.target)
        for order in self.reordered:
            now, then = (", ".join(self.names.get(key, key) for key in keys) for keys in (order.after, order.before))
            text = f"{self.names.get(order.node, order.node)} takes {now} instead of {then}"
            yield Line(sign="~", text=text, node=order.node)
        yield from (Line(sign="-", text=f"the block {block}") for block in self.removed_blocks)
        yield from (Line(sign="+", text=f"the block {block}") for block in self.added_blocks)
        for block in self.changed_blocks:
            yield Line(sign="~", text=f"the block {block}")
            for line in self.inside[block].lines if block in self.inside else ():
                yield Line(sign=line.sign, text=f"  in {block}: {line.text}")
        if self.moved:
            places = "1 node stands" if len(self.moved) == 1 else f"{len(self.moved):,} nodes stand"
            yield Line(sign=" ", text=f"{places} elsewhere")
        if self.beside:
            beside = "1 frame or note" if self.beside == 1 else f"{self.beside:,} frames and notes"
            yield Line(sign=" ", text=f"{beside} beside the network changed")

    def _described(self, key: str, node: Node) -> str:
        settings = ", ".join(f"{name}={_shown(value)}" for name, value in sorted(node.params.items()))
        return f"{self.names.get(key, key)} ({node.kind}{': ' if settings else ''}{settings})"

    def _end(self, node: str, port: str) -> str:
        usual = port in ("input", "output", "images", "features", "scores")
        return self.names.get(node, node) + ("" if usual else f".{port}")


def diff(before: Document, after: Document) -> Difference:
    """Return what changed from one document to another.

    Parameters
    ----------
    before, after
        The two documents. Nodes are the same where their ids are.

    Returns
    -------
    Difference
        ``bool(difference)`` tells whether the network is another one, ``str(difference)`` is for people: a line each,
        ``-`` for what is gone, ``+`` for what is new, ``~`` for what changed.
    """
    old, new = before.nodes, after.nodes
    both = [key for key in sorted(old) if key in new]
    changes = {key: _node_change(old[key], new[key]) for key in both}
    return Difference(
        name=_change(before.meta.name, after.meta.name),
        added={key: new[key] for key in sorted(new) if key not in old},
        removed={key: old[key] for key in sorted(old) if key not in new},
        changed={key: change for key, change in changes.items() if change != NodeChange()},
        connected=_only(after, before),
        disconnected=_only(before, after),
        reordered=tuple(_reordered(before, after)),
        moved={
            key: Move(before=(old[key].x, old[key].y), after=(new[key].x, new[key].y))
            for key in both
            if (old[key].x, old[key].y) != (new[key].x, new[key].y)
        },
        added_blocks=tuple(sorted(after.blocks.keys() - before.blocks.keys())),
        removed_blocks=tuple(sorted(before.blocks.keys() - after.blocks.keys())),
        changed_blocks=tuple(
            key for key, block in sorted(before.blocks.items()) if after.blocks.get(key, block) != block
        ),
        inside=_inside(before, after),
        beside=sum(
            one.get(key) != other.get(key)
            for one, other in ((before.frames, after.frames), (before.remarks, after.remarks))
            for key in one.keys() | other.keys()
        ),
        names={key: name_of(before, key) for key in old} | {key: name_of(after, key) for key in new},
    )


def _inside(before: Document, after: Document) -> dict[str, Difference]:
    """Return what is different in the blocks that both have, as documents of their own."""
    pairs = {key: (block, after.blocks[key]) for key, block in sorted(before.blocks.items()) if key in after.blocks}
    graphs = {
        key: [Document(nodes=block.nodes, edges=block.edges, meta=after.meta) for block in pair]
        for key, pair in pairs.items()
        if pair[0] != pair[1]
    }
    return {key: diff(*pair) for key, pair in graphs.items()}


def _node_change(old: Node, new: Node) -> NodeChange:
    before, after = _settings(old), _settings(new)
    return NodeChange(
        kind=_change(old.kind, new.kind),
        params={
            name: change
            for name in sorted(before.keys() | after.keys())
            # A default that came or went with the kind is no decision of anybody.
            if (old.kind == new.kind or name in old.params or name in new.params)
            and (change := _change(before.get(name), after.get(name)))
        },
        note=_change(old.note, new.note),
    )


def _settings(node: Node) -> Mapping[str, ParamValue]:
    spec = spec_of(node.kind)
    defaults = {param.name: param.default for param in spec.params} if spec else {}
    return defaults | {name: value for name, value in node.params.items() if value is not None}


def _change(before: ParamValue, after: ParamValue) -> Change | None:
    # 3 and 3.0 are one number, but True and 1 are not the same answer.
    same = before == after and isinstance(before, bool) == isinstance(after, bool)
    return None if same else Change(before=before, after=after)


def _ends(edge: Edge) -> tuple[str, str, str, str]:
    return (edge.source, edge.source_port, edge.target, edge.target_port)


def _only(one: Document, other: Document) -> tuple[Edge, ...]:
    extra = Counter(map(_ends, one.edges.values())) - Counter(map(_ends, other.edges.values()))
    return tuple(
        Edge(source=source, source_port=source_port, target=target, target_port=target_port)
        for source, source_port, target, target_port in sorted(extra.elements())
    )


def _reordered(before: Document, after: Document) -> Iterator[Order]:
    old, new = _arriving(before), _arriving(after)
    for node, port in sorted(old.keys() & new.keys()):
        one, other = old[node, port], new[node, port]
        if one != other and sorted(one) == sorted(other):
            yield Order(node=node, port=port, before=one, after=other)


def _arriving(document: Document) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the nodes that feed every input, in the order of the edges."""
    arriving: dict[tuple[str, str], tuple[str, ...]] = {}
    for key in sorted(document.edges, key=edge_order):
        edge = document.edges[key]
        port = (edge.target, edge.target_port)
        arriving[port] = (*arriving.get(port, ()), edge.source)
    return arriving


def _shown(value: ParamValue) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        line = " ".join(value.split())
        return f"“{line[:60]}…”" if len(line) > 60 else f"“{line}”"
    return f"{value:g}" if isinstance(value, float) else str(value)
