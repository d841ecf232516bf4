"""The editor's Python side: what it begins with, and how it stays in step with its views."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from patholearn_lab.codegen import emit_cell
from patholearn_lab.errors import CodeError, InvalidInputError, NotFoundError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.templates import template
from patholearn_lab.testing.waiting import eventually
from patholearn_lab.widgets.architecture_editor import ArchitectureEditor

TISSUE = DatasetShape(
    id="he_tissue",
    name="Tissue",
    task="classification",
    channels=3,
    height=64,
    width=64,
    classes=("normal", "tumor"),
    train_samples=100,
)


def lookup(dataset: str) -> DatasetShape | None:
    return TISSUE if dataset == TISSUE.id else None


class Architectures:
    def template(self, name: str, dataset: str | None = None) -> Any:
        return template(name, dataset, lookup)

    def check(self, document: Any) -> Any:
        return check(document, lookup)

    def emit(self, document: Any) -> Any:
        return emit_cell(document, lookup)


class Client:
    architectures = Architectures()


class Recorder(ArchitectureEditor):
    """An editor whose messages are kept."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        super().__init__(*args, client=Client(), **kwargs)

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)

    def receive(self, content: dict[str, Any]) -> None:
        self._handle_custom_msg(content, [])


@pytest.fixture
def editor() -> Iterable[Recorder]:
    editor = Recorder("lenet5", dataset="he_tissue")
    yield editor
    editor.close()


FILTERS = {"op": "setParams", "id": "conv_1", "params": {"out_channels": 9}}


def test_a_view_begins_with_the_graph_as_it_is_then(editor: Recorder) -> None:
    editor.architecture.set("conv_1", out_channels=9)
    state = editor.get_state()["graph"]
    assert state["document"]["nodes"]["conv_1"]["params"]["out_channels"] == 9
    assert state["version"] == 1


def test_a_views_change_reaches_the_architecture_and_all_views(editor: Recorder) -> None:
    editor.receive({"operations": [FILTERS], "ticket": "a-0"})
    assert editor.document.nodes["conv_1"].params["out_channels"] == 9
    assert editor.sent == [{"operations": [FILTERS], "version": 1, "ticket": "a-0"}]


def test_python_changes_are_told_to_the_views(editor: Recorder) -> None:
    editor.architecture.set("conv_1", out_channels=7)
    (message,) = editor.sent
    assert message["version"] == 1
    assert message["document"]["nodes"]["conv_1"]["params"]["out_channels"] == 7


def test_python_can_undo_what_a_view_did(editor: Recorder) -> None:
    before = editor.document
    editor.receive({"operations": [FILTERS], "ticket": "a-0"})
    assert editor.architecture.undo()
    assert editor.document == before


def test_a_change_without_effect_is_confirmed_all_the_same(editor: Recorder) -> None:
    editor.receive({"operations": [{"op": "removeNode", "id": "gone"}], "ticket": "a-0"})
    assert editor.sent == [{"operations": [{"op": "removeNode", "id": "gone"}], "version": 1, "ticket": "a-0"}]


def test_a_change_of_the_wrong_form_is_refused_and_the_view_gets_the_graph(editor: Recorder) -> None:
    before = editor.document
    editor.receive({"operations": [{"op": "explode", "id": "conv_1"}], "ticket": "a-0"})
    (message,) = editor.sent
    assert message["ticket"] == "a-0"
    assert message["refused"]["error"] == "document"
    assert message["document"]["nodes"].keys() == before.nodes.keys()
    assert editor.document == before


def test_a_view_that_lost_count_gets_the_whole_graph(editor: Recorder) -> None:
    editor.receive({"sync": True})
    assert editor.sent == [editor.snapshot()]


def test_two_widgets_share_one_architecture() -> None:
    architecture = Architecture(template("lenet5", "he_tissue", lookup))
    first, second = Recorder(architecture), Recorder(architecture)
    first.receive({"operations": [FILTERS], "ticket": "a-0"})
    assert second.sent[-1]["document"]["nodes"]["conv_1"]["params"]["out_channels"] == 9
    first.close()
    second.close()


def test_a_closed_editor_hears_no_more() -> None:
    architecture = Architecture(template("lenet5", "he_tissue", lookup))
    editor = Recorder(architecture)
    editor.close()
    editor.sent.clear()
    architecture.set("conv_1", out_channels=3)
    assert editor.sent == []


def test_a_data_set_is_put_into_a_given_architecture() -> None:
    editor = Recorder(Architecture(template("lenet5")), dataset="he_tissue")
    assert editor.document.nodes["data"].params["dataset"] == "he_tissue"
    editor.close()


def test_a_data_set_takes_the_place_of_a_constant_input() -> None:
    architecture = Architecture()
    architecture.add("constant_input", shape="3, 64, 64")
    architecture.add("flatten", after="input")
    edges = architecture.document.edges
    editor = Recorder(architecture, dataset="he_tissue")
    node = editor.document.nodes["input"]
    assert (node.kind, node.params) == ("dataset", {"dataset": "he_tissue"})
    assert editor.document.edges == edges
    editor.close()


def test_an_architecture_is_read_from_its_file(tmp_path: Path) -> None:
    path = Architecture(template("lenet5")).save(tmp_path / "mine.arch.json")
    editor = Recorder(str(path))
    assert editor.document == Architecture.open(path).document
    editor.close()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"gone\.arch\.json"):
        Recorder(tmp_path / "gone.arch.json")


def test_without_anything_it_begins_empty() -> None:
    editor = Recorder()
    assert {node.kind for node in editor.document.nodes.values()} == {"dataset", "classification_output"}
    editor.close()


def test_check_and_emit_give_what_the_view_shows(editor: Recorder) -> None:
    assert editor.check().runnable
    assert "class LeNet5" in editor.emit().code


def test_emit_of_a_graph_with_errors_says_so() -> None:
    editor = Recorder("empty", dataset="he_tissue")
    with pytest.raises(CodeError):
        editor.emit()
    editor.close()


def test_a_drawing_with_a_file_outlives_its_kernel(tmp_path: Path) -> None:
    file = tmp_path / "mine.arch.json"
    first = Recorder("lenet5", dataset="he_tissue", file=file)
    assert first.saved == {"file": "mine.arch.json", "problem": None}
    first.receive({"operations": [FILTERS], "ticket": "a-0"})
    eventually(lambda: file.exists() and Architecture.open(file).document == first.document)
    # The kernel is gone, without a close; the cell is run again.
    second = Recorder("lenet5", dataset="he_tissue", file=file)
    assert second.document == first.document
    assert second.document.nodes["conv_1"].params["out_channels"] == 9
    second.close()


def test_what_was_just_changed_is_written_when_the_editor_is_closed(tmp_path: Path) -> None:
    file = tmp_path / "mine.arch.json"
    editor = Recorder("lenet5", file=file)
    editor.architecture.set("conv_1", out_channels=7)
    editor.close()
    assert Architecture.open(file).document.nodes["conv_1"].params["out_channels"] == 7


def test_a_file_that_somebody_else_changed_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "mine.arch.json"
    editor = Recorder("lenet5", file=file)
    other = Architecture(template("empty"))
    other.save(file)
    editor.architecture.set("conv_1", out_channels=7)
    editor.close()
    assert editor.saved is not None
    assert "changed by somebody else" in editor.saved["problem"]["message"]
    assert Architecture.open(file).document == other.document


def test_what_is_changed_in_the_file_elsewhere_comes_into_the_editor(tmp_path: Path) -> None:
    file = tmp_path / "mine.arch.json"
    Architecture(template("lenet5")).save(file)
    editor = Recorder(file=file)
    other = Architecture.open(file)
    other.set("conv_1", out_channels=9)
    other.save(file)
    eventually(lambda: editor.document == other.document)
    editor.close()


def test_what_two_changed_at_once_is_put_together(tmp_path: Path) -> None:
    file = tmp_path / "mine.arch.json"
    Architecture(template("lenet5")).save(file)
    editor = Recorder(file=file)
    other = Architecture.open(file)
    other.set("conv_2", out_channels=9)
    other.save(file)
    editor.architecture.set("conv_1", out_channels=7)
    editor.close()
    assert editor.saved == {"file": "mine.arch.json", "problem": None}
    kept = Architecture.open(file).document
    assert [kept.nodes[key].params["out_channels"] for key in ("conv_1", "conv_2")] == [7, 9]
    assert editor.document == kept


def test_a_file_that_cannot_be_written_is_told_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.arch.json"
    editor = Recorder("lenet5", file=file)

    def full(path: Path, data: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("patholearn_lab.widgets.autosave.write_atomically", full)
        editor.architecture.set("conv_1", out_channels=7)
        eventually(lambda: editor.saved["problem"] is not None)
        assert "No space left on device" in editor.saved["problem"]["message"]
    editor.architecture.set("conv_1", out_channels=8)
    eventually(lambda: editor.saved["problem"] is None)
    assert Architecture.open(file).document == editor.document
    editor.close()


@pytest.mark.parametrize(
    ("name", "words"), [("mine.json", "ends in .arch.json"), ("gone/mine.arch.json", "Make the folder")]
)
def test_a_file_that_a_drawing_cannot_be_kept_in_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidInputError) as caught:
        Recorder("lenet5", file=name)
    assert words in caught.value.hint
