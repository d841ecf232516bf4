"""A block: a part of a network under a name, with parameters, to be used many times, also in other blocks.

A node of the kind ``block/<id>`` stands for one use. Its parameters replace the block's defaults; its ports are the
block's inputs and outputs. A parameter of a node inside may be a text that begins with ``=``: an expression over the
block's parameters such as ``=channels * 4`` (:mod:`patholearn_lab.graph.expressions`).
"""

from __future__ import annotations

import keyword
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from patholearn_lab.graph.parts import MAX_NUMBER, DocumentModel, Edge, Id, Node, Note, ParamType, ParamValue

PREFIX = "block/"
"""What the kinds of nodes begin with that stand for blocks."""
MAX_BLOCKS = 200
MAX_BLOCK_NODES = 2_000
MAX_BLOCK_EDGES = 10_000
MAX_PORTS = 64
_WORDS_OF_THE_CODE = frozenset({"self", "super", "nn", "torch", "F"})

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
Number = Annotated[float, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
Choice = Annotated[str, StringConstraints(max_length=100)]


class BlockParam(DocumentModel):
    """One setting of a block, declared as those of the kinds are. Its name is a Python name, as code needs it."""

    name: Name
    type: ParamType = "int"
    default: ParamValue = None
    label: Annotated[str, StringConstraints(max_length=200)] = ""
    help: Note = ""
    minimum: Number | None = None
    maximum: Number | None = None
    choices: Annotated[tuple[Choice, ...], Field(max_length=MAX_PORTS)] = ()
    unit: Annotated[str, StringConstraints(max_length=40)] = ""
    basic: bool = True

    @model_validator(mode="after")
    def _ensure_name(self) -> Self:
        if keyword.iskeyword(self.name) or self.name in _WORDS_OF_THE_CODE:
            raise ValueError(f"a parameter cannot be called {self.name!r}, which means something else in Python")
        return self


class BlockInput(DocumentModel):
    """Where what comes in at the block's port `name` goes to.

    A port that feeds several nodes is listed once for each. `edge` is the id of the connection from the border to the
    node, which no other edge of the block has; where a node takes many, the ids decide the order.
    """

    name: Id
    label: Note = ""
    node: Id
    port: Id
    edge: Id


class BlockOutput(DocumentModel):
    """Which port inside gives what leaves the block at the port `name`."""

    name: Id
    label: Note = ""
    node: Id
    port: Id


class Block(DocumentModel):
    """The definition of a block."""

    label: Annotated[str, StringConstraints(max_length=200)] = ""
    params: Annotated[tuple[BlockParam, ...], Field(max_length=MAX_PORTS)] = ()
    nodes: Annotated[dict[Id, Node], Field(default_factory=dict, max_length=MAX_BLOCK_NODES)]
    edges: Annotated[dict[Id, Edge], Field(default_factory=dict, max_length=MAX_BLOCK_EDGES)]
    inputs: Annotated[tuple[BlockInput, ...], Field(max_length=MAX_BLOCK_NODES)] = ()
    outputs: Annotated[tuple[BlockOutput, ...], Field(max_length=MAX_PORTS)] = ()

    @model_validator(mode="after")
    def _ensure_names_differ(self) -> Self:
        ids = [*self.edges, *(entry.edge for entry in self.inputs)]
        for what, names in (
            ("parameter", [param.name for param in self.params]),
            ("output", [output.name for output in self.outputs]),
            ("connection", ids),
        ):
            if len(set(names)) < len(names):
                twice = next(name for name in names if names.count(name) > 1)
                raise ValueError(f"the block has the {what} {twice!r} twice")
        return self

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the input ports, in order."""
        return tuple(dict.fromkeys(entry.name for entry in self.inputs))


def block_of_kind(kind: str) -> str | None:
    """Return the id of the block that nodes of that kind stand for; None for all other kinds."""
    return kind.removeprefix(PREFIX) if kind.startswith(PREFIX) else None
