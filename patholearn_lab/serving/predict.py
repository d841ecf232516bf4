"""Predictions: uint8 images in, class probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.models import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Predictor:
    """Asks the models of a library."""

    def __init__(self, models: ModelLibrary, sessions: int = 8, threads: int | None = None) -> None:
        self._models = models

    def predict(self, name: str, images: Sequence[NDArray[np.uint8]], version: int | None = None) -> list[Prediction]:
        """Return one prediction for each image (uint8[h,w,c], of any size)."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of all models."""
        raise NotImplementedError
