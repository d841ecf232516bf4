"""What an architecture can do with blocks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.addition import addition
from patholearn_lab.graph.block import PREFIX, Block
from patholearn_lab.graph.document import Document, ParamValue, read_document
from patholearn_lab.graph.grouping import group, ungroup
from patholearn_lab.graph.kinds import kinds_of
from patholearn_lab.graph.operations import Operation, SetBlock, apply
from patholearn_lab.graph.ready_blocks import ready_block, with_projection


class BlockMethods(ABC):
    """The part of `Architecture` that is about blocks."""

    @property
    @abstractmethod
    def document(self) -> Document:
        """The graph as it is now."""

    @abstractmethod
    def apply(self, operations: Iterable[Operation | Mapping[str, Any]]) -> None:
        """Apply operations as one undo step."""

    @property
    def blocks(self) -> Mapping[str, Block]:
        """The blocks of this graph by their ids; ``model_dump(mode="json")`` makes one data for a file."""
        return self.document.blocks

    def group(self, nodes: Iterable[str], name: str) -> str:
        """Make a block of some nodes, put a node for it in their place, and return its id.

        Raises
        ------
        DocumentError
            When the nodes cannot be a block; the message says why.
        """
        node, operations = group(self.document, nodes, name)
        self.apply(operations)
        return node

    def ungroup(self, node: str) -> list[str]:
        """Put the inside of a block in the place of the node that stands for it, and return the ids of the nodes."""
        nodes, operations = ungroup(self.document, node)
        self.apply(operations)
        return nodes

    def define_block(self, name: str, block: Block | Mapping[str, Any]) -> str:
        """Define a block, or change its definition, and return the kind of the nodes that stand for it.

        Parameters
        ----------
        name
            Its id: a letter, then letters, digits and underscores.
        block
            The definition, also as the dictionary that it is in a file.

        Raises
        ------
        DocumentError
            When it is none, or would contain itself or too much.
        """
        raw = block.model_dump(mode="json") if isinstance(block, Block) else dict(block)
        checked = read_document({"schemaVersion": self.document.schema_version, "blocks": {name: raw}}).blocks[name]
        operation = SetBlock(id=name, block=checked)
        problem = kinds_of(apply(self.document, [operation])).problems.get(name)
        if problem is not None:
            raise DocumentError(problem.message, "Change the block before it is defined.")
        self.apply([operation])
        return f"{PREFIX}{name}"

    def add_block(
        self,
        name: str,
        after: str | None = None,
        note: str = "",
        project: bool | None = None,
        **params: ParamValue,
    ) -> str:
        """Add a use of a block of this graph, or of a ready one, and return the id of its node.

        Parameters
        ----------
        name
            The id of a block of this graph, or one of :func:`patholearn_lab.graph.ready_blocks.ready_blocks`.
        after, note
            As in `add`.
        project
            For the residual and bottleneck blocks: whether a 1 × 1 convolution on the shortcut lets channels and size
            change. Left out, it does where there is a stride.
        **params
            Its settings; what is left out has the block's default.

        Raises
        ------
        NotFoundError
            When there is no such block.
        DocumentError
            When a setting is wrong, or the connection is refused.
        """
        name = with_projection(name, params, project)
        definition = [] if name in self.document.blocks else [SetBlock(id=name, block=ready_block(name).block)]
        defined = apply(self.document, definition)
        node, operations = addition(defined, f"{PREFIX}{name}", after, note, params)
        self.apply([*definition, *operations])
        return node
