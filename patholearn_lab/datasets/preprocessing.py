"""How pixels become a network's input: one description, shared by training and serving. Light: no numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from patholearn_lab.errors import InvalidInputError

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest

Fit = Literal["stretch", "pad", "crop"]
"""How a picture of another size gets that of the network: stretched, with black at two sides, or its middle alone."""

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Those of the images that torchvision's weights were trained on: https://docs.pytorch.org/vision/stable/models.html."""


class FixedNormalization(BaseModel):
    """Mean and spread that somebody gave, one number a channel, for pixel values between 0 and 1."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mean: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(min_length=1, max_length=3)
    std: tuple[Annotated[float, Field(gt=0, le=10)], ...] = Field(min_length=1, max_length=3)


Normalization = Literal["set", "imagenet"] | FixedNormalization
"""Which mean and spread pixels are normalized with: the set's own, ImageNet's, or fixed ones."""


class Preprocessing(BaseModel):
    """``input = (value / 255 - mean) / std``, per channel, for a picture of this size and these channels.

    Attributes
    ----------
    mean, std
        One number per channel, for pixel values between 0 and 1. `std` is never 0.
    channels, height, width
        0 where the data set is a table without images.
    fit
        How pictures of another size are brought to this one.
    """

    model_config = ConfigDict(frozen=True)

    channels: Literal[0, 1, 3]
    height: int = Field(ge=0)
    width: int = Field(ge=0)
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fit: Fit = "stretch"

    @classmethod
    def of(
        cls,
        manifest: Manifest,
        normalization: Normalization = "set",
        size: tuple[int, int] | None = None,
        fit: Fit = "stretch",
    ) -> Preprocessing:
        """Return the preprocessing of a data set: its own size, and the mean and spread of its training pixels.

        Parameters
        ----------
        manifest
            The set's card.
        normalization
            Other figures than its own. A grey image takes the averages of ImageNet's.
        size
            Another height and width.
        fit
            How images are brought to it.

        Raises
        ------
        InvalidInputError
            When there are not as many figures as channels.
        """
        mean, std = manifest.mean, manifest.std
        if normalization == "imagenet":
            grey = manifest.channels == 1
            mean = (sum(IMAGENET_MEAN) / 3,) if grey else IMAGENET_MEAN
            std = (sum(IMAGENET_STD) / 3,) if grey else IMAGENET_STD
        elif isinstance(normalization, FixedNormalization):
            mean, std = normalization.mean, normalization.std
        if not len(mean) == len(std) == manifest.channels:
            raise InvalidInputError(
                f"There are {len(mean)} means and {len(std)} spreads for {manifest.channels} channels.",
                "Give one of each for every channel.",
            )
        height, width = size or (manifest.height, manifest.width)
        return cls(
            channels=manifest.channels,
            height=height,
            width=width,
            mean=mean,
            # A channel that is constant over the whole training split has no spread to divide by.
            std=tuple(value if value > 1e-6 else 1.0 for value in std),
            fit=fit,
        )
