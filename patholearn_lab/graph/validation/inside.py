"""What is inside nodes that stand for blocks, as the rules look at it, and which inner nodes meet at their borders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.interior import BORDER
from patholearn_lab.graph.issues import NodeFacts
from patholearn_lab.graph.kinds import Inside
from patholearn_lab.graph.spec import NodeSpec
from patholearn_lab.graph.validation.examined import Examined


def inside_of(examined: Examined, node: str) -> Inside | None:
    """Return the inside of a node that stands for a block; None for others, and where its parameters are wrong."""
    if not examined.kinds.blocks or node not in examined.values:
        return None
    if examined.kinds.block(examined.document.nodes[node].kind) is None:
        return None
    name = block_of_kind(examined.document.nodes[node].kind) or ""
    shapes, windows = examined.inferred.inputs.get(node), examined.inferred.windows.get(node)
    return examined.kinds.inside(name, examined.values[node], shapes, windows)


def examined_inside(examined: Examined, inside: Inside) -> Examined:
    """Return the inside of a block as the rules look at it."""
    return Examined(
        document=inside.document,
        kinds=examined.kinds.within,
        topology=inside.topology,
        specs=inside.specs,
        values=inside.values,
        setting_problems=inside.setting_problems,
        dataset_id="",
        dataset=examined.dataset,
        inferred=inside.inferred,
    )


@dataclass(frozen=True)
class InnerNode:
    """A node inside blocks: the way to it from outside, what is known about it, and whether the code has it."""

    path: tuple[str, ...]
    facts: NodeFacts
    is_used: bool
    is_block: bool


def inner_nodes(examined: Examined, node: str) -> Iterator[InnerNode]:
    """Yield the nodes inside a node that stands for a block, and those inside the blocks in there."""
    inside = inside_of(examined, node)
    if inside is None:
        return
    inner = examined_inside(examined, inside)
    used = set(inside.nodes)
    for key, content in inside.document.nodes.items():
        if content.kind in BORDER:
            continue
        is_block = block_of_kind(content.kind) is not None
        yield InnerNode((node, key), inside.inferred.facts[key], key in used, is_block)
        for below in inner_nodes(inner, key):
            yield InnerNode((node, *below.path), below.facts, key in used and below.is_used, below.is_block)


@dataclass(frozen=True)
class Place:
    """A node where it stands: in the whole graph, or inside a block, with the way to it from outside."""

    examined: Examined
    path: tuple[str, ...]

    @property
    def node(self) -> str:
        """Its id where it stands."""
        return self.path[-1]

    @property
    def spec(self) -> NodeSpec | None:
        """Its kind, where that is known."""
        return self.examined.specs.get(self.node)

    @property
    def name(self) -> str:
        """What people call it, and the block that it is in."""
        own = self.examined.name(self.node)
        return own if len(self.path) == 1 else f"{own} inside {self.path[0]}"


def giver(examined: Examined, node: str, port: str, way: tuple[str, ...] = ()) -> Place:
    """Return what gives that which leaves a node at a port: the node itself, or one inside the block it stands for."""
    inside = inside_of(examined, node)
    if inside is None or port not in inside.document.exits:
        return Place(examined, (*way, node))
    leaving = inside.topology.incoming[inside.document.exits[port]]
    if len(leaving) != 1:
        return Place(examined, (*way, node))
    edge = inside.topology.edges[leaving[0]]
    return giver(examined_inside(examined, inside), edge.source, edge.source_port, (*way, node))


def taker(examined: Examined, node: str, port: str, way: tuple[str, ...] = ()) -> Place | None:
    """Return what takes that which comes in at a port; None where several nodes inside a block do."""
    inside = inside_of(examined, node)
    if inside is None or port not in inside.document.entries:
        return Place(examined, (*way, node))
    entering = inside.topology.outgoing[inside.document.entries[port]]
    if len(entering) != 1:
        return None
    edge = inside.topology.edges[entering[0]]
    return taker(examined_inside(examined, inside), edge.target, edge.target_port, (*way, node))


def places_above(examined: Examined, node: str, way: tuple[str, ...] = ()) -> Iterator[Place]:
    """Yield the nodes above one, nearest first, through blocks too, as long as each is fed by just one node."""
    below = node
    for above in examined.above(node):
        inside = inside_of(examined, above)
        if inside is None:
            yield Place(examined, (*way, above))
        else:
            inner = examined_inside(examined, inside)
            edge = examined.topology.edges[examined.topology.incoming[below][0]]
            last = ""
            for place in places_above(inner, inside.document.exits.get(edge.source_port, ""), (*way, above)):
                last = place.node
                if place.spec is None or place.spec.kind not in BORDER:
                    yield place
            if last not in inside.document.entries.values():
                return
        below = above
