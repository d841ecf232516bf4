"""The process of a rank above 0: ``python -m patholearn_lab.jobs.rank <run folder> <rank> <session>``.

It calls the job's function as the child does, and tells nobody but the other ranks: curves, progress and result are
rank 0's.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from patholearn_lab.jobs.child import confine_if_asked, give_way, load_target
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.launch import is_over

_LOOK_EVERY_S = 0.5


class RankContext(JobContext):
    """A job's context that writes nothing."""

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        """Do nothing: rank 0 reports."""

    def metric(self, name: str, value: float, *, step: int, epoch: int | None = None) -> None:
        """Do nothing: rank 0 has the same figures."""


def main(arguments: list[str]) -> None:
    """Do the work of one rank."""
    folder, rank, session = RunFolder(Path(arguments[0])), int(arguments[1]), int(arguments[2])
    give_way()
    context = RankContext(folder, print, rank=rank)
    context.ranks.beat_from_now_on(rank)

    def watch() -> None:
        while not is_over(folder, session):
            time.sleep(_LOOK_EVERY_S)
        os._exit(0)

    threading.Thread(target=watch, name="session", daemon=True).start()
    # Rank 0 comes to the meeting when it has its data, which it may have to make first.
    context.meet()
    spec = folder.spec()
    function = load_target(spec["target"])
    confine_if_asked(folder)
    function(spec["payload"], context)
    context.close()


if __name__ == "__main__":
    main(sys.argv[1:])
