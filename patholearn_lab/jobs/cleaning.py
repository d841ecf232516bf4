"""What the runs printed is thrown away some time after their end; curves, results and checkpoints stay."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import encode, last_seq
from patholearn_lab.jobs.states import FINAL
from patholearn_lab.paths import DataPaths, write_atomically


def forget_old_logs(paths: DataPaths, days: int, now: datetime | None = None) -> list[str]:
    """Remove the logs of all runs that ended more than `days` days ago, and return the ids of those runs.

    In the log's place stays one line that says so, with the number after the last one: nobody who asks for what came
    after a line is told old numbers anew.
    """
    now = now or datetime.now(UTC)
    forgotten = []
    for path in sorted(paths.runs.iterdir()):
        folder = RunFolder(path)
        if not folder.states.is_file() or not folder.log.is_file():
            continue
        try:
            last = folder.transitions()[-1]
        except (IndexError, json.JSONDecodeError):
            # Damaged: what is left of such a folder is for a person to look at.
            continue
        ended = datetime.fromisoformat(last["at"])
        if last["state"] in FINAL and now - ended > timedelta(days=days) and not _is_forgotten(folder):
            _forget(folder, days, now)
            forgotten.append(folder.id)
    return forgotten


def _is_forgotten(folder: RunFolder) -> bool:
    with folder.log.open("rb") as file:
        return b'"forgotten":true' in file.readline()


def _forget(folder: RunFolder, days: int, now: datetime) -> None:
    text = f"(The log was thrown away {days} days after the end of the run. Its curves and its result are kept.)"
    at = now.isoformat(timespec="microseconds")
    line = {"seq": last_seq(folder.log) + 1, "stream": "log", "text": text, "time": at, "forgotten": True}
    write_atomically(folder.log, encode(line).decode())
    folder.stdout.unlink(missing_ok=True)
    folder.stderr.unlink(missing_ok=True)
