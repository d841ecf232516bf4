"""How the features of a table become a network's input: one description, shared by training and serving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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

    def apply(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return rows of the table, ``[n,features]``, as a network takes them: float32, standardized."""
        import numpy as np

        return np.asarray((rows - np.array(self.mean)) / np.array(self.std), np.float32)
