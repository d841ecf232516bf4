from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.graphs import golden_document

from patholearn_lab.datasets.builtins import builtin_shape
from patholearn_lab.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.paths import DataPaths
from patholearn_lab.services import versions
from patholearn_lab.services.versions import VersionStore

LENET = golden_document("lenet5")
GRAPH = LENET.meta.id
WIDER = apply(LENET, [SetParams(id="conv_1", params={"out_channels": 32})])


@pytest.fixture
def told() -> list[Any]:
    """What the store told."""
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[Any]) -> VersionStore:
    """Return an empty store."""
    paths = DataPaths(tmp_path)
    paths.ensure()
    return VersionStore(paths, builtin_shape, lambda topic, data: told.append((topic, data)))


def documents(tmp_path: Path) -> int:
    """Count the drawings on the disk."""
    return len(list(tmp_path.rglob("documents/*")))


def test_a_version_is_kept_with_its_author_its_note_and_its_size(store: VersionStore, told: list[Any]) -> None:
    saved = store.save(LENET, "  before   dropout ", "It overfits.", "ada")
    assert store.list(GRAPH) == [saved]
    assert (saved.name, saved.note, saved.author, saved.layers) == ("before dropout", "It overfits.", "ada", 12)
    assert saved.parameters > 40_000
    assert store.open(GRAPH, saved.id) == LENET
    assert told == [("versions", {"graph": GRAPH, "id": saved.id, "deleted": False})]


def test_the_newest_version_comes_first_and_equal_drawings_take_their_room_once(
    store: VersionStore, tmp_path: Path
) -> None:
    names = ["one", "two", "three"]
    for name in names:
        store.save(LENET, name)
    assert [version.name for version in store.list(GRAPH)] == names[::-1]
    assert documents(tmp_path) == 1
    store.delete(GRAPH, store.list(GRAPH)[0].id)
    assert documents(tmp_path) == 1
    for version in store.list(GRAPH):
        store.delete(GRAPH, version.id)
    assert (store.list(GRAPH), documents(tmp_path)) == ([], 0)


def test_a_training_keeps_the_drawing_once_and_names_itself(store: VersionStore, tmp_path: Path) -> None:
    for run in ("run-1", "run-2"):
        (tmp_path / "runs" / run).mkdir()
        store.keep(LENET, run, "ada")
    store.keep(LENET, "run-2", "ada")  # it goes on after a pause
    [version] = store.list(GRAPH)
    assert (version.name, version.runs) == ("", ("run-2", "run-1"))
    assert version.title.startswith("Training of 20")
    (tmp_path / "runs" / "run-2").rmdir()
    assert store.find(GRAPH, version.id).runs == ("run-1",)


def test_a_training_of_a_named_version_is_added_to_it(store: VersionStore, tmp_path: Path) -> None:
    (tmp_path / "runs" / "run-1").mkdir()
    saved = store.save(LENET, "as in the paper")
    assert store.keep(LENET, "run-1").id == saved.id
    assert [version.runs for version in store.list(GRAPH)] == [("run-1",)]


def test_of_the_versions_that_nobody_named_the_oldest_goes(
    store: VersionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MAX_TRAINED", 2)
    store.save(LENET, "stays")
    for channels in (8, 16, 24):
        store.keep(apply(LENET, [SetParams(id="conv_1", params={"out_channels": channels})]), f"run-{channels}")
    kept = [store.open(GRAPH, version.id).nodes["conv_1"].params["out_channels"] for version in store.list(GRAPH)]
    assert kept == [24, 16, 6]


def test_a_name_is_refused_where_it_is_empty_too_long_or_taken(store: VersionStore) -> None:
    store.save(LENET, "Wide")
    with pytest.raises(ConflictError, match="called 'Wide' already"):
        store.save(WIDER, "wide")
    for name in ("  ", "x" * 81):
        with pytest.raises(InvalidInputError, match="1 to 80 characters"):
            store.save(WIDER, name)
    with pytest.raises(InvalidInputError, match="at most 2,000 characters"):
        store.save(WIDER, "noted", "x" * 2001)
    assert len(store.list(GRAPH)) == 1


def test_limits_say_the_way_out(store: VersionStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(versions, "MAX_SAVED", 1)
    store.save(LENET, "one")
    with pytest.raises(TooLargeError, match="Delete versions that nobody needs"):
        store.save(WIDER, "two")
    monkeypatch.setattr(versions, "MAX_BYTES", 10)
    with pytest.raises(TooLargeError, match="fork the drawing"):
        store.keep(WIDER, "run")
    assert (len(store.list(GRAPH)), documents(tmp_path)) == (1, 1)


def test_a_version_gets_another_name_and_note(store: VersionStore) -> None:
    kept = store.keep(LENET, "run-1")
    store.save(WIDER, "wide")
    assert store.edit(GRAPH, kept.id, name="plain").name == "plain"
    assert store.edit(GRAPH, kept.id, note="Why not?").note == "Why not?"
    assert store.edit(GRAPH, kept.id, name="Plain").name == "Plain"
    with pytest.raises(ConflictError):
        store.edit(GRAPH, kept.id, name="wide")


def test_what_is_not_there_and_what_is_no_id_is_refused(store: VersionStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="has no version"):
        store.open(GRAPH, "20261124-000000")
    for graph, version in (("../runs", "x"), (GRAPH, "../x"), (GRAPH, "*")):
        with pytest.raises(InvalidInputError):
            store.find(graph, version)
    assert store.list("nobody_drew_this") == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "datasets", "models", "runs", "scratch", "uploads", "versions"
    ]  # fmt: skip


def test_a_drawing_that_was_changed_on_the_disk_is_noticed(
    store: VersionStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    saved = store.save(LENET, "sound")
    [file] = tmp_path.rglob("documents/*")
    file.write_text(file.read_text().replace("LeNet", "Other"))
    with pytest.raises(ConflictError, match="damaged"):
        store.open(GRAPH, saved.id)
    (tmp_path / "versions" / GRAPH / "broken.json").write_text("{")
    assert store.list(GRAPH) == [saved]
    assert "broken.json cannot be read" in caplog.text


def test_comments_are_no_part_of_a_version(store: VersionStore) -> None:
    talked = Document.model_validate(
        LENET.model_dump(by_alias=True)
        | {"comments": {"c1": {"node": "conv_1", "text": "Why 6?", "time": "2026-11-24T18:00:00Z"}}}
    )
    assert store.save(talked, "one").content == store.save(LENET, "two").content


def test_what_is_done_to_versions_is_in_the_audit_log(store: VersionStore, tmp_path: Path) -> None:
    saved = store.save(LENET, "one", author="ada")
    store.edit(GRAPH, saved.id, name="first", who="bob")
    store.delete(GRAPH, saved.id, "bob")
    entries = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(entry["action"], entry["who"], entry["name"]) for entry in entries] == [
        ("save", "ada", "one"), ("edit", "bob", "first"), ("delete", "bob", "first")
    ]  # fmt: skip
