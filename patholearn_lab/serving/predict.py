"""Predictions: uint8 images in, class probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patholearn_lab.serving.bundle import INPUT, NETWORK, OUTPUT
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import ModelManifest, Prediction
from patholearn_lab.serving.preprocess import fit_image, network_input
from patholearn_lab.serving.sessions import Recent, open_session

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime
    from numpy.typing import NDArray

BATCH = 64
"""How many images go through the network at once: enough to be quick, and bounded in memory."""


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

    def predict(self, name: str, images: Sequence[NDArray[np.uint8]], version: int | None = None) -> list[Prediction]:
        """Return one prediction for each image.

        Parameters
        ----------
        name, version
            The model; its newest version where `version` is None.
        images
            Each ``uint8[h,w,1 or 3]``, of any size: they are brought to the model's size and channels.

        Raises
        ------
        ModelNotFoundError
            When there is no such model.
        ImageError
            When an image is not of that form.
        """
        import numpy as np

        manifest = self._models.find(name, version)
        session = self._session(manifest)
        predictions: list[Prediction] = []
        for start in range(0, len(images), BATCH):
            fitted = [fit_image(image, manifest.preprocessing) for image in images[start : start + BATCH]]
            batch = network_input(np.stack(fitted), manifest.preprocessing)
            scores = session.run([OUTPUT], {INPUT: batch})[0]
            predictions += [_prediction(manifest.classes, row) for row in softmax(scores)]
        return predictions

    def close(self) -> None:
        """Let go of all networks."""
        self._sessions.clear()

    def _session(self, manifest: ModelManifest) -> onnxruntime.InferenceSession:
        # With the time: a version that was deleted and published anew is another network.
        key = (manifest.name, manifest.version, manifest.created_at)
        network = self._models.folder(manifest.name, manifest.version) / NETWORK
        return self._sessions.get(key, lambda: open_session(network, self._threads))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return class probabilities, float64[N,classes], of scores (logits) of the same shape."""
    import numpy as np

    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def _prediction(classes: list[str], probabilities: NDArray[np.float64]) -> Prediction:
    index = int(probabilities.argmax())
    return Prediction(
        classes=classes,
        probabilities=[float(value) for value in probabilities],
        predicted=classes[index],
        predicted_index=index,
    )
