"""What documents are made of: ids, values of parameters, nodes, edges, frames, remarks and comments."""

from __future__ import annotations

import math
import uuid
from collections.abc import Container
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic.alias_generators import to_camel

MAX_NUMBER = 2**53
"""Beyond this, a browser's numbers are no longer exact."""
MAX_NAME, MAX_ORIGIN = 200, 500
"""Characters of what a graph is called, and of where it comes from."""
MAX_TEXT = 20_000
"""Characters of a parameter's text. Only code comes near it: what a traced network does between two nodes."""


def _finite(value: Any) -> Any:
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        raise ValueError("must be a finite number of at most 2^53")
    return value


def _param_value(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise ValueError(f"may have {MAX_TEXT:,} characters at most")
    if value is None or isinstance(value, (bool, str, int, float)):
        return _finite(value)
    raise ValueError("must be a number, a text, true, false or null")


ID_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$"
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Coordinate = Annotated[float, BeforeValidator(_finite)]
ParamValue = Annotated[
    bool | int | float | str | None,
    BeforeValidator(_param_value),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {"type": "number"},
                {"type": "string", "maxLength": MAX_TEXT},
                {"type": "null"},
            ],
            "title": "ParamValue",
        }
    ),
]
Note = Annotated[str, StringConstraints(max_length=10_000)]
ParamType = Literal["int", "float", "bool", "choice", "text", "code", "dataset", "size", "ints"]
"""``code`` is Python, on several lines if need be. A ``size`` is one whole number for height and width, or two: 3 and
"1, 7" in documents, 3 and (1, 7) in `Values`. ``ints`` are whole numbers in a row: "16, 7, 7" in documents, (16, 7, 7)
in `Values`."""


class DocumentModel(BaseModel):
    """What all parts of a document have in common: immutable, camelCase on disk, no unknown fields."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )


class Node(DocumentModel):
    """One node: a kind with its parameters, a place, and a note of the person who drew it."""

    kind: Kind
    params: dict[Id, ParamValue] = {}
    x: Coordinate = 0.0
    y: Coordinate = 0.0
    note: Note = ""


class Edge(DocumentModel):
    """A connection from an output port of one node to an input port of another."""

    source: Id = Field(alias="from")
    source_port: Id = Field(alias="fromPort")
    target: Id = Field(alias="to")
    target_port: Id = Field(alias="toPort")


Color = Literal["gray", "blue", "green", "yellow", "red", "purple"]
"""A name, not a value: light and dark themes, screens and paper each show their own."""


class Frame(DocumentModel):
    """A colored frame around nodes that belong together. It follows them wherever they stand."""

    label: Annotated[str, StringConstraints(max_length=200)] = ""
    color: Color = "blue"
    nodes: tuple[Id, ...] = ()

    def within(self, nodes: Container[str]) -> Frame:
        """Return the frame around those of its nodes that are among `nodes`."""
        kept = tuple(node for node in self.nodes if node in nodes)
        return self if kept == self.nodes else self.model_copy(update={"nodes": kept})


class Remark(DocumentModel):
    """A note on the canvas, beside the network: its text, its center, and its size in CSS px at zoom 1."""

    text: Annotated[str, StringConstraints(max_length=4_000)] = ""
    color: Color = "yellow"
    x: Coordinate = 0.0
    y: Coordinate = 0.0
    width: Annotated[float, BeforeValidator(_finite), Field(ge=80, le=1_200)] = 200.0
    height: Annotated[float, BeforeValidator(_finite), Field(ge=40, le=1_200)] = 100.0


class Comment(DocumentModel):
    """What somebody says about a node, or answers to what was said: plain text, with who wrote it and when.

    `author` is the name that others read, `account` what the server knows the person by. `time` is in UTC. `resolved`
    counts where a conversation begins; in an answer it says nothing. The node may be gone: the comment waits for it.
    """

    node: Id
    text: Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
    author: Annotated[str, StringConstraints(max_length=200)] = ""
    account: Annotated[str, StringConstraints(max_length=200)] = ""
    time: Annotated[str, StringConstraints(pattern=TIME_PATTERN)]
    answer_to: Id | None = None
    resolved: bool = False


class Meta(DocumentModel):
    """What identifies a graph: an id that is made once, and a name for people.

    `origin` says in words which drawing it was forked from; it is left out of files where it is empty.
    """

    id: Id = Field(default_factory=lambda: f"g{uuid.uuid4().hex}")
    name: Annotated[str, StringConstraints(max_length=MAX_NAME)] = "Network"
    origin: Annotated[
        str, StringConstraints(max_length=MAX_ORIGIN), Field(json_schema_extra={"left_out_where_empty": True})
    ] = ""
