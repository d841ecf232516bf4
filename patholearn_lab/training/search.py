"""A search for good settings: what is tried, and how a trial's settings become a training.

A dimension is a setting of the training (``learning_rate``) or of a node of the graph (``conv_1.out_channels``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from patholearn_lab.errors import JobSpecError
from patholearn_lab.training.spec import TrainingSpec, read_spec

if TYPE_CHECKING:
    import optuna

    from patholearn_lab.codegen.cell import EmittedCell
    from patholearn_lab.graph.document import Document

MAX_TRIALS = 1000
MAX_AT_ONCE = 16
TRAINABLE = frozenset({"learning_rate", "batch_size", "epochs", "seed"})
"""The settings of a training that can be searched."""
_SMALLER_IS_BETTER = re.compile(r"loss|error|mae|mse|rmse", re.IGNORECASE)
_NODE_PARAM = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]{0,63}\.[A-Za-z_][A-Za-z0-9_-]{0,63}$")

Value = bool | int | float | str


class Dimension(BaseModel):
    """The values that one setting may take: a range, or a list of choices.

    Parameters
    ----------
    low, high
        Both included; whole numbers where both are.
    log
        Whether small values are tried as often as large ones, as fits learning rates.
    choices
        Instead of a range.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    choices: tuple[Value, ...] | None = Field(default=None, min_length=1, max_length=100)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if self.choices is None:
            if self.low is None or self.high is None or not self.low < self.high:
                raise ValueError("needs a low value below a high one, or choices")
            if self.log and self.low <= 0:
                raise ValueError("cannot go along logarithms from zero or below")
        elif self.low is not None or self.high is not None:
            raise ValueError("has a range and choices; it can have one of both")
        return self

    def suggest(self, trial: optuna.Trial, name: str) -> Value:
        """Return the value that a trial is to take."""
        if self.choices is not None:
            return cast("Value", trial.suggest_categorical(name, list(self.choices)))
        assert self.low is not None
        assert self.high is not None
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, float(self.low), float(self.high), log=self.log)


class SearchSpec(BaseModel):
    """The payload of a job of kind ``search``.

    Parameters
    ----------
    training
        What every trial has in common: the payload of a training.
    space
        The dimensions, by the names of settings (``learning_rate``) or ``node.parameter``; the latter need
        ``training.document``.
    trials
        How many are tried.
    metric
        What is compared: the best value that it reaches in a trial.
    direction
        Whether the smallest or the largest is the best; told by the metric's name where None.
    at_once
        How many trials may be in the queue at the same time.
    prune
        Whether trials that are worse than the median of the others at the same epoch are stopped.
    seed
        Of the search itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    training: dict[str, Any]
    space: dict[str, Dimension] = Field(min_length=1, max_length=50)
    trials: int = Field(default=20, ge=1, le=MAX_TRIALS)
    metric: str = Field(default="valid_loss", min_length=1, max_length=200)
    direction: Literal["minimize", "maximize"] | None = None
    at_once: int = Field(default=1, ge=1, le=MAX_AT_ONCE)
    prune: bool = True
    seed: int = 0

    @property
    def goal(self) -> Literal["minimize", "maximize"]:
        """Whether the metric is to be small or large."""
        return self.direction or ("minimize" if _SMALLER_IS_BETTER.search(self.metric) else "maximize")


def read_search(payload: Mapping[str, Any]) -> SearchSpec:
    """Return the checked payload of a search.

    Raises
    ------
    JobSpecError
        When a key is unknown, a dimension is none, or names nothing that can be searched; names the key and the value.
    """
    try:
        spec = SearchSpec.model_validate(dict(payload))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise JobSpecError(
            f"{key!r} of the search: {reason}.", "Write for example (8, 64), (1e-4, 1e-1, 'log'), or a list.", key=key
        ) from error
    training = read_spec(spec.training)
    for name in spec.space:
        _ensure_searchable(name, training)
    return spec


def _ensure_searchable(name: str, training: TrainingSpec) -> None:
    if name in TRAINABLE:
        return
    if not _NODE_PARAM.fullmatch(name):
        raise JobSpecError(
            f"There is no setting {name!r} to search.",
            f"Name one of {', '.join(sorted(TRAINABLE))}, or a node and its parameter: conv_1.out_channels.",
            key=name,
        )
    node = name.partition(".")[0]
    nodes = (training.document or {}).get("nodes", {})
    if node not in nodes:
        there = ", ".join(sorted(nodes)) or "none, because no architecture is given"
        raise JobSpecError(
            f"The network has no node {node!r}, named in {name!r}.", f"Its nodes are: {there}.", key=name
        )


def training_of(spec: SearchSpec, values: Mapping[str, Value], emit: Any) -> dict[str, Any]:
    """Return the payload of a trial's training.

    Parameters
    ----------
    spec
        The search.
    values
        The value of each dimension.
    emit
        Makes a cell of a document: ``emit(document) -> EmittedCell``. It raises CodeError where the graph cannot be.
    """
    settings = {name: value for name, value in values.items() if name in TRAINABLE}
    params = {name: value for name, value in values.items() if name not in TRAINABLE}
    payload = {**spec.training, **settings}
    if not params:
        return payload
    document = changed(spec.training["document"], params)
    cell: EmittedCell = emit(document)
    return {**payload, "code": cell.code, "document": document.model_dump(mode="json", by_alias=True)}


def changed(document: Mapping[str, Any], params: Mapping[str, Value]) -> Document:
    """Return a document with other parameters, each named ``node.parameter``."""
    from patholearn_lab.graph.document import read_document
    from patholearn_lab.graph.operations import SetParams, apply

    operations = [
        SetParams(id=name.partition(".")[0], params={name.partition(".")[2]: params[name]}) for name in params
    ]
    return apply(read_document(dict(document)), operations)
