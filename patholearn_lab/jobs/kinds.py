"""What a job may be: one declaration says how its payload looks, what is called with it, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from patholearn_lab.cluster.resources import ANY, Resources
from patholearn_lab.lazy import import_named

if TYPE_CHECKING:
    from pydantic import BaseModel


@dataclass(frozen=True)
class JobKind:
    """One kind of job.

    Parameters
    ----------
    target
        The import string ``package.module:function``; called in the child as ``function(payload, context)``.
    spec
        The import string ``package.module:Model`` of the pydantic model of its payload: what does not fit it is refused
        before anything is queued. The module is imported in the server, so it must be a light one. Empty for a kind
        that looks at its payload itself.
    resumable
        Whether it can go on from its last checkpoint: only then can it be paused, and only then is it started again
        when the worker that ran it is lost.
    conducted
        Whether a thread of the server does it, which starts other jobs: it has no process, and takes no place from
        them. The queue is told who conducts it by :meth:`patholearn_lab.jobs.queue.JobQueue.conduct`.
    needs
        What it needs of the cluster where whoever asks for it says nothing else.

    Examples
    --------
    In a package of one's own, found by the entry point ``patholearn_lab.job_kinds``:

    >>> counting = JobKind("my_package.counting:count", spec="my_package.counting:CountSpec", needs=Resources(gpus=0))
    """

    target: str
    spec: str = ""
    resumable: bool = False
    conducted: bool = False
    needs: Resources = ANY

    def spec_model(self) -> type[BaseModel] | None:
        """Return the model of its payload; None where it has none."""
        return cast("type[BaseModel]", import_named(self.spec)) if self.spec else None
