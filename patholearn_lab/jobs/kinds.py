"""What a job may be: the function that its child process calls, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    Parameters
    ----------
    target
        The import string ``package.module:function``; called in the child as ``function(payload, context)``.
    resumable
        Whether it can go on from its last checkpoint: only then can it be paused, and only then is it started again
        when the worker that ran it is lost.
    conducted
        Whether a thread of the server does it, which starts other jobs: it has no process, and takes no place from
        them. The queue is told who conducts it by :meth:`patholearn_lab.jobs.queue.JobQueue.conduct`.
    """

    target: str
    resumable: bool = False
    conducted: bool = False
