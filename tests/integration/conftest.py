"""One real Jupyter server for the tests that only talk to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.jupyter_server import JupyterServer


@pytest.fixture(scope="session")
def jupyter_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A running server with an empty data folder; tests give their things names of their own."""
    folder = tmp_path_factory.mktemp("server")
    with JupyterServer.started(
        folder / "work", folder / "data", options=("--PathoLearnApp.max_upload_mb=5",)
    ) as server:
        yield server
