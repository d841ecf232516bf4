"""Looking after data sets: dividing them, mending labels, other classes. A part of ``client.datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.manifest import Manifest

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.changes import Change
    from patholearn_lab.datasets.duplicates import Duplicates
    from patholearn_lab.datasets.measures import Measures
    from patholearn_lab.datasets.quality import Quality
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.services import Services

LONG_S = 1800.0
"""For what the server works on while we wait: it may have to read every image of a set."""


class Curation(Protocol):
    """What is done to data sets that are stored already."""

    def change(self, id: str, change: Change | dict[str, Any]) -> Manifest:
        """Make a further version of a data set and return its card; the version before stays as it is.

        A change is one of :mod:`patholearn_lab.datasets.changes`, or the same as a dictionary, such as
        ``{"kind": "divide", "by": "group", "folds": 5}``.

        Raises
        ------
        DatasetNotFoundError
            When there is no such data set.
        DatasetError, InvalidInputError, SampleNotFoundError
            When the change does not suit the set.
        """

    def quality(self, id: str) -> Quality:
        """Return a report on the images: balance, brightness, stains, and which look blank or blurred.

        The first call reads every image of the set.

        Raises
        ------
        DatasetError
            When the set has no images.
        """

    def duplicates(self, id: str, distance: int = 4) -> Duplicates:
        """Return which images are equal or almost equal, above all those that lie in two splits.

        `distance` is in how many of its 64 bits the perceptual hash may differ, from 0 to 10. What the report's
        ``mend()`` returns is a change for :meth:`change`.

        Raises
        ------
        DatasetError, InvalidInputError
            When the set has no images, or the distance cannot be asked for.
        """


class LocalCuration:
    """Looks after the data sets of this process."""

    def __init__(self, services: Services, owner: str) -> None:
        self._services = services
        self._owner = owner

    def change(self, id: str, change: Change | dict[str, Any]) -> Manifest:
        """Make a further version of a data set and return its card."""
        from patholearn_lab.datasets.changes import read_change

        return self._made(self._services.datasets.change(id, read_change(change), self._owner))

    def quality(self, id: str) -> Quality:
        """Return a report on the images."""
        from patholearn_lab.datasets.quality import judge

        return judge(*self._measured(id))

    def duplicates(self, id: str, distance: int = 4) -> Duplicates:
        """Return which images are equal or almost equal."""
        from patholearn_lab.datasets.duplicates import find_duplicates

        return find_duplicates(*self._measured(id), distance)

    def _measured(self, id: str) -> tuple[DatasetStore, Measures]:
        from patholearn_lab.datasets.measures import Measures

        store = self._services.datasets.open(id)
        file = self._services.paths.dataset_measures(id, store.manifest.version)
        return store, Measures.kept(file, store)

    def _made(self, manifest: Manifest) -> Manifest:
        self._services.events.publish("datasets", {"id": manifest.id, "deleted": False})
        return manifest


class HttpCuration:
    """Looks after the data sets of a server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def change(self, id: str, change: Change | dict[str, Any]) -> Manifest:
        """Make a further version of a data set and return its card."""
        body = change if isinstance(change, dict) else change.model_dump(mode="json")
        return from_json(Manifest, self._wire.post(_at(id, "versions"), body, timeout_s=LONG_S))

    def quality(self, id: str) -> Quality:
        """Return a report on the images."""
        from patholearn_lab.datasets.quality import Quality

        return from_json(Quality, self._wire.request("GET", _at(id, "quality"), timeout=LONG_S).json())

    def duplicates(self, id: str, distance: int = 4) -> Duplicates:
        """Return which images are equal or almost equal."""
        from patholearn_lab.datasets.duplicates import Duplicates

        answer = self._wire.request("GET", _at(id, "duplicates"), {"distance": distance}, timeout=LONG_S)
        return from_json(Duplicates, answer.json())


def _at(id: str, *parts: str) -> str:
    from patholearn_lab.client.http_wire import at

    return at("datasets", id, *parts)
