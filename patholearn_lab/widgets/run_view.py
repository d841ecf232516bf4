"""One run in a notebook: how it stands, its curves, its log and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patholearn_lab.widgets.run_display import RunDisplay, RunHeader, SharedClient

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


class RunView(RunDisplay):
    """Shows one run, live while it goes on, and as it ended afterwards.

    Parameters
    ----------
    run
        A run of :func:`patholearn_lab.train`, a job, or a job's id.
    client
        Where the run is; found by itself where None.

    Raises
    ------
    JobNotFoundError
        When there is no such job.

    Examples
    --------
    >>> run = lab.train(LeNet5, dataset="he_tissue", epochs=8)  # doctest: +SKIP
    >>> lab.RunView(run)                                        # doctest: +SKIP
    """

    def __init__(self, run: Any, *, client: Client | None = None) -> None:
        shared = SharedClient(client)
        job = shared().jobs.get(run if isinstance(run, str) else run.id)
        super().__init__(RunHeader(shared), shared, {"job": job.id})
        self.follow(job)
