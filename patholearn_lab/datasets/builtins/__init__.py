"""The built-in data sets, one module each. Importing this package registers them; it imports no numpy."""

from __future__ import annotations

from patholearn_lab.datasets.builtin import BUILTINS
from patholearn_lab.datasets.builtins.digits import DIGITS
from patholearn_lab.datasets.builtins.he_tissue import HE_TISSUE
from patholearn_lab.datasets.builtins.ihc_colon import IHC_COLON

for _builtin in (HE_TISSUE, DIGITS, IHC_COLON):
    BUILTINS.register(_builtin.id, _builtin)

__all__ = ["BUILTINS"]
