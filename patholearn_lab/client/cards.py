"""The cards of data sets: what they are called, who may see them, their versions. A part of ``client.datasets``."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.comparing import Comparison
from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.errors import ConflictError, InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.card import CardEdits
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.services import Services

NAMED = 5
"""How many runs a refusal names."""


class Cards(Protocol):
    """What is said about data sets, and what they were."""

    def edit(self, id: str, **edits: Any) -> Manifest:
        """Say something else about a data set: its `name`, `description`, `licence` or `visibility`; return its card.

        `visibility` is ``private`` (its owner alone), ``group`` or ``public``. The id stays, as do all versions.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set.
        InvalidInputError
            When there is no such field, or a value cannot be used.
        """

    def versions(self, id: str) -> builtins.list[Manifest]:
        """Return the cards of all versions of a data set, the newest first.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set.
        """

    def compare(self, id: str, before: int, after: int) -> Comparison:
        """Return what is different in version `after` of a data set, compared with version `before`.

        Raises
        ------
        DatasetNotFoundError
            When there is no such version.
        """


class LocalCards:
    """The cards of this process."""

    def __init__(self, services: Services, owner: str, library: DatasetLibrary) -> None:
        self._services = services
        self._owner = owner
        self._library = library

    def edit(self, id: str, **edits: Any) -> Manifest:
        """Say something else about a data set, and return its card."""
        edited = self._library.edit(id, edits_of(edits), self._owner)
        self._services.events.publish("datasets", {"id": id, "deleted": False})
        return edited

    def versions(self, id: str) -> builtins.list[Manifest]:
        """Return the cards of all versions, the newest first."""
        return builtins.list(self._library.versions(id))

    def compare(self, id: str, before: int, after: int) -> Comparison:
        """Return what is different in version `after`."""
        from patholearn_lab.datasets.comparing import compare

        library = self._library
        return compare(library.open(id, before), library.open(id, after))

    def delete(self, id: str) -> None:
        """Delete all versions of a data set that no run uses."""
        self._library.find(id)  # what is private to somebody else tells nothing about its runs either
        self._ensure_unused(id)
        self._library.delete(id, self._owner)
        self._services.events.publish("datasets", {"id": id, "deleted": True})

    def _ensure_unused(self, id: str) -> None:
        runs = self._services.jobs.list(labels={"dataset": id}, limit=1000).items
        if not runs:
            return
        named = ", ".join(
            f"{job.name or job.kind!r} of {job.created_at:%d %b %Y %H:%M} ({job.id})" for job in runs[:NAMED]
        )
        more = f" and {len(runs) - NAMED} more" if len(runs) > NAMED else ""
        raise ConflictError(
            f"The data set {id!r} is used by {len(runs)} run{'s' if len(runs) > 1 else ''}: {named}{more}.",
            "Their results could not be explained or repeated without it. Delete these runs first, then the data set.",
            id=id,
            jobs=[job.id for job in runs],
        )


class HttpCards:
    """The cards of a server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def edit(self, id: str, **edits: Any) -> Manifest:
        """Say something else about a data set, and return its card."""
        return from_json(Manifest, self._wire.post(_at(id, "card"), edits))

    def versions(self, id: str) -> builtins.list[Manifest]:
        """Return the cards of all versions, the newest first."""
        return from_json(builtins.list[Manifest], self._wire.get(_at(id, "versions"))["items"])

    def compare(self, id: str, before: int, after: int) -> Comparison:
        """Return what is different in version `after`."""
        return from_json(Comparison, self._wire.get(_at(id, "comparison"), before=before, after=after))

    def delete(self, id: str) -> None:
        """Delete all versions of a data set that no run uses."""
        self._wire.delete(_at(id))


def edits_of(given: Mapping[str, Any]) -> CardEdits:
    """Return what is to be said about a data set.

    Raises
    ------
    InvalidInputError
        When there is no such field, or a value cannot be used; names it.
    """
    from pydantic import ValidationError

    from patholearn_lab.datasets.card import CardEdits

    try:
        return CardEdits.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidInputError(
            f"The {field} of a data set cannot be {first['input']!r:.100}: {first['msg']}.",
            f"What can be changed: {', '.join(CardEdits.model_fields)}.",
            field=field,
        ) from error


def _at(id: str, *parts: str) -> str:
    from patholearn_lab.client.http_wire import at

    return at("datasets", id, *parts)
