"""The models of this process' services: asked about pictures, rows of features, and samples."""

from __future__ import annotations

import base64
import builtins
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING

from patholearn_lab.client.models import ModelRef, PredictionResult, SampleRef
from patholearn_lab.datasets.inputs import IMAGES
from patholearn_lab.errors import DatasetError, ImageError
from patholearn_lab.services import Services
from patholearn_lab.serving.rows import row_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from patholearn_lab.datasets.library import DatasetLibrary
    from patholearn_lab.datasets.manifest import Split
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.datasets.truths import Truth
    from patholearn_lab.graph.inputs import Target
    from patholearn_lab.serving.models import ModelManifest


class LocalModels:
    """The models of this process' services."""

    def __init__(self, services: Services, owner: str, library: DatasetLibrary) -> None:
        self._services = services
        self._owner = owner
        self._library = library

    def list(self) -> builtins.list[ModelManifest]:
        """Return all versions of all models, the newest first."""
        return self._services.models.list()

    def get(self, name: str, version: int | None = None) -> ModelManifest:
        """Return one model's manifest."""
        return self._services.models.find(name, version)

    def delete(self, name: str, version: int) -> None:
        """Delete one version of a model."""
        self._services.models.delete(name, version)
        self._services.record("delete", who=self._owner, model=name, version=version)
        self._services.events.publish("models", {"name": name, "version": version, "deleted": True})

    def predict(
        self,
        name: str,
        image: bytes | None,
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about an image of one's own, about a row of features, or about both."""
        from patholearn_lab.serving.preprocess import decode_image

        manifest = self.get(name, version)
        if image is None and IMAGES in manifest.inputs:
            raise ImageError(f"The model {name!r} needs a picture.", "Send the bytes of a picture file.")
        row = row_of(manifest, features)
        return self._ask(manifest, None if image is None else decode_image(image), row)

    def predict_sample(
        self,
        name: str,
        dataset: str | None = None,
        index: int | None = None,
        split: Split = "test",
        version: int | None = None,
        features: Mapping[str, float] | None = None,
    ) -> PredictionResult:
        """Ask a model about a sample: a random one of `split` where `index` is None."""
        from patholearn_lab.datasets.truths import truths_of

        manifest = self.get(name, version)
        dataset = dataset or manifest.dataset
        store = self._library.open(dataset)
        if index is None:
            index = _random_sample(store, split)
        image = store.images([index])[0] if store.manifest.channels else None
        truths = truths_of(store, index, (manifest.preprocessing.height, manifest.preprocessing.width))
        sample = SampleRef(dataset=dataset, index=index, class_name=store.class_of(index))
        return self._ask(manifest, image, row_of(manifest, features, _row(store, index)), sample, truths)

    def _ask(
        self,
        manifest: ModelManifest,
        image: NDArray[np.uint8] | None,
        row: dict[str, float],
        sample: SampleRef | None = None,
        truths: Mapping[Target, Truth] | None = None,
    ) -> PredictionResult:
        from patholearn_lab.serving.predict import Question
        from patholearn_lab.serving.preprocess import encode_png, fit_image

        seen = None if image is None else fit_image(image, manifest.preprocessing)
        question = Question(seen, tuple(row.values()), truths or {})
        [answers] = self._services.predictor.predict(manifest.name, [question], manifest.version)
        shown = seen if IMAGES in manifest.inputs else None
        return PredictionResult(
            model=ModelRef(name=manifest.name, version=manifest.version),
            answers=answers,
            sample=sample,
            image=None if shown is None else base64.b64encode(encode_png(shown)).decode(),
            features=row,
        )


def _row(store: DatasetStore, index: int) -> dict[str, float]:
    """Return the features of a sample; by way of texts, so that 22.1 is not 22.10000038146973 to a person."""
    names = store.manifest.features
    values = store.features([index])[0] if names else ()
    return {name: float(str(value)) for name, value in zip(names, values, strict=True)}


def _random_sample(store: DatasetStore, split: Split) -> int:
    indices = store.indices(split)
    if len(indices) == 0:
        raise DatasetError(
            f"The data set {store.manifest.id!r} has no samples in its {split} split.",
            "Choose another split.",
            dataset=store.manifest.id,
            split=split,
        )
    return int(random.choice(indices))
