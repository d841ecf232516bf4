"""What goes into a network: the arguments of its ``forward``, and which part of a batch each of them is.

A cell says it where that is not one image a sample: ``INPUTS = ["images", "features"]``, and a batch is
``(images, features), labels`` then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patholearn_lab.codegen.names import RESERVED
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.topology import Topology

IMAGES, FEATURES = "images", "features"
PARTS = (IMAGES, FEATURES)
"""What may go into a network: the parts of a batch before the targets, in the order in which a cell is written."""
IMAGE = "image"
"""The argument of ``forward`` for the image where there is a second one. It keeps its value: the way on is ``x``."""

_ARGUMENTS: Mapping[str, str] = {IMAGES: IMAGE, FEATURES: FEATURES}
_ROLES: Mapping[str, str] = {"input": IMAGES, "second_input": FEATURES}


@dataclass(frozen=True)
class Input:
    """An argument of ``forward``: the node and port that give it, and the part of a batch that it is."""

    argument: str
    node: str
    port: str
    part: str


def inputs_of(document: Document, topology: Topology, outputs: Sequence[str]) -> tuple[Input, ...]:
    """Return what goes into the network of a document, the image first; where it is one thing, it is called ``x``.

    That is what the outputs need, and the image where they need nothing (an unfinished graph).
    """
    needed = topology.leading_to(outputs)
    nodes: dict[str, str] = {}
    for key, node in sorted(document.nodes.items()):
        spec = spec_of(node.kind)
        if spec is not None and spec.role in _ROLES:
            nodes.setdefault(_ROLES[spec.role], key)
    used = [part for part in PARTS if nodes.get(part) in needed] or [part for part in PARTS[:1] if part in nodes]
    names = _ARGUMENTS if len(used) > 1 else dict.fromkeys(used, "x")
    return tuple(Input(names[part], nodes[part], _port(document, nodes[part]), part) for part in used)


def reserved(inputs: Sequence[Input]) -> frozenset[str]:
    """Return the names that a layer must not have beside these arguments."""
    return RESERVED | {each.argument for each in inputs}


def _port(document: Document, node: str) -> str:
    spec = spec_of(document.nodes[node].kind)
    return spec.outputs[0].name if spec else ""
