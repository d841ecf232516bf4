"""What a simple rule can tell: the accuracy that a network has to beat to have learned more than the average color.

Of a network that takes a table too, the rule looks at that as well: it must not be praised for what the table says.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.inputs import FEATURES, IMAGE_ALONE, IMAGES
from patholearn_lab.datasets.manifest import NO_LABEL, Split
from patholearn_lab.datasets.store import DatasetStore

_BATCH = 1024


def baseline_accuracy(store: DatasetStore, inputs: Sequence[str] = IMAGE_ALONE, fold: int | None = None) -> float:
    """Return the test accuracy of a logistic regression, fitted on train.

    Parameters
    ----------
    store
        The data set.
    inputs
        What the network takes: of images the rule sees the mean of each color channel, of a table every feature.
    fold
        Which fold is held out of the training split; none where None.

    Raises
    ------
    DatasetError
        When samples have no class of their own (segmentation).
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    learned, asked = _annotated(store, "train", fold), _annotated(store, "test", fold)
    train, test = _columns(store, learned, inputs), _columns(store, asked, inputs)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(train, store.labels(learned))
    return float(model.score(test, store.labels(asked)))


def _annotated(store: DatasetStore, split: Split, fold: int | None) -> NDArray[np.int64]:
    """Return the samples of a split that have a class."""
    indices = store.indices(split, fold=fold)
    return np.asarray(indices[store.labels(indices) != NO_LABEL])


def _columns(store: DatasetStore, samples: NDArray[np.int64], inputs: Sequence[str]) -> NDArray[np.float64]:
    """Return what the rule sees of each sample: ``float64[n, columns]``."""
    parts: list[NDArray[np.float64]] = []
    if IMAGES in inputs:
        parts.append(_channel_means(store, samples))
    if FEATURES in inputs:
        parts.append(store.features(samples).astype(np.float64))
    return np.concatenate(parts, axis=1)


def _channel_means(store: DatasetStore, samples: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each channel of each image: ``float64[n,C]``, pixel values 0..255."""
    parts = [store.images(samples[start : start + _BATCH]).mean((1, 2)) for start in range(0, len(samples), _BATCH)]
    return np.concatenate(parts)
