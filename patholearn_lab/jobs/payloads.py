"""A job's payload, read as the model that its kind declares; what does not fit is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from patholearn_lab.errors import JobSpecError

M = TypeVar("M", bound=BaseModel)

_SHOWN = 80


def read_payload(model: type[M], payload: Mapping[str, Any], kind: str) -> M:
    """Return the checked payload of a job.

    Parameters
    ----------
    model
        How the payload of this kind looks.
    payload
        What somebody asked for.
    kind
        The name of the kind, for messages.

    Raises
    ------
    JobSpecError
        When a key is unknown, missing or out of its range; names the key and the value. Only the first thing that is
        wrong: one at a time is what a person can mend.
    """
    try:
        return model.model_validate(dict(payload))
    except ValidationError as error:
        raise _refusal(model, error, kind) from error


def _refusal(model: type[BaseModel], error: ValidationError, kind: str) -> JobSpecError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        settings = ", ".join(model.model_fields)
        return JobSpecError(f"The {kind} has no setting {key!r}.", f"The settings are {settings}.", key=key)
    if first["type"] == "missing":
        return JobSpecError(f"The {kind} lacks {key!r}.", f"Give {key!r} and start again.", key=key)
    reason = first["msg"].removeprefix("Value error, ").removesuffix(".")
    if not key:
        return JobSpecError(f"The {kind} cannot be started: {reason}.", "Change that and start again.")
    shown = repr(first["input"])
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
    return JobSpecError(
        f"{key!r} of the {kind} is {shown}: {reason[:1].lower()}{reason[1:]}.",
        f"Change {key!r} and start again.",
        key=key,
    )
