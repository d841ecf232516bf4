"""Tells another program of each job that has ended, where the operator named an address for it.

It runs in a thread of its own, one call after the other, each with an end: an address that hangs delays the next call,
and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_S = 10.0
WAITING = 1000
"""How many endings wait for an address that is slow; what comes after is dropped, and the log says so."""

_log = logging.getLogger(__name__)


class Webhook:
    """Sends ``{id, kind, name, owner, state, reason, started_at, ended_at, labels, model}`` by POST, as JSON.

    Parameters
    ----------
    url
        Where to. It may hold a secret, so nothing but its host is ever logged.
    timeout_s
        After how long a call is given up, from its beginning to its end.
    """

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._host = urlsplit(url).hostname or "?"
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None

    def job_ended(self, job: dict[str, Any]) -> None:
        """Tell of a job, given as its event has it. Returns at once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait(told(job))
        except queue.Full:
            _log.warning("The webhook at %s is too slow: it is not told of job %s.", self._host, job["id"])

    def close(self) -> None:
        """Send nothing more. A call under way ends by itself."""
        if self._thread is not None:
            while not self._waiting.empty():
                self._waiting.get_nowait()
            self._waiting.put_nowait(None)

    def _run(self) -> None:
        while (body := self._waiting.get()) is not None:
            problem = asyncio.run(self._send(body))
            if problem:
                _log.warning("The webhook at %s was not told of job %s: %s", self._host, body["id"], problem)

    async def _send(self, body: dict[str, Any]) -> str:
        """Return what went wrong; empty where nothing did."""
        import httpx

        # httpx limits each step of a call, and a server may take many small ones. This limits the whole.
        try:
            async with asyncio.timeout(self._timeout_s), httpx.AsyncClient(timeout=self._timeout_s) as client:
                answer = await client.post(self._url, json=body)
        except TimeoutError:
            return f"no answer within {self._timeout_s:g} s."
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            # Not its text, which may have the address with its secret.
            return f"{type(error).__name__}."
        return "" if answer.is_success else f"it answered with the status {answer.status_code}."


def told(job: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of a job: neither its code nor its traceback."""
    kept = ("id", "kind", "name", "owner", "state", "started_at", "ended_at", "labels")
    model = (job["result"] or {}).get("model")
    return {**{name: job[name] for name in kept}, "reason": job["transitions"][-1]["reason"], "model": model}
