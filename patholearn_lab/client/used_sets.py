"""Which data sets a job would use, so that nobody trains on what is private to somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import DatasetError, DatasetNotFoundError, InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.datasets.library import DatasetLibrary


def ensure_usable(library: DatasetLibrary, payload: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    """Refuse a job on a data set that is private to somebody else.

    A set that is not there, or damaged, is the job's own to complain about.

    Raises
    ------
    PermissionDeniedError
        When it is; names the set and its owner.
    """
    for dataset in sets_named(payload, labels):
        with suppress(DatasetNotFoundError, DatasetError, InvalidInputError):
            library.find(dataset)


def sets_named(payload: Mapping[str, Any], labels: Mapping[str, str]) -> set[str]:
    """Return the data sets that a job's labels and the code in its payload name."""
    from patholearn_lab.codegen.reading import read_cell

    named = {labels.get("dataset")}
    for part in (payload, payload.get("training")):
        code = part.get("code") if isinstance(part, Mapping) else None
        if isinstance(code, str):
            with suppress(InvalidInputError):
                named.add(str(read_cell(code).settings.get("DATASET") or ""))
    return {name for name in named if name}
