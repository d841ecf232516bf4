"""What can be told from color alone: the accuracy that a network has to beat to have learned anything about shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.manifest import Split
from patholearn_lab.datasets.store import DatasetStore

_BATCH = 1024


def baseline_accuracy(store: DatasetStore) -> float:
    """Return the test accuracy of a logistic regression on the mean of each color channel, fitted on train.

    Raises
    ------
    DatasetError
        When samples have no class of their own (segmentation).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, test = _channel_means(store, "train"), _channel_means(store, "test")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train, store.labels(store.indices("train")))
    return float(model.score(test, store.labels(store.indices("test"))))


def _channel_means(store: DatasetStore, split: Split) -> NDArray[np.float64]:
    """Return the mean of each channel of each image of a split: ``float64[n,C]``, pixel values 0..255."""
    indices = store.indices(split)
    parts = [store.images(indices[start : start + _BATCH]).mean((1, 2)) for start in range(0, len(indices), _BATCH)]
    return np.concatenate(parts)
