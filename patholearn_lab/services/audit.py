"""Who deleted which job and model, and when: added to the log in which the data sets write theirs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class AuditLog:
    """The audit log of one data folder, one JSON object a line, only ever appended to.

    Parameters
    ----------
    path
        The file; made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, action: str, *, who: str, **facts: Any) -> None:
        """Append one entry, on the disk before this returns: `who` did `action` to the thing that `facts` name."""
        entry = {"at": datetime.now(UTC).isoformat(), "who": who, "action": action, **facts}
        # One write to a file opened for appending: lines of several processes do not mix.
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, (json.dumps(entry, ensure_ascii=False) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
