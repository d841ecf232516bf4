"""The features of one sample: what a person gave, over what a data set knows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from patholearn_lab.errors import InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.serving.models import ModelManifest


def row_of(
    manifest: ModelManifest, given: Mapping[str, float] | None, known: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return the value of each feature that a model takes, in its order; empty where it takes none.

    Parameters
    ----------
    manifest
        The model.
    given
        What somebody asks with, by the features' names.
    known
        What the data set has for the sample; used where nothing is given.

    Raises
    ------
    InvalidInputError
        When a feature is missing, unknown, or no finite number; names it.
    """
    given, known = given or {}, known or {}
    names = manifest.standardization.features if manifest.standardization else ()
    unknown = [name for name in given if name not in names]
    if unknown:
        raise InvalidInputError(
            f"The model {manifest.name!r} takes no feature {unknown[0]!r}.",
            f"It takes {', '.join(names)}." if names else "It takes images alone: leave the features out.",
        )
    missing = [name for name in names if name not in given and name not in known]
    if missing:
        raise InvalidInputError(
            f"The model {manifest.name!r} also takes features; missing: {', '.join(missing)}.",
            f'Give each a value: features={{"{missing[0]}": …}}.',
        )
    row = {name: float(given.get(name, known.get(name, 0.0))) for name in names}
    for name, value in row.items():
        if not math.isfinite(value):
            raise InvalidInputError(f"The feature {name!r} is {value}, which is no number.", "Give a finite number.")
    return row
