"""The composition root: plain settings in, every part of PathoLearn Lab out.

>>> from patholearn_lab.services import Services, Settings
>>> services = Services(Settings(data_dir="data"))   # doctest: +SKIP
>>> services.start()                                 # doctest: +SKIP
>>> services.datasets.list()                         # doctest: +SKIP
"""

from __future__ import annotations

from patholearn_lab.services.composition import Services
from patholearn_lab.services.settings import Settings, default_data_dir

__all__ = ["Services", "Settings", "default_data_dir"]
