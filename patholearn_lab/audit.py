"""The audit log: who made, uploaded, changed and deleted what, and when. One JSON object a line, only appended."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_OFF = "audit.off"
"""A file beside the log: while it is there, nothing is written. Every process that works on the folder sees it."""


def switch_audit(log: Path, *, on: bool) -> None:
    """Switch the log on or off, for every process that works on the data folder; the switch itself is logged."""
    marker = log.with_name(_OFF)
    if on == (not marker.exists()):
        return
    marker.unlink(missing_ok=True)
    append_audit(log, "audit_on" if on else "audit_off", who="operator")
    if not on:
        marker.touch(0o600)


def append_audit(log: Path, action: str, *, who: str, **facts: Any) -> None:
    """Append one entry, on the disk before this returns; nothing while the log is switched off.

    Parameters
    ----------
    log
        The file; made where it is missing.
    action
        What was done.
    who
        The user's name; empty where there is only one.
    facts
        Further JSON-serializable facts: the thing it was done to, and what tells it apart.
    """
    if log.with_name(_OFF).exists():
        return
    entry = {"at": datetime.now(UTC).isoformat(), "who": who, "action": action, **facts}
    # One write to a file opened for appending: lines of several processes do not mix.
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, (json.dumps(entry, ensure_ascii=False) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
