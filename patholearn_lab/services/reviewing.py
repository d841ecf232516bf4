"""The labels of a data set as a trained model sees them: joins data sets and models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patholearn_lab.errors import DatasetError, InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.datasets.label_review import LabelReview
    from patholearn_lab.datasets.manifest import Split
    from patholearn_lab.datasets.store import DatasetStore
    from patholearn_lab.serving.models import ModelManifest
    from patholearn_lab.serving.predict import Predictor

MOST_DOUBTS = 500
_BATCH = 256


def review_labels(
    store: DatasetStore, model: ModelManifest, predictor: Predictor, split: Split | None = None, limit: int = 50
) -> LabelReview:
    """Ask a model about the samples of a set, and return the labels that are worth a look.

    Parameters
    ----------
    store
        The data set.
    model
        One that tells classes of images, the same as the set has.
    predictor
        Asks it.
    split
        Which samples; all where None. A model is too sure of samples that it has learned from.
    limit
        How many doubts are returned, 500 at most.

    Raises
    ------
    DatasetError
        When samples have no class of their own.
    InvalidInputError
        When the model tells no classes, or others than the set has.
    """
    import numpy as np

    from patholearn_lab.datasets.label_review import LabelReview, review_of
    from patholearn_lab.datasets.manifest import NO_LABEL
    from patholearn_lab.serving.answers import ClassAnswer
    from patholearn_lab.serving.predict import Question

    manifest = store.manifest
    if "labels" not in manifest.arrays:
        raise DatasetError(
            f"The samples of {manifest.name!r} have no class of their own.", "Choose a set whose samples have one."
        )
    told = [place for place, output in enumerate(model.outputs) if output.task == "classification"]
    if not told or set(model.outputs[told[0]].classes) != set(manifest.classes):
        raise InvalidInputError(
            f"The model {model.name!r} does not tell the classes {', '.join(manifest.classes)}.",
            "Choose a model that was trained on this set, or on one with the same classes.",
        )
    if not 1 <= limit <= MOST_DOUBTS:
        raise InvalidInputError(f"{limit} doubts cannot be asked for.", f"Ask for 1 to {MOST_DOUBTS}.")
    indices = store.indices(split)
    order = [model.outputs[told[0]].classes.index(name) for name in manifest.classes]
    parts = []
    for start in range(0, len(indices), _BATCH):
        samples = indices[start : start + _BATCH]
        images = store.images(samples) if manifest.channels else [None] * len(samples)
        rows = store.features(samples).tolist() if model.standardization is not None else [()] * len(samples)
        questions = [Question(image=image, row=row) for image, row in zip(images, rows, strict=True)]
        for answers in predictor.predict(model.name, questions, model.version):
            answer = answers[told[0]]
            assert isinstance(answer, ClassAnswer)
            parts.append([answer.probabilities[place] for place in order])
    probabilities = np.asarray(parts, np.float64).reshape(len(indices), len(order))
    labels = store.labels(indices)
    splits = [store.split_of(index) for index in indices.tolist()]
    doubts, contradicting = review_of(indices.tolist(), splits, labels, probabilities, manifest.classes, limit)
    return LabelReview(
        dataset=manifest.id,
        version=manifest.version,
        model=model.name,
        model_version=model.version,
        judged=len(indices),
        contradicting=contradicting,
        not_annotated=int((labels == NO_LABEL).sum()),
        doubts=doubts,
    )
