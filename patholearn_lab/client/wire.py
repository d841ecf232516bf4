"""Values as they travel: pydantic models and dataclasses to JSON and back. Both ends use this, so that they agree."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

API = "patholearn/api/v1"
"""What every address begins with, after the server's base path."""


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the converter of a type, made once."""
    return TypeAdapter(kind)


def to_json(value: Any) -> Any:
    """Return a model, a dataclass, or plain data as JSON-serializable data."""
    return adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[T], value: Any) -> T:
    """Return JSON data as `kind`."""
    read: T = adapter(kind).validate_python(value, strict=False)
    return read
