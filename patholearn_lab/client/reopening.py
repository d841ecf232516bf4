"""``run()``: take a run in the hand again, in any notebook, by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patholearn_lab.client.discovery import connect
from patholearn_lab.client.run import Run
from patholearn_lab.client.search import SEARCH, Search

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


def run(id: str, *, client: Client | None = None) -> Run:
    """Return a run, or a search, of which the id is known; at the end of a cell it shows itself.

    Parameters
    ----------
    id
        The job's id: what the panel of runs shows, and :attr:`~patholearn_lab.client.run.Run.id`.
    client
        Where it is; :func:`~patholearn_lab.connect` where it is None.

    Raises
    ------
    JobNotFoundError
        When there is no such job.

    Examples
    --------
    >>> lab.run("20260102-030405-abcd").metrics()  # doctest: +SKIP
    """
    client = client or connect()
    job = client.jobs.get(id)
    return Search(client, job) if job.kind == SEARCH else Run(client, job)
