"""Looking at the samples of a set: measured, judged, compared. A part of ``client.datasets``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from patholearn_lab.client.wire import from_json

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.duplicates import Duplicates
    from patholearn_lab.datasets.leaks import Leaks
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.measures import Measures
    from patholearn_lab.datasets.quality import Quality
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.services import Services
    from patholearn_lab.services.measuring import MeasuringState

LONG_S = 1800.0
"""For what the server works on while we wait: it may have to read every image of a set."""


class Looking(Protocol):
    """What can be told about a set by looking at it."""

    def measure(self, id: str) -> MeasuringState:
        """Begin to measure the images of a set, which :meth:`quality` and :meth:`duplicates` need, and return at once.

        They do it by themselves as well; this way there is progress, and :meth:`stop_measuring`.

        Raises
        ------
        DatasetError
            When the set has no images.
        """

    def measuring(self, id: str) -> MeasuringState:
        """Return how far the measuring of a set's images is."""

    def stop_measuring(self, id: str) -> MeasuringState:
        """Stop measuring the images of a set."""

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
        ``mend()`` returns is a change for ``change``.

        Raises
        ------
        DatasetError, InvalidInputError
            When the set has no images, or the distance cannot be asked for.
        """

    def leaks(self, id: str) -> Leaks:
        """Return which patients or slides are in more than one split; see the change ``divide`` with ``by="group"``."""


class LocalLooking:
    """Looks at the data sets of this process."""

    _services: Services
    _library: DatasetLibrary

    def measure(self, id: str) -> MeasuringState:
        """Begin to measure the images of a set."""
        return self._services.measuring.begin(self._library.find(id).id)

    def measuring(self, id: str) -> MeasuringState:
        """Return how far the measuring of a set's images is."""
        return self._services.measuring.find(self._library.find(id).id)

    def stop_measuring(self, id: str) -> MeasuringState:
        """Stop measuring the images of a set."""
        return self._services.measuring.stop(self._library.find(id).id)

    def quality(self, id: str) -> Quality:
        """Return a report on the images."""
        from patholearn_lab.datasets.quality import judge

        return judge(*self._measured(id))

    def duplicates(self, id: str, distance: int = 4) -> Duplicates:
        """Return which images are equal or almost equal."""
        from patholearn_lab.datasets.duplicates import find_duplicates

        return find_duplicates(*self._measured(id), distance)

    def leaks(self, id: str) -> Leaks:
        """Return which patients or slides are in more than one split."""
        from patholearn_lab.datasets.leaks import find_leaks

        return find_leaks(self._library.open(id))

    def _measured(self, id: str) -> tuple[DatasetStore, Measures]:
        from patholearn_lab.datasets.measures import Measures

        store = self._library.open(id)
        file = self._services.paths.dataset_measures(id, store.manifest.version)
        return store, Measures.kept(file, store)


class HttpLooking:
    """Looks at the data sets of a server."""

    _wire: Wire

    def measure(self, id: str) -> MeasuringState:
        """Begin to measure the images of a set."""
        from patholearn_lab.services.measuring import MeasuringState

        return from_json(MeasuringState, self._wire.post(_at(id, "measuring"), {}))

    def measuring(self, id: str) -> MeasuringState:
        """Return how far the measuring of a set's images is."""
        from patholearn_lab.services.measuring import MeasuringState

        return from_json(MeasuringState, self._wire.get(_at(id, "measuring")))

    def stop_measuring(self, id: str) -> MeasuringState:
        """Stop measuring the images of a set."""
        from patholearn_lab.services.measuring import MeasuringState

        return from_json(MeasuringState, self._wire.post(_at(id, "measuring", "stop"), {}))

    def quality(self, id: str) -> Quality:
        """Return a report on the images."""
        from patholearn_lab.datasets.quality import Quality

        return from_json(Quality, self._wire.request("GET", _at(id, "quality"), timeout=LONG_S).json())

    def duplicates(self, id: str, distance: int = 4) -> Duplicates:
        """Return which images are equal or almost equal."""
        from patholearn_lab.datasets.duplicates import Duplicates

        answer = self._wire.request("GET", _at(id, "duplicates"), {"distance": distance}, timeout=LONG_S)
        return from_json(Duplicates, answer.json())

    def leaks(self, id: str) -> Leaks:
        """Return which patients or slides are in more than one split."""
        from patholearn_lab.datasets.leaks import Leaks

        return from_json(Leaks, self._wire.get(_at(id, "leaks")))


def _at(id: str, *parts: str) -> str:
    from patholearn_lab.client.http_wire import at

    return at("datasets", id, *parts)
