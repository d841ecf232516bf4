"""Whether a stored set is whole, and its card for other programs. A part of ``client.datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.integrity import Integrity

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.services import Services


class Keeping(Protocol):
    """What is known about how a set is kept."""

    def check(self, id: str, version: int | None = None) -> Integrity:
        """Read a whole data set and compare it with what was written; the newest version where none is named.

        What is damaged is named with the samples, and a hint says how to get it back.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set or version.
        """

    def croissant(self, id: str, version: int | None = None) -> dict[str, Any]:
        """Return the card of a data set as Croissant 1.0 (JSON-LD), which describes its export as folders.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set or version.
        """


class LocalKeeping:
    """The sets of this process."""

    _services: Services
    _library: DatasetLibrary

    def check(self, id: str, version: int | None = None) -> Integrity:
        """Read a whole data set and compare it with what was written."""
        from patholearn_lab.datasets.integrity import check_store

        return check_store(self._library.open(id, version))

    def croissant(self, id: str, version: int | None = None) -> dict[str, Any]:
        """Return the card of a data set as Croissant."""
        from patholearn_lab.datasets.croissant import croissant

        return croissant(self._library.find(id, version))


class HttpKeeping:
    """The sets of the server."""

    _wire: Wire

    def check(self, id: str, version: int | None = None) -> Integrity:
        """Read a whole data set and compare it with what was written."""
        from patholearn_lab.client.http_wire import at
        from patholearn_lab.client.looking import LONG_S

        answer = self._wire.post(at("datasets", id, "integrity"), {"version": version}, timeout_s=LONG_S)
        return from_json(Integrity, answer)

    def croissant(self, id: str, version: int | None = None) -> dict[str, Any]:
        """Return the card of a data set as Croissant."""
        from patholearn_lab.client.http_wire import at

        return from_json(dict[str, Any], self._wire.get(at("datasets", id, "croissant"), version=version))
