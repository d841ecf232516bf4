"""Whether the database can be used, asked before anything heavy is imported."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from patholearn_lab.errors import StartupError


def ensure_database_is_free(path: Path, timeout_s: float = 2.0) -> None:
    """Prove that the database at `path` can be written to; it is made where it is missing.

    Raises
    ------
    StartupError
        When another program holds it for longer than `timeout_s`, or when it is no database.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=timeout_s, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        raise StartupError(
            f"The database {str(path)!r} cannot be used: {error}.",
            "Close the program that has it open (a database browser, a backup), then start again.",
            file=str(path),
        ) from error
    except sqlite3.DatabaseError as error:
        raise StartupError(
            f"The database {str(path)!r} is damaged: {error}.",
            "Move it away and start again: it is only an index, and is built anew from the run folders.",
            file=str(path),
        ) from error
