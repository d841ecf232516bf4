"""A server extension that cannot start says so, to everybody, and Jupyter goes on."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from support.jupyter_server import JupyterServer

pytestmark = pytest.mark.server


def refusal(server: JupyterServer) -> dict[str, str]:
    """Return the one error that every endpoint answers with."""
    answers = [server.http.get(path) for path in ("status", "datasets", "jobs")]
    answers.append(server.http.post("datasets/uploads", params={"id": "x"}, content=b"zip"))
    assert {answer.status_code for answer in answers} == {503}
    assert len({answer.text for answer in answers}) == 1
    error: dict[str, str] = answers[0].json()
    assert error["error"] == "startup"
    assert error["hint"]
    assert error["message"] in server.log.read_text()
    contents = httpx.get(
        f"{server.url}api/contents", headers={"Authorization": f"token {server.token}"}, trust_env=False
    )
    assert contents.status_code == 200
    assert not list(server.runtime_dir.glob("patholearn-*.json"))
    return error


def test_a_data_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    options = (f"--PathoLearnApp.data_dir={tmp_path / 'file' / 'data'}",)
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", options=options) as server:
        error = refusal(server)
    assert "cannot be written to" in error["message"]
    assert str(tmp_path / "file" / "data") in error["message"]


def test_a_busy_database_and_a_second_server_are_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    holder = sqlite3.connect(tmp_path / "data" / "patholearn.sqlite", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with JupyterServer.started(tmp_path / "work", tmp_path / "data") as server:
            assert "database" in refusal(server)["message"]
    finally:
        holder.close()
    with JupyterServer.started(tmp_path / "work", tmp_path / "data") as first:
        assert first.http.get("status").status_code == 200
        second_env = {"PATHOLEARN_DATA": str(tmp_path / "data")}
        with JupyterServer.started(tmp_path / "work", tmp_path / "other", env=second_env) as second:
            answer = second.http.get("status")
        assert answer.status_code == 503
        assert f"process {first.process.pid}" in answer.json()["message"]
        assert first.http.get("status").status_code == 200


def test_a_port_that_is_taken_is_named_and_nothing_stays_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "jupyter_server", "--allow-root", "--ServerApp.open_browser=False"),
                *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
                *("--ServerApp.jpserver_extensions=patholearn_lab=True", f"--ServerApp.root_dir={tmp_path}"),
            ],
            env={
                **os.environ,
                "PATHOLEARN_DATA": str(tmp_path / "data"),
                "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
                "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert f"could not be started because port {port} is not available" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((tmp_path / "runtime").glob("patholearn-*.json"))
    with JupyterServer.started(tmp_path / "work", tmp_path / "data") as server:
        assert server.http.get("status").status_code == 200, "the data folder is not held"
