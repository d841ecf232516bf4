"""What has to be done once a day while the server runs: old logs are thrown away."""

from __future__ import annotations

import logging
import threading

from patholearn_lab.jobs.cleaning import forget_old_logs
from patholearn_lab.paths import DataPaths

EVERY_S = 24 * 3600.0
FIRST_AFTER_S = 60.0
"""Not at once: a server that starts has more urgent things to do."""

_log = logging.getLogger(__name__)


class Housekeeping:
    """Looks after one data folder, in a thread of its own.

    Parameters
    ----------
    paths
        The data folder.
    keep_logs_days
        After how many days the log of an ended run is thrown away.
    first_after_s
        How long after :meth:`start` it looks for the first time, in seconds.
    """

    def __init__(self, paths: DataPaths, keep_logs_days: int, *, first_after_s: float = FIRST_AFTER_S) -> None:
        self._paths = paths
        self._days = keep_logs_days
        self._first_after_s = first_after_s
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, and wait for what is being done."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_after_s
        while not self._closed.wait(wait_s):
            wait_s = EVERY_S
            try:
                forgotten = forget_old_logs(self._paths, self._days)
            except OSError:
                # A full disk, a folder that cannot be read: tried again tomorrow.
                _log.exception("The old logs in %s cannot be thrown away.", self._paths.runs)
            else:
                if forgotten:
                    _log.info("The logs of %d runs were thrown away after %d days.", len(forgotten), self._days)
