"""Public data sets, downloaded when somebody asks. A part of ``client.datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.public import PublicSet, find_public, public_sets
from patholearn_lab.jobs.models import Job

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.services import Services


class PublicSets(Protocol):
    """What others have published. Nothing is downloaded by itself."""

    def public(self) -> list[PublicSet]:
        """Return the public data sets that can be downloaded, each with its address, size, checksum and licence."""

    def download(self, public: str, id: str | None = None) -> Job:
        """Begin to download a public set and to store it as `id` (its own where None); return the job at once.

        Raises
        ------
        DatasetNotFoundError
            When there is no such public set.
        ConflictError
            When the id is taken.
        """


class LocalPublicSets:
    """The public sets, downloaded by a job of this process' services."""

    _services: Services
    _library: DatasetLibrary
    _owner: str

    def public(self) -> list[PublicSet]:
        """Return the public data sets that can be downloaded."""
        return list(public_sets())

    def download(self, public: str, id: str | None = None) -> Job:
        """Begin to download a public set."""
        from patholearn_lab.services.public_sets import KIND

        found = find_public(public)
        payload = {"public": found.id, "id": id or found.id}
        self._library.ensure_free(payload["id"])
        name = f"Download of {found.name}, {found.bytes / 1e6:,.1f} MB"
        labels = {"dataset": payload["id"]}
        return self._services.jobs.submit(KIND, payload, name=name, owner=self._owner, labels=labels)


class HttpPublicSets:
    """The public sets, downloaded by the server."""

    _wire: Wire

    def public(self) -> list[PublicSet]:
        """Return the public data sets that can be downloaded."""
        return from_json(list[PublicSet], self._wire.get("datasets/public")["items"])

    def download(self, public: str, id: str | None = None) -> Job:
        """Begin to download a public set."""
        return from_json(Job, self._wire.post("datasets/public", {"public": public, "id": id}))
