"""Jobs count as activity: neither a hub's culler nor Jupyter's own shutdown ends a server whose jobs go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tornado.ioloop import PeriodicCallback

REPORT_EVERY_S = 30.0
"""Well below the shortest time after which anybody calls a server idle."""


def report_activity(
    live_jobs: Callable[[], int], settings: dict[str, Any], every_s: float = REPORT_EVERY_S
) -> PeriodicCallback:
    """Tell Jupyter, now and then, that the server is active while there are jobs; return what does so.

    Jupyter takes the newest of the times in ``last_activity_times`` for ``last_activity`` of ``/api/status``, which
    the hub asks for.
    """

    def look() -> None:
        if live_jobs():
            settings.setdefault("last_activity_times", {})["patholearn_lab"] = datetime.now(UTC)

    callback = PeriodicCallback(look, every_s * 1000)
    callback.start()
    return callback
