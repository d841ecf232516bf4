"""From a selection of nodes to a block, and back: the operations for both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.addition import node_in
from patholearn_lab.graph.block import PREFIX, Block, BlockInput, BlockOutput, block_of_kind
from patholearn_lab.graph.calls import size_text
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document, Edge, Node
from patholearn_lab.graph.kinds import evaluated, kinds_of
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.operations import AddEdge, AddNode, Operation, RemoveBlock, RemoveNode, SetBlock, apply
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.topology import Topology, edge_order


def group(document: Document, selection: Iterable[str], name: str) -> tuple[str, list[Operation]]:
    """Return the node that will stand for the selected nodes, and the operations that make a block of them.

    Parameters
    ----------
    document
        The graph.
    selection
        The ids of the nodes. What comes in from outside becomes an input for each port that gives it, as do inputs
        that are not connected; what leaves, or is not connected, becomes an output.
    name
        What people call the block.

    Raises
    ------
    DocumentError
        When that is impossible: an input, an output or a metric is among them, or data would run in a circle.
    NotFoundError
        When one of the nodes does not exist.
    """
    inner = dict.fromkeys(selection)
    topology = Topology.of(document)
    _ensure_can_group(document, topology, inner)
    edges = {key: edge for key, edge in topology.edges.items() if {edge.source, edge.target} & inner.keys()}
    leaving = {key: edge for key, edge in edges.items() if edge.target not in inner}
    entering = {key: edge for key, edge in edges.items() if edge.source not in inner}
    inputs = _inputs(document, inner, edges, entering)
    outputs = _outputs(document, inner, edges, leaving)
    block = Block(
        label=name,
        nodes={key: document.nodes[key] for key in sorted(inner)},
        edges={key: edge for key, edge in edges.items() if key not in entering and key not in leaving},
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )
    block_id = new_block_id(document, name)
    kind = f"{PREFIX}{block_id}"
    defined = apply(document, [SetBlock(id=block_id, block=block)])
    spec = kinds_of(defined).get(kind)
    node = free_id(document.nodes, spec.stem if spec else "block")
    x, y = _center(block)
    ports = {entry.edge: entry.name for entry in inputs}
    names = {(output.node, output.port): output.name for output in outputs}
    wires: dict[str, Edge] = {}
    for key, edge in entering.items():
        wire = edge.model_copy(update={"target": node, "target_port": ports[key]})
        if wire not in wires.values():
            wires[key] = wire
    for key, edge in leaving.items():
        wires[key] = edge.model_copy(update={"source": node, "source_port": names[edge.source, edge.source_port]})
    return node, [
        SetBlock(id=block_id, block=block),
        *(RemoveNode(id=key) for key in inner),
        AddNode(id=node, node=Node(kind=kind, x=x, y=y)),
        *(AddEdge(id=key, edge=edge) for key, edge in wires.items()),
    ]


def ungroup(document: Document, node: str) -> tuple[list[str], list[Operation]]:
    """Return the nodes that will come out of a block, and the operations that put them in its place.

    Expressions become the values that they have at this use. The definition goes with its last use.

    Raises
    ------
    DocumentError
        When the node stands for no block, or one of its parameters is wrong.
    NotFoundError
        When the node does not exist.
    """
    use = node_in(document, node)
    kinds = kinds_of(document)
    block, spec = kinds.block(use.kind), kinds.get(use.kind)
    if block is None or spec is None:
        raise DocumentError(
            f"{name_of(document, node)} stands for no block that could be dissolved.",
            f"Choose a node whose kind begins with {PREFIX!r} and whose block the graph has.",
        )
    values, problems = values_of(spec, use.params)
    renamed: dict[str, str] = {}
    added: list[Operation] = []
    center = _center(block)
    taken = document.nodes.keys() - {node}
    for key, inner in sorted(block.nodes.items()):
        renamed[key] = key if key not in taken else free_id({*taken, *block.nodes, *renamed.values()}, key)
        params, wrong = evaluated(inner.params, values)
        params = {name: size_text(value) for name, value in params.items()}
        problems += wrong
        place = {"x": inner.x + (use.x - center[0]), "y": inner.y + (use.y - center[1])}
        added.append(AddNode(id=renamed[key], node=inner.model_copy(update={"params": params, **place})))
    if problems:
        raise DocumentError(f"{name_of(document, node)}: {problems[0].message}", f"Change {problems[0].param!r} first.")
    wires = _dissolved(document, node, block, renamed)
    name = block_of_kind(use.kind) or ""
    return list(renamed.values()), [
        RemoveNode(id=node),
        *added,
        *(AddEdge(id=key, edge=edge) for key, edge in wires),
        *([] if _is_used_elsewhere(document, node, use.kind) else [RemoveBlock(id=name)]),
    ]


def expanded(document: Document) -> Document:
    """Return the document with all blocks dissolved, those in blocks as well. Raises DocumentError as `ungroup`."""
    while True:
        use = next((key for key, node in sorted(document.nodes.items()) if kinds_of(document).block(node.kind)), None)
        if use is None:
            return document
        document = apply(document, ungroup(document, use)[1])


def new_block_id(document: Document, name: str) -> str:
    """Return an id for a block of that name: ``"Dense part"`` is ``dense_part``, or ``dense_part_2`` if it is taken."""
    base = "_".join(re.findall(r"[A-Za-z0-9]+", name.lower()))[:40] or "block"
    base = base if base[0].isalpha() else f"block_{base}"
    number, key = 2, base
    while key in document.blocks:
        key, number = f"{base}_{number}", number + 1
    return key


def _ensure_can_group(document: Document, topology: Topology, inner: dict[str, None]) -> None:
    if not inner:
        raise DocumentError("Nothing is selected, so there is nothing to make a block of.", "Choose one node or more.")
    for key in inner:
        spec = kinds_of(document).get(node_in(document, key).kind)
        if spec is None:
            raise DocumentError(
                f"{name_of(document, key)} is of an unknown kind, so its connections cannot be put at a border.",
                "Leave it out, or replace it.",
            )
        if spec.role != "layer":
            raise DocumentError(
                f"{name_of(document, key)} is a {spec.label}, which belongs to the whole graph and not into a block.",
                "Leave it out of the selection.",
            )
    outside = {target for key in inner for target in topology.targets(key) if target not in inner}
    between = topology.reached_from(outside) & topology.leading_to(inner) - inner.keys()
    if between:
        named = " and ".join(name_of(document, key) for key in sorted(between)[:3])
        raise DocumentError(
            f"The way through the selected nodes leads outside, over {named}, and back: "
            "with a block in their place, data would run in a circle.",
            f"Select {named} as well, or fewer nodes.",
        )


def _inputs(
    document: Document, inner: dict[str, None], edges: dict[str, Edge], entering: dict[str, Edge]
) -> list[BlockInput]:
    """Return an input for everything that comes in, or could: the ports inside that it goes to."""
    goals = [((edge.source, edge.source_port), edge.target, edge.target_port, key) for key, edge in entering.items()]
    fed = {(edge.target, edge.target_port) for edge in edges.values()}
    taken = set(document.edges)
    for key in inner:
        spec = kinds_of(document).get(document.nodes[key].kind)
        for port in spec.inputs if spec else ():
            if (key, port.name) not in fed:
                edge = free_id(taken, "open")
                taken.add(edge)
                goals.append(((key, port.name), key, port.name, edge))
    givers = list(dict.fromkeys(giver for giver, *_ in goals))
    names = dict(zip(givers, _numbered("input", len(givers)), strict=True))
    return [BlockInput(name=names[giver], node=node, port=port, edge=edge) for giver, node, port, edge in goals]


def _outputs(
    document: Document, inner: dict[str, None], edges: dict[str, Edge], leaving: dict[str, Edge]
) -> list[BlockOutput]:
    """Return an output for everything that leaves, or that nothing inside takes."""
    givers = [(edge.source, edge.source_port) for edge in leaving.values()]
    used = {(edge.source, edge.source_port) for edge in edges.values()}
    for key in inner:
        spec = kinds_of(document).get(document.nodes[key].kind)
        givers += [(key, port.name) for port in (spec.outputs if spec else ()) if (key, port.name) not in used]
    givers = list(dict.fromkeys(givers))
    names = _numbered("output", len(givers))
    return [BlockOutput(name=name, node=node, port=port) for name, (node, port) in zip(names, givers, strict=True)]


def _numbered(stem: str, count: int) -> list[str]:
    return [stem] if count == 1 else [f"{stem}_{number}" for number in range(1, count + 1)]


def _dissolved(document: Document, node: str, block: Block, renamed: dict[str, str]) -> Iterator[tuple[str, Edge]]:
    """Yield the edges that take the place of those of a use of a block."""
    edges = {key: edge for key, edge in document.edges.items() if node not in (edge.source, edge.target)}
    entering = {edge.target_port: edge for edge in document.edges.values() if edge.target == node}
    leaving = {key: edge for key, edge in document.edges.items() if edge.source == node}
    inside = {
        key: Edge(
            source=renamed[edge.source],
            source_port=edge.source_port,
            target=renamed[edge.target],
            target_port=edge.target_port,
        )
        for key, edge in block.edges.items()
        if edge.source in renamed and edge.target in renamed
    }
    inside |= {
        entry.edge: entering[entry.name].model_copy(update={"target": renamed[entry.node], "target_port": entry.port})
        for entry in block.inputs
        if entry.name in entering and entry.node in renamed
    }
    taken = {*edges, *leaving}
    # Ids decide the order at a port that takes many. So either all stay, or all are new and in the same order.
    is_free = not taken & inside.keys()
    for key, edge in sorted(inside.items(), key=lambda item: edge_order(item[0])):
        name = key if is_free else free_id(taken, "w")
        taken.add(name)
        yield name, edge
    outputs = {output.name: output for output in block.outputs}
    for key, edge in leaving.items():
        output = outputs.get(edge.source_port)
        if output is not None and output.node in renamed:
            yield key, edge.model_copy(update={"source": renamed[output.node], "source_port": output.port})


def _is_used_elsewhere(document: Document, node: str, kind: str) -> bool:
    outer = (other.kind for key, other in document.nodes.items() if key != node)
    inner = (other.kind for block in document.blocks.values() for other in block.nodes.values())
    return kind in {*outer, *inner}


def _center(block: Block) -> tuple[float, float]:
    xs, ys = [node.x for node in block.nodes.values()], [node.y for node in block.nodes.values()]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2) if xs else (0.0, 0.0)
