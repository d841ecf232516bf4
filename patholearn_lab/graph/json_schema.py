"""The form of ``*.arch.json`` as a JSON Schema, for editors and programs that are not written in Python."""

from __future__ import annotations

import json
from typing import Any

from patholearn_lab.graph.document import (
    MAX_COMMENTS,
    MAX_EDGES,
    MAX_FRAMES,
    MAX_NODES,
    MAX_REMARKS,
    SCHEMA_VERSION,
    Document,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of documents of the present version, limits included.

    It describes the form only. What kinds and parameters there are is in the catalogue, and whether a graph makes sense
    is what :func:`patholearn_lab.graph.check.check` tells.
    """
    schema = _closed(Document.model_json_schema(by_alias=True))
    properties = schema["properties"]
    properties["schemaVersion"] = {"const": SCHEMA_VERSION, "description": "The version of this form."}
    properties["nodes"]["maxProperties"] = MAX_NODES
    properties["edges"]["maxProperties"] = MAX_EDGES
    properties["frames"]["maxProperties"] = MAX_FRAMES
    properties["remarks"]["maxProperties"] = MAX_REMARKS
    properties["comments"]["maxProperties"] = MAX_COMMENTS
    head = {
        "$schema": DIALECT,
        "title": "Architecture of PathoLearn Lab",
        "description": "A network drawn as a graph: an *.arch.json file.",
    }
    return head | {key: value for key, value in schema.items() if key not in head} | {"required": ["schemaVersion"]}


def _closed(schema: Any) -> Any:
    """Allow no other names where names have a pattern; pydantic says only what those that fit hold."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    return closed | {"additionalProperties": False} if "patternProperties" in closed else closed


def document_schema_text() -> str:
    """Return the schema as it stands in ``docs/reference/architecture.schema.json``."""
    return json.dumps(document_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
