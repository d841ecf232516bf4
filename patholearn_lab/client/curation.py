"""Looking after data sets: dividing them, mending labels, other classes. A part of ``client.datasets``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.client.looking import LONG_S
from patholearn_lab.client.models import AugmentationForms
from patholearn_lab.client.wire import from_json
from patholearn_lab.datasets.augmentation import Augmentation
from patholearn_lab.datasets.manifest import Manifest, Split
from patholearn_lab.errors import UnavailableError

if TYPE_CHECKING:
    from patholearn_lab.client.http_wire import Wire
    from patholearn_lab.datasets.changes import Change
    from patholearn_lab.datasets.label_review import LabelReview
    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.services import Services

AugmentationLike = Augmentation | dict[str, Any] | str
"""An augmentation as such, as JSON, in DeepHealth's text language, or the name of a preset."""


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

    def review(
        self, id: str, model: str, version: int | None = None, split: Split | None = None, limit: int = 50
    ) -> LabelReview:
        """Return the labels that are worth a look, as a trained model sees them, the most urgent first.

        What the review's ``decide()`` returns is a change for :meth:`change`. A model is too sure of samples that it
        has learned from: ask it about ``"valid"``, and train on other folds for the rest.

        Raises
        ------
        DatasetError, ModelNotFoundError, InvalidInputError
            When samples have no class, there is no such model, or it tells other classes.
        """

    def augmentation(self, id: str, augmentation: AugmentationLike) -> AugmentationForms:
        """Return an augmentation in all its forms, for images of that set: JSON, text, transforms of torchvision.

        It is given as JSON, in DeepHealth's text language, or by the name of a preset: none, gentle, tissue, strong.

        Raises
        ------
        InvalidInputError
            When it cannot be read; names the place.
        """

    def preview(
        self, id: str, augmentation: AugmentationLike, samples: Sequence[int] = (), copies: int = 5, seed: int = 0
    ) -> bytes:
        """Return a PNG file of samples as they are, and beside each as the augmentation changes it, with its mask.

        Raises
        ------
        InvalidInputError, DatasetError, SampleNotFoundError
            When the augmentation cannot be read, the set has no images, or no such sample.
        """

    def open(self, id: str, version: int | None = None) -> DatasetStore:
        """Return a data set opened for reading, its newest version where none is named.

        Raises
        ------
        UnavailableError
            When it lies on another machine.
        """


class LocalCuration:
    """Looks after the data sets of this process."""

    def __init__(self, services: Services, owner: str, library: DatasetLibrary) -> None:
        self._services = services
        self._owner = owner
        self._library = library

    def change(self, id: str, change: Change | dict[str, Any]) -> Manifest:
        """Make a further version of a data set and return its card."""
        from patholearn_lab.datasets.changes import read_change

        return self._made(self._library.change(id, read_change(change), self._owner))

    def review(
        self, id: str, model: str, version: int | None = None, split: Split | None = None, limit: int = 50
    ) -> LabelReview:
        """Return the labels that are worth a look, as a trained model sees them."""
        from patholearn_lab.services.reviewing import review_labels

        services = self._services
        return review_labels(
            self._library.open(id), services.models.find(model, version), services.predictor, split, limit
        )

    def augmentation(self, id: str, augmentation: AugmentationLike) -> AugmentationForms:
        """Return an augmentation in all its forms, for images of that set."""
        from patholearn_lab.datasets.augmentation import read_augmentation
        from patholearn_lab.datasets.augmentation_text import print_augmentation
        from patholearn_lab.datasets.transforms import augmentation_code

        manifest, read = self._library.find(id), read_augmentation(augmentation)
        return AugmentationForms(
            augmentation=read,
            text=print_augmentation(read),
            code=augmentation_code(read, manifest.height, manifest.width),
        )

    def preview(
        self, id: str, augmentation: AugmentationLike, samples: Sequence[int] = (), copies: int = 5, seed: int = 0
    ) -> bytes:
        """Return a PNG file of samples as they are, and as the augmentation changes them."""
        from patholearn_lab.datasets.augmentation import read_augmentation
        from patholearn_lab.datasets.augmentation_preview import preview_augmentation

        store = self._library.open(id)
        return preview_augmentation(store, read_augmentation(augmentation), samples, copies, seed)

    def open(self, id: str, version: int | None = None) -> DatasetStore:
        """Return a data set opened for reading."""
        return self._library.open(id, version)

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

    def review(
        self, id: str, model: str, version: int | None = None, split: Split | None = None, limit: int = 50
    ) -> LabelReview:
        """Return the labels that are worth a look, as a trained model sees them."""
        from patholearn_lab.datasets.label_review import LabelReview

        query = {"model": model, "version": version, "split": split, "limit": limit}
        return from_json(LabelReview, self._wire.request("GET", _at(id, "review"), query, timeout=LONG_S).json())

    def augmentation(self, id: str, augmentation: AugmentationLike) -> AugmentationForms:
        """Return an augmentation in all its forms, for images of that set."""
        body = {"augmentation": _plain(augmentation)}
        return from_json(AugmentationForms, self._wire.post(_at(id, "augmentations"), body))

    def preview(
        self, id: str, augmentation: AugmentationLike, samples: Sequence[int] = (), copies: int = 5, seed: int = 0
    ) -> bytes:
        """Return a PNG file of samples as they are, and as the augmentation changes them."""
        body = {"augmentation": _plain(augmentation), "samples": [*samples], "copies": copies, "seed": seed}
        return self._wire.request("POST", _at(id, "previews"), json=body, timeout=LONG_S).content

    def open(self, id: str, version: int | None = None) -> DatasetStore:
        """Return a data set opened for reading: its folder has to be on this machine too."""
        from patholearn_lab.datasets.store import DatasetStore

        folder = Path(self._wire.get(_at(id, "folder"), version=version)["folder"])
        if not folder.is_dir():
            raise UnavailableError(
                f"The data set {id!r} lies on the server's machine, and not on this one.",
                f"Take it along first: client.datasets.export({id!r}, 'set.zip').",
            )
        return DatasetStore(folder)


def _plain(augmentation: AugmentationLike) -> Any:
    return augmentation.model_dump(mode="json") if isinstance(augmentation, Augmentation) else augmentation


def _at(id: str, *parts: str) -> str:
    from patholearn_lab.client.http_wire import at

    return at("datasets", id, *parts)
