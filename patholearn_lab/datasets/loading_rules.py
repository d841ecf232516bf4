"""How a training takes the samples of a set: which are drawn, what is done to them, what size they get. Light."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from patholearn_lab.datasets.augmentation import Augmentation, read_augmentation
from patholearn_lab.datasets.preprocessing import Fit, Normalization
from patholearn_lab.datasets.sampling import Sampling
from patholearn_lab.errors import InvalidInputError

MAX_SIDE = 4096


def _read(value: Any) -> Any:
    """Take an augmentation as text or by the name of a preset too."""
    if not isinstance(value, str):
        return value
    try:
        return read_augmentation(value)
    except InvalidInputError as error:
        raise ValueError(error.message) from error


def _by(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


Side = Annotated[int, Field(ge=1, le=MAX_SIDE, strict=True)]


class LoadingRules(BaseModel):
    """How samples become batches.

    Parameters
    ----------
    augmentation
        What is done to training images at random, with their masks in step: as JSON, as text of DeepHealth's language,
        or the name of a preset.
    sampling
        How often training samples are drawn; ``"balanced"`` is short for ``{"by": "balanced"}``.
    normalization
        Which mean and spread pixels are normalized with: the set's own, ImageNet's, or fixed ones.
    size
        Height and width that images are brought to; their own where None.
    fit
        How: ``"stretch"`` to the size, ``"pad"`` with black to keep the proportions, or ``"crop"`` the middle.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    augmentation: Annotated[Augmentation, BeforeValidator(_read)] = Augmentation()
    sampling: Annotated[Sampling, BeforeValidator(_by)] = Sampling()
    normalization: Normalization = "set"
    size: tuple[Side, Side] | None = None
    fit: Fit = "stretch"
