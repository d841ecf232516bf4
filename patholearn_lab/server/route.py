"""What an endpoint is: an address, its handler, and what can be done there."""

from __future__ import annotations

import pkgutil
import re
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from patholearn_lab.server.base import PathoLearnHandler


@dataclass(frozen=True)
class Named:
    """A model by its import string ``package.module:Class``."""

    name: str

    def load(self) -> Any:
        """Import the model."""
        return pkgutil.resolve_name(self.name)


@dataclass(frozen=True)
class Operation:
    """One thing that can be done at an address.

    Parameters
    ----------
    method
        ``GET``, ``POST`` or ``DELETE``.
    id
        Its name in openapi.json: ``datasets.list``, as the client calls it.
    summary
        One sentence.
    answer
        The model of what comes back, or its name; None for nothing; a media type where it is no JSON.
    items
        Whether a list of that model comes back, as ``{"items", "next"}``.
    query
        The model of the query.
    body
        The models or media types that the body may have.
    status
        The status of the answer.
    """

    method: str
    id: str
    summary: str
    answer: Any = None
    items: bool = False
    query: type[BaseModel] | None = None
    body: tuple[Any, ...] = ()
    status: int = 200


@dataclass(frozen=True)
class Route:
    """An address with what can be done there. ``{name}`` stands for one part of a path."""

    path: str
    handler: type[PathoLearnHandler]
    operations: tuple[Operation, ...]

    @property
    def pattern(self) -> str:
        """The address as a regular expression with named groups, as tornado wants it."""
        return re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
