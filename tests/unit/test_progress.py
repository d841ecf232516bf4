"""Progress: work learns between two steps that it should stop."""

from __future__ import annotations

import pytest

from patholearn_lab.errors import CancelledError
from patholearn_lab.progress import NoProgress, Progress, ensure_not_cancelled


class Stopped(NoProgress):
    @property
    def cancelled(self) -> bool:
        return True


def test_work_that_nobody_watches_goes_on() -> None:
    progress: Progress = NoProgress()
    progress.report(1, None, "reading")
    progress.log("one line")
    ensure_not_cancelled(progress)


def test_work_stops_when_it_was_cancelled() -> None:
    with pytest.raises(CancelledError, match="Stopped on request"):
        ensure_not_cancelled(Stopped())
