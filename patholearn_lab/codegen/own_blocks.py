"""Blocks found in a cell: a class that is still as its block was written is that block."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from patholearn_lab.codegen.blocks import BlockClasses
from patholearn_lab.codegen.expressions import is_flat
from patholearn_lab.codegen.matching import Match
from patholearn_lab.codegen.model import layer_nodes
from patholearn_lab.codegen.source import Source
from patholearn_lab.codegen.symbols import Instance, Signal
from patholearn_lab.graph.block import PREFIX, block_of_kind
from patholearn_lab.graph.calls import UnreadableCallError, size_text
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, ParamValue
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.spec import NodeSpec
from patholearn_lab.graph.validation.examined import Examined


@dataclass(frozen=True)
class KnownBlock:
    """A block of the document as the class that it was written as.

    Parameters
    ----------
    spec
        The kind of its nodes.
    arguments
        The names of the class's arguments, in order.
    defaults
        Those of them that are the block's parameters.
    dump
        The syntax tree of the class.
    inner
        The classes of the blocks inside.
    """

    spec: NodeSpec
    arguments: tuple[str, ...]
    defaults: Mapping[str, Any]
    dump: str
    inner: tuple[str, ...] = ()

    def match(self, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Match:
        """Return the node that a call of the class makes. Raises UnreadableCallError."""
        given = dict(zip(self.arguments, positional, strict=False)) | dict(keywords)
        params: dict[str, ParamValue] = {}
        for name, default in self.defaults.items():
            value = given.get(name, default)
            if not is_flat(value):
                raise UnreadableCallError(f"the value of its argument {name!r} cannot be worked out from the cell")
            if value != default:
                params[name] = size_text(value)
        return Match(self.spec, params)


class Blocks(Protocol):
    """Tells which objects of a cell are blocks of the graph."""

    def block_of(self, reader: Any, made: Instance, inputs: Sequence[Signal], line: int) -> KnownBlock | None:
        """Return the block that an object is, at the use with these inputs; None where its layers are drawn instead."""


class NoBlocks:
    """A cell without blocks."""

    def block_of(self, reader: Any, made: Instance, inputs: Sequence[Signal], line: int) -> KnownBlock | None:  # noqa: ARG002
        """Return None."""
        return None


def known_blocks(document: Document, lookup: DatasetLookup) -> dict[str, KnownBlock]:
    """Return the blocks of a document by the names of their classes; none where the graph could not be written."""
    if not document.blocks or check(document, lookup).network_errors:
        return {}
    examined = Examined.of(document, lookup)
    found: dict[str, KnownBlock] = {}
    for made in BlockClasses(examined, layer_nodes(examined)).classes:
        spec = examined.kinds.get(f"{PREFIX}{made.block}")
        if spec is None:
            continue
        source = Source()
        made.write(source)
        inner = {layer.function for layer in made.layers if block_of_kind(layer.spec.kind) is not None}
        dump = ast.dump(ast.parse(source.text()).body[0])
        arguments = (*made.dims, *made.extras, *made.defaults)
        found[made.name] = KnownBlock(spec, arguments, made.defaults, dump, tuple(sorted(inner)))
    return found
