"""What may be done with a job that has not ended: stop it, hold it, let it go on, put it before others.

Everything is a wish in the job's folder, or a transition of a job that has no process; whoever watches the job does it.
"""

from __future__ import annotations

from patholearn_lab.errors import ConflictError, JobSpecError
from patholearn_lab.jobs.dispatch import Dispatcher
from patholearn_lab.jobs.folder import Keep, RunFolder, StopRequest
from patholearn_lab.jobs.reading import read_job
from patholearn_lab.jobs.scheduling import PRIORITIES, Priority
from patholearn_lab.jobs.states import FINAL, IDLE, JobState


class Steering:
    """Steers the jobs of one queue.

    Parameters
    ----------
    dispatcher
        Told of jobs that leave the queue, come back to it or change their place in it.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def cancel(self, folder: RunFolder, keep: Keep | None) -> None:
        """Ask a job to stop; see :meth:`patholearn_lab.jobs.queue.JobQueue.cancel`."""
        reason = "Stopped on request."
        if self.end_idle(folder, "cancelled", reason):
            if keep == "nothing":
                folder.drop_checkpoints()
        elif folder.state not in FINAL:
            folder.ask_to_stop(StopRequest(reason, keep))

    def pause(self, folder: RunFolder) -> None:
        """Hold a job, or ask it to stop such that it can go on."""
        job = read_job(folder)
        if job.final or not job.resumable:
            why = f"is {job.state}" if job.final else f"is of the kind {job.kind!r}, which keeps no checkpoints"
            raise ConflictError(
                f"The job {job.id!r} {why}, so it cannot be paused.",
                "Copy it to run it again." if job.final else "Cancel it, and start it again later.",
                job=job.id,
                state=job.state,
            )
        reason = "Paused on request."
        if job.state != "paused" and not self.end_idle(folder, "paused", reason) and folder.state not in FINAL:
            folder.ask_to_stop(StopRequest(reason, then="paused"))

    def resume(self, folder: RunFolder) -> None:
        """Queue a paused job again."""
        if not folder.move_to("queued", "Resumed on request.", only_from="paused"):
            raise ConflictError(
                f"The job {folder.id!r} is {folder.state}, so it cannot be resumed.",
                "Only a paused job can.",
                job=folder.id,
                state=folder.state,
            )
        self._dispatcher.add(folder, read_job(folder))

    def prioritize(self, folder: RunFolder, priority: Priority) -> None:
        """Put a waiting job before or behind others of its owner."""
        if priority not in PRIORITIES:
            raise JobSpecError(
                f"There is no priority {priority!r}.", f"The priorities are {', '.join(PRIORITIES)}.", priority=priority
            )
        if folder.state not in IDLE:
            raise ConflictError(
                f"The job {folder.id!r} is {folder.state}, so its priority means nothing any more.",
                "Only a job that waits has one.",
                job=folder.id,
                state=folder.state,
            )
        folder.ask_for(priority=priority)
        self._dispatcher.prefer(folder.id, priority)

    def end_idle(self, folder: RunFolder, state: JobState, reason: str) -> bool:
        """Move a job that has no process to `state`; return whether it had none."""
        moved = any(folder.move_to(state, reason, only_from=idle) for idle in sorted(IDLE))
        if moved:
            self._dispatcher.withdraw(folder.id)
        return moved
