"""The index of jobs: SQLite, built from the run folders and for nothing but finding jobs among many quickly.

This module imports SQLAlchemy, so it is itself imported late.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Index,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.sqlite import insert

from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.states import JobState

_VERSION = 1
"""Raised when the tables change: an index of another version is thrown away and built anew."""
_TIMEOUT_S = 5.0

_metadata = MetaData()
_jobs = Table(
    "jobs",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("job", Text, nullable=False),
    Index("jobs_newest", "created_at", "id"),
)


class JobStore:
    """Jobs by id, and pages of them.

    Parameters
    ----------
    path
        The database; made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _TIMEOUT_S})
        event.listen(self._engine, "connect", _tune)
        with self._engine.begin() as connection:
            if connection.execute(text("PRAGMA user_version")).scalar_one() != _VERSION:
                _metadata.drop_all(connection)
                connection.execute(text(f"PRAGMA user_version = {_VERSION}"))
            _metadata.create_all(connection)

    def save(self, job: Job) -> None:
        """Write a job, in the place of what was known of it."""
        row = {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            # Text of one length sorts like the times that it tells.
            "created_at": job.created_at.isoformat(timespec="microseconds"),
            "labels": json.dumps(job.labels),
            "job": job.model_dump_json(),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(_jobs).values(row).on_conflict_do_update(index_elements=["id"], set_=row))

    def find(self, job_id: str) -> Job | None:
        """Return a job as it was written last."""
        with self._engine.connect() as connection:
            found = connection.execute(select(_jobs.c.job).where(_jobs.c.id == job_id)).scalar_one_or_none()
        return None if found is None else Job.model_validate_json(found)

    def newest(self, kind: str | None, labels: Mapping[str, str], limit: int, before: str | None) -> list[Job]:
        """Return at most `limit` jobs of `kind` with all of `labels`, the newest first, older than the job `before`."""
        query = select(_jobs.c.job).order_by(_jobs.c.created_at.desc(), _jobs.c.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(_jobs.c.kind == kind)
        for name, value in labels.items():
            # Not json_extract: its paths cannot name every key.
            label = func.json_each(_jobs.c.labels).table_valued("key", "value")
            query = query.where(exists().where(label.c.key == name, label.c.value == value))
        with self._engine.connect() as connection:
            if before is not None:
                query = query.where(_older_than(connection, before))
            return [Job.model_validate_json(row) for row in connection.execute(query).scalars()]

    def states(self) -> dict[str, JobState]:
        """Return the state of every job, as it was written last."""
        with self._engine.connect() as connection:
            return {row.id: row.state for row in connection.execute(select(_jobs.c.id, _jobs.c.state))}

    def delete(self, job_id: str) -> None:
        """Forget a job."""
        with self._engine.begin() as connection:
            connection.execute(_jobs.delete().where(_jobs.c.id == job_id))

    def close(self) -> None:
        """Close the database."""
        self._engine.dispose()


def _older_than(connection: Connection, job_id: str) -> Any:
    created_at = connection.execute(select(_jobs.c.created_at).where(_jobs.c.id == job_id)).scalar_one_or_none()
    if created_at is None:
        # The job of the cursor was deleted since. Its id begins with the second of its making, and so do the others'.
        return _jobs.c.id < job_id
    return (_jobs.c.created_at < created_at) | ((_jobs.c.created_at == created_at) & (_jobs.c.id < job_id))


def _tune(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Readers do not wait for the writer; and what a power cut takes is built again from the run folders.
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
