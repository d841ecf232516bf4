"""One job, held in the hand: asked how it is, waited for, stopped, its log read."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from patholearn_lab.errors import CancelledError, PathoLearnError, UnavailableError, error_from_dict

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.jobs.folder import Keep
    from patholearn_lab.jobs.levels import LogLevel
    from patholearn_lab.jobs.models import Job, LogLine, LogStream
    from patholearn_lab.services.events import Event

ASK_EVERY_S = 5.0
"""How often a waiting job is asked about although no event came: events are the quick way, asking is the sure one."""


class JobHandle:
    """A job of any kind.

    Parameters
    ----------
    client
        Where it runs.
    job
        The job as it was when it was last asked about, or its id.
    """

    def __init__(self, client: Client, job: Job | str) -> None:
        self._client = client
        self._job = client.jobs.get(job) if isinstance(job, str) else job

    @property
    def id(self) -> str:
        """The job's id, by which it is found again in any notebook: ``Run(lab.connect(), id)``."""
        return self._job.id

    @property
    def client(self) -> Client:
        """The client that asks about it."""
        return self._client

    @property
    def job(self) -> Job:
        """The job as it is now."""
        return self.refresh()._job

    @property
    def state(self) -> str:
        """The job's state now: queued, preparing, running, stopping, paused, done, failed, cancelled or lost."""
        return self.job.state

    @property
    def result(self) -> dict[str, Any] | None:
        """What the job gave, such as a training's test metrics and model; None before it is done."""
        return self.job.result

    def refresh(self) -> Self:
        """Ask about the job anew, unless it has ended; return it."""
        if not self._job.final:
            self._job = self._client.jobs.get(self.id)
        return self

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until the job has ended well, and return it.

        Raises
        ------
        PathoLearnError
            When the job failed; the error is the job's own: a mistake in the cell is a CodeError with its line.
        CancelledError
            When the job was cancelled.
        UnavailableError
            When it still runs after `timeout_s` seconds. The job goes on.
        """
        ended = threading.Event()

        def look(event: Event) -> None:
            if event.topic != "jobs" or (event.data.get("id") == self.id):
                ended.set()

        unsubscribe = self._client.events.subscribe(look, ["jobs"])
        try:
            self._wait(ended, timeout_s)
        finally:
            unsubscribe()
        self._raise_unless_done()
        return self

    def cancel(self, keep: Keep | None = None) -> Self:
        """Ask the job to stop, and return it at once.

        `keep` says what is kept of a training: ``"best"`` or ``"last"`` makes a model of that epoch, ``"nothing"``
        removes the checkpoints; with None they stay, so that it can go on from there.
        """
        self._job = self._client.jobs.cancel(self.id, keep)
        return self

    def log(self) -> str:
        """Return the job's output so far, line by line in the order in which it was written."""
        return self._client.jobs.log_text(self.id).rstrip("\n")

    def logs(
        self,
        *,
        search: str = "",
        regex: str = "",
        stream: LogStream | None = None,
        session: int | None = None,
        level: LogLevel | None = None,
    ) -> list[LogLine]:
        """Return the lines of the job's output that are wanted, with their number, time, stream, session and level.

        Parameters
        ----------
        search
            Words that all have to occur, in any case.
        regex
            A regular expression that has to match.
        stream
            ``"stdout"``, ``"stderr"`` or ``"log"``, what the job says about itself.
        session
            Which process of the job, from 1: a job that was paused has several.
        level
            ``"warning"`` takes warnings and errors, ``"error"`` errors alone.

        Examples
        --------
        >>> [line.text for line in job.logs(level="warning")]  # doctest: +SKIP
        """
        lines: list[LogLine] = []
        after, more = 0, True
        while more:
            page = self._client.jobs.log(
                self.id, after, 10_000, search=search, regex=regex, stream=stream, session=session, level=level
            )
            lines += page.lines
            after, more = page.next, page.more
        return lines

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id}: {self._job.name or self._job.kind}, {self._job.state}>"

    def _wait(self, ended: threading.Event, timeout_s: float | None) -> None:
        import time

        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self.refresh()._job.final:
            left_s = ASK_EVERY_S if deadline is None else min(ASK_EVERY_S, deadline - time.monotonic())
            if left_s <= 0:
                raise UnavailableError(
                    f"The job {self.id} is still {self._job.state} after {timeout_s:g} seconds.",
                    "It goes on: call wait() again, or cancel() to stop it.",
                    id=self.id,
                )
            ended.wait(left_s)
            ended.clear()

    def _raise_unless_done(self) -> None:
        job = self._job
        if job.state == "done":
            return
        if job.error is not None:
            raise error_from_dict(job.error.model_dump(exclude={"traceback"}))
        if job.state == "cancelled":
            raise CancelledError(f"The job {self.id} was cancelled.", "Start it again.", id=self.id)
        raise PathoLearnError(
            f"The job {self.id} ended as {job.state}.", "log() shows what it wrote.", id=self.id, state=job.state
        )
