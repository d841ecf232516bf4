"""How pixels become a network's input: one description, shared by training and serving. Light: no numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest


class Preprocessing(BaseModel):
    """``input = (value / 255 - mean) / std``, per channel, for a picture of this size and these channels.

    Attributes
    ----------
    mean, std
        One number per channel, for pixel values between 0 and 1. `std` is never 0.
    channels, height, width
        0 where the data set is a table without images.
    """

    model_config = ConfigDict(frozen=True)

    channels: Literal[0, 1, 3]
    height: int = Field(ge=0)
    width: int = Field(ge=0)
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> Preprocessing:
        """Return the preprocessing of a data set: its own size, and the mean and spread of its training pixels."""
        return cls(
            channels=manifest.channels,
            height=manifest.height,
            width=manifest.width,
            mean=manifest.mean,
            # A channel that is constant over the whole training split has no spread to divide by.
            std=tuple(value if value > 1e-6 else 1.0 for value in manifest.std),
        )
