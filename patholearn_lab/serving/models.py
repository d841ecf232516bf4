"""What is written about a model, and what a prediction is. Light: no torch, no onnxruntime."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.datasets.preprocessing import Preprocessing


class Parity(BaseModel):
    """How far the exported network is from the one that was trained.

    Parameters
    ----------
    max_abs_diff
        The largest difference between two class probabilities (softmax) of the same image.
    images
        How many test images were compared.
    """

    model_config = ConfigDict(frozen=True)

    max_abs_diff: float
    images: int


class ModelDraft(BaseModel):
    """What is known of a model before it is published: which it is, where it comes from and what it expects.

    Parameters
    ----------
    classes
        Names in the order of the network's outputs.
    dataset, job, graph
        What it was trained on, by which job, and the id of the drawn graph (None where there was none).
    preprocessing
        What the images go through before the network; the same as in training.
    environment
        The versions and the processor it was trained with.
    test_metrics
        ``{"test_accuracy": 0.98, …}`` under the cell's own names.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    task: Literal["classification"] = "classification"
    classes: list[str]
    dataset: str
    job: str
    graph: str | None = None
    owner: str
    visibility: Literal["private", "group", "public"] = "private"
    parity: Parity
    test_metrics: dict[str, float]
    preprocessing: Preprocessing
    environment: dict[str, Any] = Field(default_factory=dict)


class ModelManifest(ModelDraft):
    """``manifest.json`` of a bundle: the draft, with what publishing adds.

    Parameters
    ----------
    version
        Counted from 1 for each name; never used twice while a newer one exists.
    created_at
        When it was published, in UTC.
    """

    version: int = Field(ge=1)
    created_at: datetime


class Prediction(BaseModel):
    """What a model says about one image.

    Parameters
    ----------
    classes, probabilities
        In the order of the network's outputs; the probabilities are 0..1 and sum to 1.
    predicted, predicted_index
        The class with the largest probability.
    """

    model_config = ConfigDict(frozen=True)

    classes: list[str]
    probabilities: list[float]
    predicted: str
    predicted_index: int
