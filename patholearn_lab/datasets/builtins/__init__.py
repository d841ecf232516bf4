"""The built-in data sets, one module each. Importing this package registers them; it imports no numpy."""

from __future__ import annotations

from patholearn_lab.datasets.builtin import BUILTINS
from patholearn_lab.datasets.builtins.digits import DIGITS
from patholearn_lab.datasets.builtins.he_patients import HE_PATIENTS
from patholearn_lab.datasets.builtins.he_tissue import HE_TISSUE
from patholearn_lab.datasets.builtins.ihc_colon import IHC_COLON
from patholearn_lab.graph.inputs import DatasetShape

for _builtin in (HE_TISSUE, HE_PATIENTS, DIGITS, IHC_COLON):
    BUILTINS.register(_builtin.id, _builtin)

__all__ = ["BUILTINS"]


def builtin_shape(id: str) -> DatasetShape | None:
    """Return what a graph needs to know about a built-in set, made or not; None where there is no such set."""
    return BUILTINS[id].shape_as(id) if id in BUILTINS else None
