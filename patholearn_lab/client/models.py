"""What the client gives that no part below it defines: pages of samples, predictions with their picture, the status."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.datasets.manifest import Split


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Sample(_Value):
    """One image of a data set. `class_name` is None where samples have no class of their own (segmentation)."""

    index: int
    split: Split
    class_name: str | None = None


class SamplePage(_Value):
    """Samples in the order of their indices. `next` is the `after` of the next page, or None at the end.

    `total` counts the samples on all pages.
    """

    samples: tuple[Sample, ...]
    next: int | None = None
    total: int


class ModelRef(_Value):
    """Which version of which model."""

    name: str
    version: int


class SampleRef(_Value):
    """Which sample of which data set."""

    dataset: str
    index: int
    class_name: str | None = None


class PredictionResult(_Value):
    """What a model says about one image.

    Parameters
    ----------
    classes, probabilities
        In the order of the network's outputs; the probabilities are 0..1 and sum to 1.
    predicted
        The class with the largest probability.
    sample
        Which sample was asked about; None for an image of the user's own.
    image
        The image as the model saw it, as a PNG in base64.
    """

    model: ModelRef
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    predicted: str
    sample: SampleRef | None = None
    image: str


class Counts(_Value):
    """How many things there are."""

    datasets: int
    jobs_running: int
    models: int


class Limits(_Value):
    """What the server allows."""

    max_upload_mb: int
    jobs_at_once: int


class Status(_Value):
    """The server at a glance. It tells nobody where the data folder is."""

    version: str
    user: str
    versions: dict[str, str] = Field(description="Versions of Python and of the packages that results depend on.")
    counts: Counts
    limits: Limits
    seq: int = Field(description="The number of the newest event: pass it as `after` to miss none from here on.")


class BuiltinRequest(_Value):
    """A built-in data set to make. `id` is the data set's new id; the builtin's own where it is None."""

    builtin: str
    id: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)


class ReadRequest(_Value):
    """A cell to read, and the graph from before it was edited, as the object of its file."""

    code: str
    document: dict[str, Any]


class MergeRequest(_Value):
    """An edited cell, the graph that it was in step with, and the graph now."""

    code: str
    document: dict[str, Any]
    changed: dict[str, Any]


class JobRequest(_Value):
    """A job to do."""

    kind: str
    payload: dict[str, Any]
    name: str = Field(default="", max_length=200)
    labels: dict[str, str] = Field(default_factory=dict)


class SampleRequest(_Value):
    """A sample to predict on: a random one of `split` where `index` is None.

    `dataset` is the one that the model was trained on where it is None.
    """

    dataset: str | None = None
    index: int | None = Field(default=None, ge=0)
    split: Split = "test"
