"""Finds the jobs again when a server starts: the run folders are asked, and the index is brought in line with them."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from patholearn_lab.jobs.endings import settle
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.states import FINAL, IDLE
from patholearn_lab.jobs.store import JobStore
from patholearn_lab.paths import DataPaths

_log = logging.getLogger(__name__)


def recover(paths: DataPaths, store: JobStore) -> list[tuple[Job, RunFolder]]:
    """Bring the index in line with the run folders, and return the jobs that have not ended: the running ones first.

    Those that run are watched by their supervisors and are only to be followed; those that are queued are to be queued
    again. A job that should run, but that nobody watches, is ended here: as its child told it, or as lost.
    """
    known = store.states()
    live: list[tuple[Job, RunFolder]] = []
    seen = set()
    for folder in _folders(paths):
        seen.add(folder.id)
        if known.get(folder.id) in FINAL:
            continue
        try:
            if folder.state not in FINAL | IDLE and not folder.is_watched():
                settle(folder)
            job = read_job(folder)
        except (OSError, ValueError, KeyError, IndexError):
            # Somebody else's hands were in it. The other jobs are found all the same.
            _log.warning("The run folder %s cannot be read, and is left out.", folder.path, exc_info=True)
            continue
        store.save(job)
        if not job.final:
            live.append((job, folder))
    for job_id in known.keys() - seen:
        store.delete(job_id)
    # By their turns: what runs already, then what waits, the oldest first.
    return sorted(live, key=lambda found: (found[0].state == "queued", found[0].created_at))


def _folders(paths: DataPaths) -> Iterator[RunFolder]:
    for path in sorted(paths.runs.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            yield RunFolder(path)
