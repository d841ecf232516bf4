"""The inside of a block as a document of its own, so that all that is known about graphs holds for it as well.

Each input and output of the block becomes a node at the border, of a kind that exists only here. A change to that
document is a change to the block (:func:`block_of`); that is how the mends of issues inside reach the definition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from patholearn_lab.graph.block import Block, BlockInput, BlockOutput
from patholearn_lab.graph.document import Document, Edge, Meta, Node
from patholearn_lab.graph.spec import NodeSpec, Port, PortType

_TYPES: tuple[PortType, ...] = ("image", "sequence", "vector")
_ANY = "any"
_OUT = "border/output"
_META = Meta(id="inside", name="Inside")

BORDER: Mapping[str, NodeSpec] = {
    **{
        f"border/{name}": NodeSpec(
            kind=f"border/{name}",
            label="Input of the block",
            category="Blocks",
            summary="What comes in.",
            style="end",
            role="input",
            outputs=(Port(name="output", label="What comes in", types=types),),
        )
        for name, types in ((_ANY, _TYPES), *((name, (name,)) for name in _TYPES))
    },
    _OUT: NodeSpec(
        kind=_OUT,
        label="Output of the block",
        category="Blocks",
        summary="What leaves.",
        style="end",
        role="output",
        inputs=(Port(name="input", label="What leaves", types=_TYPES),),
    ),
}
"""The kinds of the nodes at the border."""


class Interior(Document):
    """The inside of a block as a document. `entries` and `exits` name the border's nodes, port by port."""

    entries: dict[str, str]
    exits: dict[str, str]


def interior_of(block: Block, blocks: dict[str, Block], types: Sequence[PortType] | None = None) -> Interior:
    """Return the inside of a block; `types` say what comes in at its inputs, where that is known."""
    names = block.input_names
    entries = dict(zip(names, _free(block, "from", len(names)), strict=True))
    exits = {
        output.name: key for output, key in zip(block.outputs, _free(block, "to", len(block.outputs)), strict=True)
    }
    labels = {entry.name: entry.label for entry in reversed(block.inputs)}
    labels |= {output.name: output.label for output in block.outputs}
    top = min((node.y for node in block.nodes.values()), default=0.0) - 1.0
    nodes = {
        entries[name]: Node(kind=f"border/{types[place] if types else _ANY}", y=top, note=labels[name] or name)
        for place, name in enumerate(names)
    }
    nodes |= block.nodes
    nodes |= {key: Node(kind=_OUT, y=top, note=labels[name] or name) for name, key in exits.items()}
    edges = {
        entry.edge: Edge(source=entries[entry.name], source_port="output", target=entry.node, target_port=entry.port)
        for entry in block.inputs
    }
    edges |= block.edges
    edges |= {
        f"{key}_": Edge(source=output.node, source_port=output.port, target=key, target_port="input")
        for output, key in zip(block.outputs, exits.values(), strict=True)
    }
    return Interior.model_construct(nodes=nodes, edges=edges, blocks=blocks, meta=_META, entries=entries, exits=exits)


def block_of(interior: Interior, block: Block) -> Block:
    """Return the block after its inside has changed."""
    entries = {key: name for name, key in interior.entries.items()}
    exits = {key: name for name, key in interior.exits.items()}
    border = entries.keys() | exits.keys()
    labels = {("in", entry.name): entry.label for entry in reversed(block.inputs)}
    labels |= {("out", output.name): output.label for output in block.outputs}
    inner = {key: edge for key, edge in interior.edges.items() if not {edge.source, edge.target} & border}
    inputs = [
        BlockInput(
            name=entries[edge.source],
            label=labels["in", entries[edge.source]],
            node=edge.target,
            port=edge.target_port,
            edge=key,
        )
        for key, edge in interior.edges.items()
        if edge.source in entries and edge.target not in exits
    ]
    outputs = [
        BlockOutput(
            name=exits[edge.target],
            label=labels["out", exits[edge.target]],
            node=edge.source,
            port=edge.source_port,
        )
        for edge in interior.edges.values()
        if edge.target in exits and edge.source not in entries
    ]
    order = {name: place for place, name in enumerate((*interior.entries, *interior.exits))}
    return block.model_copy(
        update={
            "nodes": {key: node for key, node in interior.nodes.items() if key not in border},
            "edges": inner,
            "inputs": tuple(sorted(inputs, key=lambda entry: order[entry.name])),
            "outputs": tuple(sorted(outputs, key=lambda output: order[output.name])),
        }
    )


def _free(block: Block, stem: str, count: int) -> list[str]:
    """Return ids for nodes at the border that no node inside has."""
    found: list[str] = []
    edges = {*block.edges, *(entry.edge for entry in block.inputs)}
    number = 1
    while len(found) < count:
        key = f"{stem}_{number}"
        if key not in block.nodes and f"{key}_" not in edges:
            found.append(key)
        number += 1
    return found
