"""The data folder: names that cannot leave it, writes that are whole or not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.errors import InvalidInputError, StartupError
from patholearn_lab.paths import (
    DataPaths,
    ensure_name,
    folder_appears_whole,
    remove_folder,
    slug,
    write_atomically,
)


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path / "data")
    paths.ensure()
    return paths


@pytest.mark.parametrize("name", ["digits", "he_tissue", "lenet-5", "7", "a.b", "a" * 64])
def test_a_plain_name_is_taken_as_it_is(name: str) -> None:
    assert ensure_name(name, "data set") == name


@pytest.mark.parametrize(
    "name", ["", "..", ".", "a/b", "a\\b", "../etc", "a..b", "Upper", "with space", "-x", "_x", "a\n", "ä", "a" * 65]
)
def test_a_name_that_a_path_could_misread_is_refused_with_the_rule(name: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ensure_name(name, "data set")
    assert refused.value.message == f"{name!r} cannot be the name of a data set."
    assert "1 to 64 lower-case letters" in refused.value.hint
    assert refused.value.details == {"name": name}


@given(st.text())
def test_no_name_leads_out_of_the_data_folder(name: str) -> None:
    paths = DataPaths(Path("/data"))
    for build in (paths.dataset, paths.run, paths.model):
        try:
            built = build(name)
        except InvalidInputError:
            continue
        assert os.path.normpath(built) == str(built)
        assert built.parent in {paths.datasets, paths.runs, paths.models}


@given(st.text())
def test_a_slug_is_empty_or_a_name(text: str) -> None:
    made = slug(text)
    assert made == "" or ensure_name(made, "model") == made


@pytest.mark.parametrize(
    ("text", "expected"),
    [("LeNet-5 (mine)", "lenet-5-mine"), ("  ", ""), ("Größe", "gr-e"), ("a/b\\c", "a-b-c"), ("a..b", "a.b")],
)
def test_a_slug_keeps_what_can_be_kept(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_every_path_lies_below_the_root() -> None:
    paths = DataPaths(Path("/data"))
    assert paths.database == Path("/data/patholearn.sqlite")
    assert paths.audit == Path("/data/audit.jsonl")
    assert paths.dataset_version("digits", 3) == Path("/data/datasets/digits/3.zarr")
    assert paths.run("r1") == Path("/data/runs/r1")
    assert paths.model_version("lenet", 2) == Path("/data/models/lenet/2")


def test_a_data_folder_that_cannot_be_made_is_a_start_up_error_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StartupError) as refused:
        DataPaths(tmp_path / "file" / "data").ensure()
    assert str(tmp_path / "file" / "data") in refused.value.message
    assert "PATHOLEARN_DATA" in refused.value.hint


def test_an_atomic_write_replaces_the_whole_content_and_leaves_no_other_file(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    write_atomically(target, "a long first content")
    write_atomically(target, b"short")
    assert target.read_bytes() == b"short"
    assert list(tmp_path.iterdir()) == [target]


def test_an_error_in_the_middle_of_a_write_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "state.json"
    write_atomically(target, "old")

    def full_disk(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(target, "new")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from patholearn_lab.paths import write_atomically

def die(descriptor):
    os.kill(os.getpid(), signal.SIGKILL)

os.fsync = die
write_atomically(Path(sys.argv[1]), "half of something new")
"""


def test_a_process_killed_in_the_middle_of_a_write_leaves_the_old_content(tmp_path: Path) -> None:
    target = tmp_path / "state.json"
    write_atomically(target, "old")
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_WRITING, str(target)], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_text() == "old"


def test_a_folder_appears_whole(paths: DataPaths) -> None:
    target = paths.dataset_version("digits", 1)
    with folder_appears_whole(target, paths.scratch) as building:
        (building / "zarr.json").write_text("{}")
        assert not target.exists()
    assert [file.name for file in target.iterdir()] == ["zarr.json"]
    assert list(paths.scratch.iterdir()) == []
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_folder_vanishes_when_its_making_fails(paths: DataPaths) -> None:
    target = paths.dataset_version("digits", 1)

    def make_and_stop() -> None:
        with folder_appears_whole(target, paths.scratch) as building:
            (building / "half").write_text("not yet")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_and_stop()
    assert not target.exists()
    assert list(paths.scratch.iterdir()) == []


def test_a_folder_that_is_there_is_never_replaced(paths: DataPaths) -> None:
    target = paths.model_version("lenet", 1)
    target.mkdir(parents=True)
    (target / "model.onnx").write_text("the first")
    with pytest.raises(FileExistsError), folder_appears_whole(target, paths.scratch) as building:
        (building / "model.onnx").write_text("the second")
    assert (target / "model.onnx").read_text() == "the first"
    assert list(paths.scratch.iterdir()) == []


def test_a_removed_folder_leaves_nothing_behind(paths: DataPaths) -> None:
    target = paths.run("r1")
    target.mkdir()
    (target / "spec.json").write_text("{}")
    remove_folder(target, paths.scratch)
    assert not target.exists()
    assert list(paths.scratch.iterdir()) == []


def test_removing_what_is_not_there_says_so_and_leaves_no_grave(paths: DataPaths) -> None:
    with pytest.raises(FileNotFoundError):
        remove_folder(paths.run("gone"), paths.scratch)
    assert list(paths.scratch.iterdir()) == []
