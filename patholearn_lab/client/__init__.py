"""What notebooks and widgets call. ``connect()`` gives the client of this process.

>>> from patholearn_lab.client import connect
>>> client = connect()                      # doctest: +SKIP
>>> client.datasets.ensure("digits").total  # doctest: +SKIP
1797
"""

from __future__ import annotations

from patholearn_lab.client.discovery import connect, disconnect
from patholearn_lab.client.interface import Client
from patholearn_lab.client.run import Run

__all__ = ["Client", "Run", "connect", "disconnect"]
