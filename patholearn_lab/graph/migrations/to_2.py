"""Version 2 has blocks. A document of version 1 has none of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def migrate(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of version 1 as one of version 2."""
    return {"blocks": {}, **raw, "schemaVersion": 2}
