"""What the client gives that no part below it defines: pages of samples, predictions with their picture, the status."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from patholearn_lab.cluster.resources import Resources
from patholearn_lab.cluster.status import MAX_WORKERS
from patholearn_lab.datasets.augmentation import Augmentation
from patholearn_lab.datasets.choices import ImportChoices, TableChoices
from patholearn_lab.datasets.manifest import Split
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.jobs.folder import Keep
from patholearn_lab.jobs.scheduling import Priority
from patholearn_lab.serving.answers import Answer, ClassAnswer
from patholearn_lab.training.spec import CheckpointName

Features = dict[str, Annotated[float, Field(allow_inf_nan=False)]]
"""The values of a row of a table, by the names of its columns."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Sample(_Value):
    """One image of a data set.

    `class_name` is None where samples have no class of their own (segmentation); `features` is the row of the table, in
    the order of the manifest's features, as it was given. `name` is where it came from, such as its file name.
    """

    index: int
    split: Split
    class_name: str | None = None
    features: tuple[float, ...] = ()
    name: str = ""


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

    In a notebook, a result at the end of a cell shows itself.

    Parameters
    ----------
    answers
        One for each output of the model, in its order.
    sample
        Which sample was asked about; None for an image of the user's own.
    image
        The image as the model saw it, as a PNG in base64; None where only features were given.
    features
        The row of features that went in, by their names; empty for a model that takes none.
    """

    model: ModelRef
    answers: tuple[Answer, ...] = Field(min_length=1)
    sample: SampleRef | None = None
    image: str | None = None
    features: dict[str, float] = Field(default_factory=dict)

    @property
    def answer(self) -> Answer:
        """The answer of the first output; a model usually has one."""
        return self.answers[0]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of a classifier."""
        return self._classified().classes

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The probability of each class of a classifier; they sum to 1."""
        return self._classified().probabilities

    @property
    def predicted(self) -> str:
        """The class that a classifier found most probable."""
        return self._classified().predicted

    def _classified(self) -> ClassAnswer:
        for answer in self.answers:
            if isinstance(answer, ClassAnswer):
                return answer
        raise InvalidInputError(
            f"The model {self.model.name!r} does not say which class an image is of.",
            f"Its answer is for {self.answer.task}: see result.answer.",
        )

    def _repr_html_(self) -> str:
        from patholearn_lab.client.prediction_html import prediction_html

        return prediction_html(self)


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


class UploadRequest(_Value):
    """A file to come: its name, its size in bytes, and the CRC-32 of its first part."""

    file_name: str = Field(min_length=1, max_length=1000)
    size: int = Field(ge=0)
    checksum: int = Field(ge=0, lt=2**32)


class PartAnswer(_Value):
    """How many parts are still missing."""

    missing: int


class CheckRequest(_Value):
    """What the columns of a table are for, where somebody says so."""

    table: TableChoices | None = None


class ImportRequest(_Value):
    """The id of the new data set, and what is decided otherwise than the file says it."""

    dataset: str
    choices: ImportChoices = ImportChoices()


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
    """A job to do. Where `resources` is None it gets what jobs of its kind need."""

    kind: str
    payload: dict[str, Any]
    name: str = Field(default="", max_length=200)
    labels: dict[str, str] = Field(default_factory=dict)
    priority: Priority = "normal"
    resources: Resources | None = None


class CancelRequest(_Value):
    """What to keep of a job that is asked to stop: a model of its best or last epoch, or not even its checkpoints."""

    keep: Keep | None = None


class PriorityRequest(_Value):
    """Whether a job goes before its owner's other jobs, or behind them."""

    priority: Priority


class ScaleRequest(_Value):
    """How many workers the cluster shall have."""

    workers: int = Field(ge=1, le=MAX_WORKERS)


class CopyRequest(_Value):
    """What to train otherwise than a run did, and which of its states to begin with."""

    changes: dict[str, Any] = Field(default_factory=dict)
    checkpoint: CheckpointName | None = None


class ReproductionRequest(_Value):
    """Whether to train a run again also where the versions are others."""

    anyway: bool = False


class SampleRequest(_Value):
    """A sample to predict on: a random one of `split` where `index` is None.

    `dataset` is the one that the model was trained on where it is None. `features` take the place of the sample's own.
    """

    dataset: str | None = None
    index: int | None = Field(default=None, ge=0)
    split: Split = "test"
    features: Features = Field(default_factory=dict)


class OwnRequest(_Value):
    """A picture of one's own as a file in base64 (None for a model that takes none), and a value for each feature."""

    image: Base64Bytes | None
    features: Features = Field(default_factory=dict)


class AugmentationForms(_Value):
    """An augmentation as data, in DeepHealth's text language, and as a cell that makes the same transforms."""

    augmentation: Augmentation
    text: str
    code: str


class AugmentationRequest(_Value):
    """The body of a request for the forms of an augmentation: JSON, text, or the name of a preset."""

    augmentation: dict[str, Any] | str


class PreviewRequest(AugmentationRequest):
    """The body of a request for a picture of what an augmentation does."""

    samples: tuple[Annotated[int, Field(ge=0)], ...] = Field(default=(), max_length=16)
    copies: int = Field(default=5, ge=1, le=12)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class DatasetFolder(_Value):
    """Where a version of a data set lies on the server's machine."""

    folder: str
