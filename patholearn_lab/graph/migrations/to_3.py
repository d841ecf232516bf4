"""Version 3 has frames, which were groups without a color before, and remarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def migrate(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document of version 2 as one of version 3."""
    rest = {name: value for name, value in raw.items() if name != "groups"}
    return {"frames": raw.get("groups", {}), "remarks": {}, **rest, "schemaVersion": 3}
