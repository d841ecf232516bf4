"""A job whose module takes two seconds to import: it is ``preparing`` for as long."""

from __future__ import annotations

import time

from patholearn_lab.testing.jobs import climb

time.sleep(2)

__all__ = ["climb"]
