"""The audit log: who made, uploaded and deleted which data set, and when. One JSON object a line, only appended."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Action = Literal["create", "upload", "change", "delete"]


def write_audit(log: Path, action: Action, *, who: str, dataset: str, **facts: Any) -> None:
    """Append one line to the audit log, on the disk before this returns.

    Parameters
    ----------
    log
        The file; made where it is missing.
    action
        What was done.
    who
        The user's name; empty where there is only one.
    dataset
        The id of the data set.
    facts
        Further JSON-serializable facts, such as the version and the content's hash.
    """
    line = {"at": datetime.now(UTC).isoformat(), "who": who, "action": action, "dataset": dataset, **facts}
    # One write to a file opened for appending: lines of several processes do not mix.
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
