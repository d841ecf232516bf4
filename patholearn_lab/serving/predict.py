"""Predictions: uint8 images in, answers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from patholearn_lab.serving.answers import Answer
from patholearn_lab.serving.bundle import NETWORK
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import INPUT, ModelManifest
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

    def predict(
        self,
        name: str,
        images: Sequence[NDArray[np.uint8]],
        version: int | None = None,
        truths: Sequence[Mapping[Target, Truth]] = (),
    ) -> list[tuple[Answer, ...]]:
        """Return for each image one answer for each output of the model.

        Parameters
        ----------
        name, version
            The model; its newest version where `version` is None.
        images
            Each ``uint8[h,w,1 or 3]``, of any size: they are brought to the model's size and channels.
        truths
            What is right for each image, where it is known.

        Raises
        ------
        ModelNotFoundError
            When there is no such model.
        ImageError
            When an image is not of that form.
        """
        import numpy as np

        from patholearn_lab.serving.reading import Seen, read_answer

        manifest = self._models.find(name, version)
        session = self._session(manifest)
        tensors = [output.tensor for output in manifest.outputs]
        answers: list[tuple[Answer, ...]] = []
        for start in range(0, len(images), BATCH):
            fitted = [fit_image(image, manifest.preprocessing) for image in images[start : start + BATCH]]
            given = session.run(tensors, {INPUT: network_input(np.stack(fitted), manifest.preprocessing)})
            for place, image in enumerate(fitted):
                known = truths[start + place] if truths else {}
                seen = Seen(image, manifest.preprocessing, known)
                rows = zip(manifest.outputs, given, strict=True)
                answers.append(tuple(read_answer(output, raw[place], seen) for output, raw in rows))
        return answers

    def close(self) -> None:
        """Let go of all networks."""
        self._sessions.clear()

    def _session(self, manifest: ModelManifest) -> onnxruntime.InferenceSession:
        # With the time: a version that was deleted and published anew is another network.
        key = (manifest.name, manifest.version, manifest.created_at)
        network = self._models.folder(manifest.name, manifest.version) / NETWORK
        return self._sessions.get(key, lambda: open_session(network, self._threads))
