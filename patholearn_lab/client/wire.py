"""Values as they travel: pydantic models and dataclasses to JSON and back. Both ends use this, so that they agree."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

T = TypeVar("T")

API = "patholearn/api/v1"
"""What every address begins with, after the server's base path."""


@cache
def adapter(kind: Hashable) -> TypeAdapter[Any]:
    """Return the converter of a type, made once."""
    made: TypeAdapter[Any] = TypeAdapter(cast(Any, kind))
    return made


def to_json(value: Any) -> Any:
    """Return a model, a dataclass, or plain data as JSON-serializable data."""
    return adapter(cast(Hashable, type(value))).dump_python(value, mode="json")


def from_json(kind: type[T], value: Any) -> T:
    """Return JSON data as `kind`."""
    read: T = adapter(cast(Hashable, kind)).validate_python(value)
    return read
