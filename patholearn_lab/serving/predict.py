"""Predictions: images and rows of features in, answers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from patholearn_lab.datasets.inputs import FEATURES, IMAGES
from patholearn_lab.errors import ImageError, InvalidInputError
from patholearn_lab.serving.answers import Answer
from patholearn_lab.serving.bundle import NETWORK
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import ModelManifest
from patholearn_lab.serving.preprocess import fit_image, network_input
from patholearn_lab.serving.sessions import Recent, open_session

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray

    from patholearn_lab.datasets.truths import Truth
    from patholearn_lab.graph.inputs import Target

BATCH = 64
"""How many images go through the network at once: enough to be quick, and bounded in memory."""


@dataclass(frozen=True)
class Question:
    """What a model is asked about.

    Parameters
    ----------
    image
        ``uint8[h,w,1 or 3]``, of any size: it is brought to the model's size and channels. None for a model that takes
        no images.
    row
        The features, in the model's order, as they stand in a table; empty for a model that takes none.
    truths
        What is right, where it is known.
    """

    image: NDArray[np.uint8] | None
    row: Sequence[float] = ()
    truths: Mapping[Target, Truth] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """What a model says about a few questions.

    Parameters
    ----------
    answers
        For each question one answer for each output.
    raw
        The network's own numbers of each output by its name, ``float32[N,…]``, before softmax or sigmoid.
    """

    answers: list[tuple[Answer, ...]]
    raw: dict[str, NDArray[np.float32]]


class Predictor:
    """Asks the models of a library; the networks used last stay loaded. Safe to use from many threads.

    Parameters
    ----------
    models
        Where the models are.
    sessions
        How many networks stay loaded.
    threads
        Threads within one operation; chosen from the cores where None.
    """

    def __init__(self, models: ModelLibrary, sessions: int = 8, threads: int | None = None) -> None:
        self._models = models
        self._threads = threads
        self._sessions: Recent[onnxruntime.InferenceSession] = Recent(sessions)

    def predict(self, name: str, questions: Sequence[Question], version: int | None = None) -> list[tuple[Answer, ...]]:
        """Return for each question one answer for each output of the model.

        Parameters
        ----------
        name, version
            The model; its newest version where `version` is None.
        questions
            What it is asked about.

        Raises
        ------
        ModelNotFoundError
            When there is no such model.
        ImageError
            When an image is missing, or not of that form.
        InvalidInputError
            When a row has not one value for each feature.
        """
        manifest = self._models.find(name, version)
        starts = range(0, len(questions), BATCH)
        batches = (self.answer(manifest, questions[start : start + BATCH]) for start in starts)
        return [answers for batch in batches for answers in batch.answers]

    def answer(self, manifest: ModelManifest, questions: Sequence[Question]) -> Batch:
        """Return what a model says about a few questions, which go through the network at once; see :meth:`predict`."""
        from patholearn_lab.serving.reading import Seen, read_answer

        images = [None if one.image is None else fit_image(one.image, manifest.preprocessing) for one in questions]
        tensors = [output.tensor for output in manifest.outputs]
        given = self._session(manifest).run(tensors, _inputs(manifest, images, [one.row for one in questions]))
        answers = []
        for place, (asked, image) in enumerate(zip(questions, images, strict=True)):
            seen = Seen(image, manifest.preprocessing, asked.truths)
            rows = zip(manifest.outputs, given, strict=True)
            answers.append(tuple(read_answer(output, raw[place], seen) for output, raw in rows))
        return Batch(answers, dict(zip((output.name for output in manifest.outputs), given, strict=True)))

    def close(self) -> None:
        """Let go of all networks."""
        self._sessions.clear()

    def _session(self, manifest: ModelManifest) -> onnxruntime.InferenceSession:
        # With the time: a version that was deleted and published anew is another network.
        key = (manifest.name, manifest.version, manifest.created_at)
        network = self._models.folder(manifest.name, manifest.version) / NETWORK
        return self._sessions.get(key, lambda: open_session(network, self._threads))


def _inputs(
    manifest: ModelManifest, images: Sequence[NDArray[np.uint8] | None], rows: Sequence[Sequence[float]]
) -> dict[str, NDArray[np.float32]]:
    """Return what goes into the network, by the names of its inputs."""
    import numpy as np

    made: dict[str, NDArray[np.float32]] = {}
    if IMAGES in manifest.inputs:
        if any(image is None for image in images):
            raise ImageError(f"The model {manifest.name!r} needs a picture.", "Give one.")
        made[IMAGES] = network_input(np.stack([image for image in images if image is not None]), manifest.preprocessing)
    if FEATURES in manifest.inputs and manifest.standardization:
        width = len(manifest.standardization.features)
        if any(len(row) != width for row in rows):
            raise InvalidInputError(
                f"The model {manifest.name!r} takes {width} features.",
                f"Give a value for each of {', '.join(manifest.standardization.features)}.",
            )
        made[FEATURES] = manifest.standardization.apply(np.asarray(rows, np.float32))
    return made
