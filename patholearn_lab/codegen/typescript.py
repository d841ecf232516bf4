"""The pydantic models as TypeScript interfaces, and the catalogue as JSON, for ``labextension/src/generated``.

`patholearn schema export` writes what :func:`generated_files` returns; a test compares, so that the two languages
cannot drift apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from patholearn_lab.codegen.cell import CellFacts, EmittedCell, Merged, ReadBack
from patholearn_lab.graph.block import MAX_BLOCKS
from patholearn_lab.graph.catalog import Catalog, catalog_json
from patholearn_lab.graph.colors import CLASS_COLORS
from patholearn_lab.graph.document import (
    MAX_BYTES,
    MAX_COMMENTS,
    MAX_EDGES,
    MAX_FRAMES,
    MAX_NODES,
    MAX_REMARKS,
    SCHEMA_VERSION,
    Document,
    ParamType,
)
from patholearn_lab.graph.issues import CheckResult, Refusal, Severity
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    MoveNode,
    RemoveBlock,
    RemoveComment,
    RemoveEdge,
    RemoveFrame,
    RemoveNode,
    RemoveRemark,
    SetBlock,
    SetComment,
    SetFrame,
    SetKind,
    SetMeta,
    SetNote,
    SetParams,
    SetRemark,
)
from patholearn_lab.graph.parts import ID_PATTERN, MAX_TEXT, Color
from patholearn_lab.graph.spec import Category, PortType

_OPERATIONS = (
    AddNode,
    RemoveNode,
    SetParams,
    SetKind,
    MoveNode,
    SetNote,
    AddEdge,
    RemoveEdge,
    SetMeta,
    SetBlock,
    RemoveBlock,
    SetFrame,
    RemoveFrame,
    SetRemark,
    RemoveRemark,
    SetComment,
    RemoveComment,
)
_LIMITS = {
    "MAX_NODES": MAX_NODES,
    "MAX_EDGES": MAX_EDGES,
    "MAX_BLOCKS": MAX_BLOCKS,
    "MAX_TEXT": MAX_TEXT,
    "MAX_FRAMES": MAX_FRAMES,
    "MAX_REMARKS": MAX_REMARKS,
    "MAX_COMMENTS": MAX_COMMENTS,
    "MAX_BYTES": MAX_BYTES,
}
_HEADER = "// Written by `patholearn schema export`. Do not edit.\n"
_PRIMITIVES = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
_WIDTH = 80  # of a line, as prettier wants it
_RENAMED = {"Document": "GraphDocument", "Node": "GraphNode", "Edge": "GraphEdge"}
"""Names that a browser has already for something else, or nearly so."""
_CHOICES = {"Category": Category, "PortType": PortType, "ParamType": ParamType, "Severity": Severity, "Color": Color}
"""Choices that get a name of their own."""


def generated_files() -> dict[str, str]:
    """Return the content of every generated file by its name."""
    document = _Interfaces([Document])
    operations = _Interfaces(_OPERATIONS, known=document.names)
    check = _Interfaces([CheckResult, Refusal], known=document.names | operations.names)
    catalog = _Interfaces([Catalog])
    known = document.names | operations.names
    cell = _Interfaces([EmittedCell, CellFacts, ReadBack, Merged], known=known)
    return {
        "catalog.json": json.dumps(catalog_json(), indent=2, ensure_ascii=False) + "\n",
        "document.ts": _HEADER
        + "\nimport type { ParamType } from './catalog';\n"
        + f"\nexport const SCHEMA_VERSION = {SCHEMA_VERSION};\n"
        + "".join(f"export const {name} = {value};\n" for name, value in _LIMITS.items())
        + f"export const ID = /{ID_PATTERN}/;\n"
        + "\nexport type ParamValue = boolean | number | string | null;\n"
        + _choice("Color")
        + document.text,
        "operations.ts": _HEADER
        + _import(operations, document, "./document")
        + operations.text
        + _union("Operation", [model.__name__ for model in _OPERATIONS]),
        "check.ts": _HEADER + "\nimport type { Operation } from './operations';\n" + _choice("Severity") + check.text,
        "catalog.ts": _HEADER
        + "\nimport type { ParamValue } from './document';\n"
        + "".join(map(_choice, ("Category", "ParamType", "PortType")))
        + catalog.text,
        "cell.ts": _HEADER
        + "\nimport type { Severity } from './check';\n"
        + _import(cell, document, "./document").removeprefix("\n")
        + "import type { Operation } from './operations';\n"
        + cell.text,
        "colors.ts": _colors(),
        "index.ts": _HEADER
        + "\n"
        + "".join(
            f"export * from './{name}';\n" for name in ("catalog", "cell", "check", "colors", "document", "operations")
        ),
    }


def _colors() -> str:
    rows = ",\n".join(f"  [{red}, {green}, {blue}]" for red, green, blue in CLASS_COLORS)
    return (
        _HEADER
        + "\n/** Of the classes 1, 2, … in a mask, and again from the first; 0, the background, stays clear. */\n"
        + f"export const CLASS_COLORS: readonly (readonly [number, number, number])[] = [\n{rows}\n];\n"
    )


class _Interfaces:
    """The interfaces of some models and of all that they refer to, but for those that are `known` elsewhere."""

    def __init__(self, models: Iterable[type[BaseModel]], known: frozenset[str] = frozenset()) -> None:
        _, schema = models_json_schema([(model, "serialization") for model in models], by_alias=True)
        definitions: dict[str, Any] = schema["$defs"]
        self.names = frozenset(definitions)
        self.imported = sorted(self.names & known)
        own = {name: definitions[name] for name in sorted(self.names - known)}
        self.text = "".join(_interface(name, definition) for name, definition in own.items())


def _interface(name: str, definition: dict[str, Any]) -> str:
    fields = "".join(
        f"  {key}{'?' if 'left_out_where_empty' in value else ''}: {_type(value)};\n"
        for key, value in definition.get("properties", {}).items()
    )
    return f"\n{_comment(definition.get('description', ''))}export interface {_name(name)} {{\n{fields}}}\n"


def _type(schema: dict[str, Any]) -> str:
    if schema.get("title") == "ParamValue" or _is_param_value(schema):
        return "ParamValue"
    match schema:
        case {"$ref": reference}:
            return _name(str(reference).rpartition("/")[2])
        case {"const": constant}:
            return f"'{constant}'"
        case {"enum": choices}:
            return next(
                (name for name, literal in _CHOICES.items() if set(get_args(literal)) == set(choices)),
                " | ".join(f"'{choice}'" for choice in choices),
            )
        case {"oneOf": options} if "discriminator" in schema:
            return "Operation" if len(options) == len(_OPERATIONS) else " | ".join(map(_type, options))
        case {"anyOf": options}:
            return " | ".join(dict.fromkeys(map(_type, options)))
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(map(_type, items))}]"
        case {"type": "array", "items": items}:
            inner = _type(items)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case {"type": "object"}:
            values = schema.get("additionalProperties") or next(iter(schema["patternProperties"].values()))
            return f"Record<string, {_type(values)}>"
        case {"type": name}:
            return _PRIMITIVES[name]
    raise TypeError(f"No TypeScript for the schema {schema!r}.")


def _is_param_value(schema: dict[str, Any]) -> bool:
    names = {option.get("type") for option in schema.get("anyOf", ())}
    return {"boolean", "string", "null"} <= names and bool(names & {"integer", "number"})


def _import(user: _Interfaces, source: _Interfaces, path: str) -> str:
    shared = {_name(name) for name in user.imported if name in source.names} | {"ParamValue"}
    names = sorted(name for name in shared if re.search(rf"\b{name}\b", user.text))
    return f"\nimport type {{ {', '.join(names)} }} from '{path}';\n"


def _union(name: str, members: list[str]) -> str:
    line = f"export type {name} = {' | '.join(members)};"
    if len(line) <= _WIDTH:
        return f"\n{line}\n"
    return f"\nexport type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";\n"


def _choice(name: str) -> str:
    return _union(name, [f"'{choice}'" for choice in get_args(_CHOICES[name])])


def _name(model: str) -> str:
    return _RENAMED.get(model, model)


def _comment(text: str) -> str:
    """Return the first paragraph of a docstring as a JSDoc comment."""
    first = " ".join(text.partition("\n\n")[0].split())
    first = re.sub(r":\w+:`([^`]*)`", lambda match: f"`{match[1].rpartition('.')[2]}`", first)
    return f"/** {first} */\n" if first else ""
