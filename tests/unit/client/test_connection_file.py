"""How a kernel finds its server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from patholearn_lab.client.connection import Connection, find_connections, write_connection


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_connection_is_found_as_it_was_written(tmp_path: Path) -> None:
    connection = Connection("http://127.0.0.1:8888/user/ada/", "secret", os.getpid())
    path = write_connection(connection, tmp_path / "runtime")
    assert find_connections(tmp_path / "runtime") == [connection]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_others_could_read_before_is_not_written_into(tmp_path: Path) -> None:
    path = tmp_path / f"patholearn-{os.getpid()}.json"
    path.touch(mode=0o666)
    reader = path.open()
    write_connection(Connection("http://127.0.0.1:1/", "secret", os.getpid()), tmp_path)
    assert reader.read() == ""
    reader.close()


def test_the_file_of_a_dead_server_is_ignored_and_removed(tmp_path: Path) -> None:
    path = write_connection(Connection("http://127.0.0.1:1/", "secret", dead_pid()), tmp_path)
    assert find_connections(tmp_path) == []
    assert not path.exists()


def test_a_file_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / f"patholearn-{os.getpid()}.json").write_text('{"url": "http')
    (tmp_path / f"patholearn-{os.getppid()}.json").write_text('{"address": 7}')
    (tmp_path / "patholearn-notes.json").write_text("{}")
    assert find_connections(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 3


def test_the_youngest_server_comes_first(tmp_path: Path) -> None:
    older = Connection("http://127.0.0.1:1/", "a", os.getppid())
    younger = Connection("http://127.0.0.1:2/", "b", os.getpid())
    write_connection(younger, tmp_path)
    os.utime(write_connection(older, tmp_path), (0, 0))
    assert find_connections(tmp_path) == [younger, older]
