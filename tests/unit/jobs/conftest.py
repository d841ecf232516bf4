"""A run folder to write into."""

from __future__ import annotations

import pytest

from patholearn_lab.jobs.folder import RunFolder, utc_now
from patholearn_lab.paths import DataPaths


@pytest.fixture
def folder(data_paths: DataPaths) -> RunFolder:
    """The folder of a queued job."""
    spec = {
        "kind": "count",
        "target": "patholearn_lab.testing.jobs:count",
        "name": "Counting",
        "owner": "ada",
        "visibility": "private",
        "labels": {"graph": "g1"},
        "payload": {"to": 3},
        "stop_grace_s": 10.0,
        "created_at": utc_now(),
    }
    return RunFolder.create(data_paths.run("job-1"), data_paths.scratch, spec)
