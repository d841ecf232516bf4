"""The description of the interface, made from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from patholearn_lab.client.wire import API, adapter

if TYPE_CHECKING:
    from patholearn_lab.server.route import Operation, Route

SCHEMAS = "#/components/schemas/{model}"
ERROR_SCHEMA = {
    "type": "object",
    "required": ["error", "message", "hint", "details"],
    "properties": {
        "error": {"type": "string", "description": "The error's name, for programs."},
        "message": {"type": "string", "description": "What happened, to which thing, and the value seen."},
        "hint": {"type": "string", "description": "What to do about it."},
        "details": {"type": "object", "description": "Further facts."},
    },
}


def openapi(routes: Iterable[Route], version: str, base_url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of `routes`.

    Parameters
    ----------
    routes
        The table.
    version
        The package's version.
    base_url
        The Jupyter server's base path, such as ``/`` or ``/user/ada/``.
    """
    routes = list(routes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "PathoLearn Lab", "version": version},
        "servers": [{"url": f"{base_url.rstrip('/')}/{API}"}],
        "security": [{"token": []}],
        "paths": {
            route.path: {operation.method.lower(): _operation(route, operation) for operation in route.operations}
            for route in routes
        },
        "components": {
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": {"Error": ERROR_SCHEMA, **_schemas(routes)},
        },
    }


def _operation(route: Route, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.id.partition(".")[0]],
        "responses": {str(operation.status): _answer(operation), "default": _error()},
    }
    parameters = [_path_parameter(name) for name in re.findall(r"\{(\w+)\}", route.path)]
    parameters += _query_parameters(operation.query) if operation.query else []
    if parameters:
        described["parameters"] = parameters
    if operation.body:
        described["requestBody"] = {"required": True, "content": _contents(operation.body)}
    return described


def _answer(operation: Operation) -> dict[str, Any]:
    if operation.answer is None:
        return {"description": operation.summary}
    media, content = _content(operation.answer)
    if operation.items:
        page = {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": content["schema"]},
                "next": {"type": ["string", "null"]},
            },
        }
        content = {"schema": page}
    return {"description": operation.summary, "content": {media: content}}


def _contents(kinds: Iterable[Any]) -> dict[str, Any]:
    """Return what a body may be, by its media type: one of several, where a type has several."""
    found: dict[str, list[Any]] = {}
    for media, content in map(_content, kinds):
        found.setdefault(media, []).append(content["schema"])
    return {
        media: {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}} for media, schemas in found.items()
    }


def _content(kind: Any) -> tuple[str, dict[str, Any]]:
    kind = _loaded(kind)
    if isinstance(kind, str):
        return kind, {"schema": {"type": "string", "format": "binary"}}
    if kind is dict:
        return "application/json", {"schema": {"type": "object"}}
    return "application/json", {"schema": {"$ref": SCHEMAS.format(model=kind.__name__)}}


def _loaded(kind: Any) -> Any:
    return kind.load() if hasattr(kind, "load") else kind


def _error() -> dict[str, Any]:
    schema = {"$ref": SCHEMAS.format(model="Error")}
    return {"description": "What went wrong.", "content": {"application/json": {"schema": schema}}}


def _path_parameter(name: str) -> dict[str, Any]:
    kind = "integer" if name in {"index", "version"} else "string"
    return {"name": name, "in": "path", "required": True, "schema": {"type": kind}}


def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _schemas(routes: Iterable[Route]) -> dict[str, Any]:
    kinds = {
        _loaded(kind)
        for route in routes
        for operation in route.operations
        for kind in (operation.answer, *operation.body)
    }
    kinds = {kind for kind in kinds if isinstance(kind, type) and kind is not dict}
    models = sorted((kind for kind in kinds if issubclass(kind, BaseModel)), key=lambda kind: kind.__name__)
    found: dict[str, Any] = models_json_schema([(model, "serialization") for model in models], ref_template=SCHEMAS)[1][
        "$defs"
    ]
    for kind in kinds - set(models):
        schema = adapter(kind).json_schema(ref_template=SCHEMAS)
        found |= schema.pop("$defs", {})
        found[kind.__name__] = schema
    return dict(sorted(found.items()))
