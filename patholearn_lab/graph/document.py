"""The architecture document ``*.arch.json``: its models, and how it is read and written.

What is read here may come from anywhere: a file, a browser, another person. It is refused as a whole where its form is
wrong (`DocumentError`); what is well-formed but makes no sense (an unknown kind, an edge to nowhere) is kept, and
:func:`patholearn_lab.graph.check.check` reports it as an issue, because a person can mend that in the editor.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from patholearn_lab.errors import DocumentError, TooLargeError

SCHEMA_VERSION = 1
MAX_NODES = 2_000
MAX_EDGES = 10_000
MAX_BYTES = 8_000_000
MAX_NUMBER = 2**53
"""Beyond this, a browser's numbers are no longer exact."""


def _finite(value: Any) -> Any:
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= MAX_NUMBER):
        raise ValueError("must be a finite number of at most 2^53")
    return value


def _param_value(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 2_000:
        raise ValueError("may have 2,000 characters at most")
    if value is None or isinstance(value, (bool, str, int, float)):
        return _finite(value)
    raise ValueError("must be a number, a text, true, false or null")


Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
Kind = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Coordinate = Annotated[float, BeforeValidator(_finite)]
ParamValue = Annotated[
    bool | int | float | str | None,
    BeforeValidator(_param_value),
    WithJsonSchema(
        {"anyOf": [{"type": name} for name in ("boolean", "number", "string", "null")], "title": "ParamValue"}
    ),
]
Note = Annotated[str, StringConstraints(max_length=10_000)]


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


class Group(DocumentModel):
    """Nodes that belong together."""

    label: Note = ""
    nodes: tuple[Id, ...] = ()


class Meta(DocumentModel):
    """What identifies a graph: an id that is made once, and a name for people."""

    id: Id = Field(default_factory=lambda: f"g{uuid.uuid4().hex}")
    name: Annotated[str, StringConstraints(max_length=200)] = "Network"


class Document(DocumentModel):
    """An architecture. Immutable: :func:`patholearn_lab.graph.operations.apply` gives changed copies."""

    schema_version: int = SCHEMA_VERSION
    nodes: dict[Id, Node] = {}
    edges: dict[Id, Edge] = {}
    groups: dict[Id, Group] = {}
    meta: Meta = Field(default_factory=Meta)


def read_document(source: str | bytes | Mapping[str, Any]) -> Document:
    """Read a document from JSON text or from the dictionary that the text stands for.

    Parameters
    ----------
    source
        JSON of at most 8 MB, or the decoded object. A :class:`Document` passes through.

    Raises
    ------
    DocumentError
        When it is no JSON, has the wrong form, or was written by a newer PathoLearn Lab.
    TooLargeError
        When it has more than 2,000 nodes, 10,000 edges or 8 MB.
    """
    if isinstance(source, Document):
        return source
    raw = _decode(source) if isinstance(source, (str, bytes)) else source
    if not isinstance(raw, Mapping):
        raise DocumentError(
            f"An architecture is a JSON object, but this is a {type(raw).__name__}.",
            "Choose a file that ends in .arch.json and was saved by the graph editor.",
        )
    _ensure_version(raw.get("schemaVersion"))
    _ensure_size(raw)
    try:
        return Document.model_validate(dict(raw))
    except ValidationError as error:
        raise DocumentError(
            f"The architecture cannot be read: {_first_problem(error)}",
            "Undo the last change by hand, or open an earlier copy of the file.",
            problems=error.error_count(),
        ) from error


def write_document(document: Document) -> str:
    """Return the document as JSON text. Equal documents give equal text: nodes, edges and parameters are sorted."""
    return json.dumps(document_to_dict(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_to_dict(document: Document) -> dict[str, Any]:
    """Return the document as JSON-serializable data, sorted, with whole numbers as integers."""
    raw: dict[str, Any] = _plain(document.model_dump(mode="json"))
    for node in raw["nodes"].values():
        node["params"] = dict(sorted(node["params"].items()))
    for part in ("nodes", "edges", "groups"):
        raw[part] = dict(sorted(raw[part].items()))
    return raw


def _plain(value: Any) -> Any:
    """Write 3.0 as 3, so that a document that went through a browser stays the same bytes."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _decode(text: str | bytes) -> Any:
    if len(text) > MAX_BYTES:
        raise TooLargeError(
            f"The architecture has {len(text):,} bytes; at most {MAX_BYTES:,} are read.",
            "Such a file holds something else than a graph. Choose another.",
            limit=MAX_BYTES,
        )
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_duplicates)
    except json.JSONDecodeError as error:
        raise DocumentError(
            f"The architecture is not valid JSON: {error.msg} in line {error.lineno}.",
            "Choose a file that ends in .arch.json and was saved by the graph editor.",
            line=error.lineno,
        ) from error
    except (RecursionError, UnicodeDecodeError, ValueError) as error:
        raise DocumentError(
            f"The architecture is not valid JSON: {error}.",
            "Choose a file that ends in .arch.json and was saved by the graph editor.",
        ) from error


def _refuse_constant(name: str) -> Any:
    raise DocumentError(
        f"The architecture holds the number {name}; every number must be finite.",
        f"Replace {name} by a number.",
    )


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise DocumentError(
            f"The architecture holds the name {twice!r} twice in one place.", "Rename one of the two, or remove it."
        )
    return result


def _ensure_version(version: Any) -> None:
    if type(version) not in (int, float) or version != int(version) or version < 1:
        raise DocumentError(
            f"The architecture's schemaVersion is {version!r}, which is not a version number.",
            "Choose a file that ends in .arch.json and was saved by the graph editor.",
        )
    if version > SCHEMA_VERSION:
        raise DocumentError(
            f"The architecture was written with schema version {int(version)}; "
            f"this PathoLearn Lab reads version {SCHEMA_VERSION} and older.",
            "Update PathoLearn Lab to open it: pip install --upgrade patholearn-lab",
            found=int(version),
            supported=SCHEMA_VERSION,
        )


def _ensure_size(raw: Mapping[str, Any]) -> None:
    for part, limit in (("nodes", MAX_NODES), ("edges", MAX_EDGES), ("groups", MAX_NODES)):
        things = raw.get(part, {})
        if isinstance(things, Mapping) and len(things) > limit:
            raise TooLargeError(
                f"The architecture has {len(things):,} {part}; at most {limit:,} are read.",
                "Split it into several architectures.",
                limit=limit,
            )


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("[key]",)) or "the document"
    message = first["msg"].removeprefix("Value error, ")
    more = error.error_count() - 1
    return f"{place}: {message[:1].lower()}{message[1:]}." + (f" There are {more} more such problems." if more else "")
