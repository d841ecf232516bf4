"""How the features of a table become a network's input: one description, shared by training and serving.

Light: no numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from patholearn_lab.datasets.manifest import Manifest

_SPREAD = 1e-6
"""A feature that varies less is constant over the training split: it has no spread to divide by."""


class Standardization(BaseModel):
    """``input = (value - mean) / std``, feature by feature.

    Attributes
    ----------
    features
        The names of the columns, in their order.
    mean, std
        Of each, over the training split. `std` is never 0.
    """

    model_config = ConfigDict(frozen=True)

    features: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, manifest: Manifest) -> Standardization:
        """Return the standardization of a data set's table."""
        return cls(
            features=manifest.features,
            mean=manifest.feature_mean,
            std=tuple(value if value > _SPREAD else 1.0 for value in manifest.feature_std),
        )
