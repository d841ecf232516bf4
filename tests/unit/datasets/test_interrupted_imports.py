"""Imports that meet a full disk, another import of the same name, or an end in the middle."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from patholearn_lab.datasets import writing
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.errors import ConflictError, PathoLearnError, UnavailableError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress
from patholearn_lab.testing.archives import class_files, write_zip


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "tiles.zip", class_files())


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    archive: Path, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    library = DatasetLibrary(data_paths)
    with monkeypatch.context() as patch:
        patch.setattr("patholearn_lab.datasets.shard_writing.os.fsync", full)
        with pytest.raises(UnavailableError, match="no room left on the disk"):
            library.import_archive(archive, "tiles")
    assert list(data_paths.scratch.iterdir()) == []
    assert library.list() == []
    assert library.import_archive(archive, "tiles").total == 20


def test_of_two_imports_of_one_name_at_once_one_is_refused_and_the_other_is_whole(
    archive: Path, data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, both = writing.write_store, threading.Barrier(2)

    def meet(*arguments: Any, **named: Any) -> Manifest:
        both.wait(10)  # both have found the name free
        return write(*arguments, **named)

    monkeypatch.setattr(writing, "write_store", meet)
    outcomes: list[Manifest | PathoLearnError] = []

    def import_it() -> None:
        try:
            outcomes.append(DatasetLibrary(data_paths).import_archive(archive, "tiles"))
        except PathoLearnError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=import_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    refused, stored = sorted(outcomes, key=lambda one: isinstance(one, Manifest))
    assert isinstance(refused, ConflictError)
    assert DatasetLibrary(data_paths).list() == [stored]
    assert list(data_paths.scratch.iterdir()) == []


class Watching(NoProgress):
    """Looks at every report, as another process might that is there when this one is killed."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        self._look()


def test_what_is_half_imported_is_seen_by_nobody_and_lies_where_the_next_start_clears_it(
    archive: Path, data_paths: DataPaths
) -> None:
    library, seen = DatasetLibrary(data_paths), []

    def look() -> None:
        assert library.list() == []
        assert list(data_paths.datasets.rglob("*")) == []
        seen.append(len(list(data_paths.scratch.iterdir())))

    library.import_archive(archive, "tiles", progress=Watching(look))
    assert max(seen) == 1
    assert [manifest.id for manifest in library.list()] == ["tiles"]


CHILD = """
import resource, sys
from pathlib import Path
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import UnavailableError
from patholearn_lab.paths import DataPaths
from patholearn_lab.progress import NoProgress

library, archive = DatasetLibrary(DataPaths(Path(sys.argv[1]))), Path(sys.argv[2])

class Stays(NoProgress):
    def report(self, done, total, stage=""):
        if stage == "Storing images":
            print("half", flush=True)
            sys.stdin.read()  # until it is killed, or the test has gone

resource.setrlimit(resource.RLIMIT_FSIZE, (2_500, resource.RLIM_INFINITY))
try:
    library.import_archive(archive, "tiles")
except UnavailableError as error:
    print(error.message, flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
library.import_archive(archive, "tiles", progress=Stays())
"""


def test_no_room_for_a_file_and_a_kill_in_the_middle_leave_nothing_that_is_seen(
    archive: Path, data_paths: DataPaths
) -> None:
    command = [sys.executable, "-c", CHILD, str(data_paths.root), str(archive)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            assert "no room left on the disk" in child.stdout.readline()
            assert child.stdout.readline() == "half\n"
            assert len(list(data_paths.scratch.iterdir())) == 1
        finally:
            child.kill()
    assert DatasetLibrary(data_paths).list() == []
    # The next start clears what is left (test_composition.py); an import does not mind it.
    assert DatasetLibrary(data_paths).import_archive(archive, "tiles").total == 20
