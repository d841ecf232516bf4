"""What a training is asked to do: the payload of the job, checked before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.datasets.loading_rules import LoadingRules
from patholearn_lab.errors import JobSpecError
from patholearn_lab.jobs.payloads import read_payload
from patholearn_lab.paths import NAME_PATTERN
from patholearn_lab.training.options import FitOptions

MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 4096
MAX_FOLDS = 50
MAX_SEED = 2**32 - 1
MAX_CODE_LENGTH = 1_000_000

DEFAULT_EPOCHS = 8
DEFAULT_BATCH_SIZE = 32


CheckpointName = Literal["best", "last"]


class StartFrom(BaseModel):
    """The state of another run that a training begins with.

    Parameters
    ----------
    run
        Its id.
    checkpoint
        ``"last"`` goes on where that run stopped, with its optimizer, its count of epochs and its best epoch so far;
        ``"best"`` takes the weights of its best epoch alone, and begins a training of its own with them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str = Field(pattern=f"^{NAME_PATTERN.pattern}$")
    checkpoint: CheckpointName = "last"


class TrainingSpec(FitOptions):
    """The payload of a job of kind ``training``. What is None is taken from the cell's constants.

    Besides, it has the options of :class:`~patholearn_lab.training.options.FitOptions`.

    Parameters
    ----------
    code
        The cell as it stands in the notebook.
    dataset
        The id of the data set; the cell's ``DATASET`` where None.
    dataset_version
        Which version of the data set; the newest where None.
    fold
        Which fold of the data set is the validation split, from 0; the others train. None for the splits as they are.
    epochs, batch_size
        The cell's ``EPOCHS`` and ``BATCH_SIZE`` where None.
    learning_rate
        Replaces what ``configure_optimizers`` sets; None leaves it alone.
    data
        How samples become batches: augmentation, sampling, normalization, size. Where it has no augmentation, the
        transforms in the cell's ``AUGMENTATION`` are used.
    seed
        The same seed, code, data and versions give the same figures on the same processor.
    graph, document
        The id of the drawn graph and the graph itself, kept beside the code; None for a cell written by hand.
    start_from
        The run, and which of its states, to begin with; None for fresh weights. With ``"last"``, `epochs` are further
        ones.
    model_name
        What the model is published as; made from the class name where None.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(min_length=1, max_length=MAX_CODE_LENGTH)
    dataset: str | None = None
    dataset_version: int | None = Field(default=None, ge=1, strict=True)
    fold: int | None = Field(default=None, ge=0, lt=MAX_FOLDS, strict=True)
    epochs: int | None = Field(default=None, ge=1, le=MAX_EPOCHS, strict=True)
    batch_size: int | None = Field(default=None, ge=1, le=MAX_BATCH_SIZE, strict=True)
    learning_rate: float | None = Field(default=None, gt=0, le=100, allow_inf_nan=False)
    data: LoadingRules = LoadingRules()
    seed: int = Field(default=0, ge=0, le=MAX_SEED, strict=True)
    graph: str | None = None
    document: dict[str, Any] | None = None
    start_from: StartFrom | None = None
    model_name: str | None = None


class FitSettings(FitOptions):
    """The spec and the cell's constants brought together: nothing is open any more."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    epochs: int = Field(ge=1, le=MAX_EPOCHS)
    batch_size: int = Field(ge=1, le=MAX_BATCH_SIZE)
    learning_rate: float | None
    data: LoadingRules = LoadingRules()
    seed: int
    fold: int | None = None


def read_spec(payload: Mapping[str, Any]) -> TrainingSpec:
    """Return the checked payload of a training.

    Raises
    ------
    JobSpecError
        When a key is unknown, missing or out of its range; names the key and the value.
    """
    return read_payload(TrainingSpec, payload, "training")


def settle(spec: TrainingSpec, constants: Mapping[str, object]) -> FitSettings:
    """Return what to train with: the spec, and the cell's own constants where the spec leaves something open.

    Parameters
    ----------
    spec
        The checked payload.
    constants
        The cell's module-level names; only ``DATASET``, ``EPOCHS`` and ``BATCH_SIZE`` are looked at.

    Raises
    ------
    JobSpecError
        When a constant is not of its type or out of its range, or nobody names a data set.
    """
    dataset = spec.dataset if spec.dataset is not None else constants.get("DATASET")
    if not isinstance(dataset, str) or not dataset:
        raise JobSpecError(
            "The training does not know which data set to use.",
            'Name it in the cell, for example DATASET = "he_tissue", or choose one for the training.',
        )
    return FitSettings(
        **{name: getattr(spec, name) for name in FitOptions.model_fields},
        dataset=dataset,
        epochs=spec.epochs or _whole_number(constants, "EPOCHS", DEFAULT_EPOCHS, MAX_EPOCHS),
        batch_size=spec.batch_size or _whole_number(constants, "BATCH_SIZE", DEFAULT_BATCH_SIZE, MAX_BATCH_SIZE),
        learning_rate=spec.learning_rate,
        seed=spec.seed,
        fold=spec.fold,
        data=spec.data,
    )


def _whole_number(constants: Mapping[str, object], name: str, default: int, maximum: int) -> int:
    value = constants.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= maximum:
        raise JobSpecError(
            f"{name} in the cell is {value!r}; it has to be a whole number from 1 to {maximum}.",
            f"Write for example {name} = {default}.",
            name=name,
        )
    return value
