"""Version 4 has comments on nodes. A document of version 3 has none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def migrate(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of version 3 as one of version 4."""
    return {"comments": {}, **raw, "schemaVersion": 4}
