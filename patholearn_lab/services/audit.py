"""Who uploaded, made and deleted what, and when: one JSON object a line, only ever appended to."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class AuditLog:
    """The audit log of one data folder.

    Parameters
    ----------
    path
        The file; made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def record(self, who: str, action: str, thing: str, **facts: Any) -> None:
        """Append one entry: `who` did `action` (``"datasets.delete"``) to `thing` (``"digits"``)."""
        entry = {"at": datetime.now(UTC).isoformat(), "who": who, "action": action, "thing": thing, **facts}
        # One write of a whole line, so that a crash or a second writer cannot cut into it.
        with self._lock, self._path.open("ab", buffering=0) as file:
            file.write(json.dumps(entry).encode() + b"\n")
