"""Whether Jupyter hears that jobs go on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from patholearn_lab.server.activity import report_activity


def test_the_server_is_active_as_long_as_there_are_jobs() -> None:
    settings: dict[str, Any] = {}
    live = [0]

    async def watch() -> None:
        reporting = report_activity(lambda: live[0], settings, every_s=0.01)
        await asyncio.sleep(0.05)
        assert settings == {}
        live[0] = 2
        while not settings:
            await asyncio.sleep(0.01)
        reporting.stop()

    asyncio.run(asyncio.wait_for(watch(), 5))
    assert (datetime.now(UTC) - settings["last_activity_times"]["patholearn_lab"]).total_seconds() < 5
