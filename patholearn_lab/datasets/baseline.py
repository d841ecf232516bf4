"""What a simple rule can tell: the accuracy that a network has to beat to have learned more than the average color.

Of a network that takes a table too, the rule looks at that as well: it must not be praised for what the table says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.inputs import FEATURES, IMAGE_ALONE, IMAGES
from patholearn_lab.datasets.manifest import Split
from patholearn_lab.datasets.store import DatasetStore

_BATCH = 1024


def baseline_accuracy(store: DatasetStore, inputs: Sequence[str] = IMAGE_ALONE) -> float:
    """Return the test accuracy of a logistic regression, fitted on train.

    Parameters
    ----------
    store
        The data set.
    inputs
        What the network takes: of images the rule sees the mean of each color channel, of a table every feature.

    Raises
    ------
    DatasetError
        When samples have no class of their own (segmentation).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, test = _columns(store, "train", inputs), _columns(store, "test", inputs)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train, store.labels(store.indices("train")))
    return float(model.score(test, store.labels(store.indices("test"))))


def _columns(store: DatasetStore, split: Split, inputs: Sequence[str]) -> NDArray[np.float64]:
    """Return what the rule sees of each sample of a split: ``float64[n, columns]``."""
    parts: list[NDArray[np.float64]] = []
    if IMAGES in inputs:
        parts.append(_channel_means(store, split))
    if FEATURES in inputs:
        parts.append(store.features(store.indices(split)).astype(np.float64))
    return np.concatenate(parts, axis=1)


def _channel_means(store: DatasetStore, split: Split) -> NDArray[np.float64]:
    """Return the mean of each channel of each image of a split: ``float64[n,C]``, pixel values 0..255."""
    indices = store.indices(split)
    parts = [store.images(indices[start : start + _BATCH]).mean((1, 2)) for start in range(0, len(indices), _BATCH)]
    return np.concatenate(parts)
