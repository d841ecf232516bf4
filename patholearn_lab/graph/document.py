"""The architecture document ``*.arch.json``: its models, and how it is read and written.

What is read here may come from anywhere: a file, a browser, another person. It is refused as a whole where its form is
wrong (`DocumentError`); what is well-formed but makes no sense (an unknown kind, an edge to nowhere) is kept, and
:func:`patholearn_lab.graph.check.check` reports it as an issue, because a person can mend that in the editor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.block import MAX_BLOCK_EDGES, MAX_BLOCK_NODES, MAX_BLOCKS, Block
from patholearn_lab.graph.migrations import migrate
from patholearn_lab.graph.parts import (
    MAX_NUMBER,
    Comment,
    Coordinate,
    DocumentModel,
    Edge,
    Frame,
    Id,
    Kind,
    Meta,
    Node,
    Note,
    ParamType,
    ParamValue,
    Remark,
)

__all__ = [
    "MAX_BYTES",
    "MAX_COMMENTS",
    "MAX_EDGES",
    "MAX_FRAMES",
    "MAX_NODES",
    "MAX_NUMBER",
    "MAX_REMARKS",
    "SCHEMA_VERSION",
    "Block",
    "Comment",
    "Coordinate",
    "Document",
    "DocumentModel",
    "Edge",
    "Frame",
    "Id",
    "Kind",
    "Meta",
    "Node",
    "Note",
    "ParamType",
    "ParamValue",
    "Remark",
    "document_to_dict",
    "plain_numbers",
    "read_document",
    "write_document",
]

SCHEMA_VERSION = 4
MAX_NODES = MAX_BLOCK_NODES
MAX_EDGES = MAX_BLOCK_EDGES
MAX_FRAMES = MAX_REMARKS = 500
MAX_COMMENTS = 1_000
MAX_BYTES = 8_000_000


_LIMITS = {
    "nodes": MAX_NODES,
    "edges": MAX_EDGES,
    "blocks": MAX_BLOCKS,
    "frames": MAX_FRAMES,
    "remarks": MAX_REMARKS,
    "comments": MAX_COMMENTS,
}


class Document(DocumentModel):
    """An architecture. Immutable: :func:`patholearn_lab.graph.operations.apply` gives changed copies."""

    schema_version: int = SCHEMA_VERSION
    nodes: dict[Id, Node] = Field(default_factory=dict)
    edges: dict[Id, Edge] = Field(default_factory=dict)
    blocks: dict[Id, Block] = Field(default_factory=dict)
    frames: dict[Id, Frame] = Field(default_factory=dict)
    remarks: dict[Id, Remark] = Field(default_factory=dict)
    comments: dict[Id, Comment] = Field(default_factory=dict)
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
        When it or one of its blocks has more than 2,000 nodes or 10,000 edges, or it has more than 200 blocks,
        500 frames, 500 remarks, 1,000 comments or 8 MB.
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
    raw = migrate(raw)
    _ensure_size(raw)
    try:
        return Document.model_validate(raw)
    except ValidationError as error:
        raise DocumentError(
            f"The architecture cannot be read: {_first_problem(error)}",
            "Undo the last change by hand, or open an earlier copy of the file.",
            problems=error.error_count(),
        ) from error


def write_document(document: Document) -> str:
    """Return the document as JSON text. Equal documents give equal text: what has a key is sorted by it."""
    return json.dumps(document_to_dict(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def document_to_dict(document: Document) -> dict[str, Any]:
    """Return the document as JSON-serializable data, sorted, with whole numbers as integers."""
    raw: dict[str, Any] = plain_numbers(document.model_dump(mode="json"))
    if not raw["meta"]["origin"]:
        del raw["meta"]["origin"]
    for graph in (raw, *raw["blocks"].values()):
        for node in graph["nodes"].values():
            node["params"] = dict(sorted(node["params"].items()))
        for part in {"nodes", "edges", "blocks", "frames", "remarks", "comments"} & set(graph):
            graph[part] = dict(sorted(graph[part].items()))
    return raw


def plain_numbers(value: Any) -> Any:
    """Write 3.0 as 3, so that a document that went through a browser stays the same bytes."""
    if isinstance(value, dict):
        return {key: plain_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_numbers(item) for item in value]
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
    _ensure_parts("The architecture", raw)
    blocks = raw.get("blocks")
    for name, block in blocks.items() if isinstance(blocks, Mapping) else ():
        if isinstance(block, Mapping):
            _ensure_parts(f"The block {name!r}", block)


def _ensure_parts(what: str, raw: Mapping[str, Any]) -> None:
    for part, limit in _LIMITS.items():
        things = raw.get(part, {})
        if isinstance(things, Mapping) and len(things) > limit:
            raise TooLargeError(
                f"{what} has {len(things):,} {part}; at most {limit:,} are read.",
                "Split it into several architectures.",
                limit=limit,
            )


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"] if part not in ("[key]",)) or "the document"
    message = first["msg"].removeprefix("Value error, ")
    more = error.error_count() - 1
    return f"{place}: {message[:1].lower()}{message[1:]}." + (f" There are {more} more such problems." if more else "")
