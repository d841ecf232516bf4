"""connect(): the server where one runs, else this process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from patholearn_lab.client import connect, disconnect
from patholearn_lab.client.connection import Connection, write_connection
from patholearn_lab.client.http import HttpClient
from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import UnavailableError


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("PATHOLEARN_DATA", str(tmp_path / "data"))
    yield tmp_path
    disconnect()


def test_without_a_server_the_work_is_done_here(folders: Path) -> None:
    client = connect()
    assert isinstance(client, LocalClient)
    assert client.datasets.list() == []
    assert (folders / "data").is_dir()


def test_a_process_has_one_client() -> None:
    assert connect() is connect()


def test_after_disconnecting_the_folder_is_free_and_a_new_client_is_made() -> None:
    first = connect()
    disconnect()
    assert connect() is not first


def test_a_server_that_runs_is_taken(folders: Path) -> None:
    write_connection(Connection("http://127.0.0.1:1/base/", "secret", os.getpid()), folders / "runtime")
    client = connect()
    assert isinstance(client, HttpClient)
    assert client.url == "http://127.0.0.1:1/base/"
    assert not (folders / "data").exists()


def test_a_server_that_cannot_be_reached_says_so() -> None:
    client = connect("http://127.0.0.1:1/", "secret")
    with pytest.raises(UnavailableError, match=r"http://127\.0\.0\.1:1/ cannot be reached") as caught:
        client.datasets.list()
    assert "JupyterLab" in caught.value.hint
