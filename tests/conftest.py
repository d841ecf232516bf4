"""Fixtures that every kind of test shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from patholearn_lab.paths import DataPaths

# Examples are judged by what they give, not by how long a busy machine takes for one. A developer's run looks for new
# ones at random; CI takes the same ones every time, so that it tells of a change and never of its luck.
settings.register_profile("search", deadline=None)
settings.register_profile("same", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("PATHOLEARN_EXAMPLES", "search"))

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files: PATHOLEARN_TEST_DATA, default ../shared/data from the project's root.

    Where it is missing the test is skipped with that reason; with PATHOLEARN_REQUIRE_REAL_DATA=1 (as in CI) it fails.
    """
    folder = Path(os.environ.get("PATHOLEARN_TEST_DATA") or PROJECT.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        reason = f"The real test data is not at {folder} (set PATHOLEARN_TEST_DATA to its folder)."
        if os.environ.get("PATHOLEARN_REQUIRE_REAL_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture
def data_paths(tmp_path: Path) -> DataPaths:
    """An empty data folder of the test's own, with its folders made."""
    paths = DataPaths(tmp_path / "data")
    paths.ensure()
    return paths
