from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import golden_document, graph, lookup, operations

from patholearn_lab.graph.architecture import ARCHITECTURE_MIME, Architecture
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, read_document
from patholearn_lab.graph.operations import MoveNode, Operation, SetNote, apply
from patholearn_lab.graph.picture import svg
from patholearn_lab.graph.templates import template

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_a_picture_has_a_card_for_every_node_with_its_shape_and_a_line_for_every_edge() -> None:
    document = template("lenet5", "mnist", lookup)
    picture = svg(document, lookup)
    root = ET.fromstring(picture)
    assert len(root.findall(f"{SVG}g")) == len(document.nodes)
    assert len(root.findall(f"{SVG}path")) == len(document.edges)
    assert "6 × 24 × 24 · 156 parameters" in texts(picture)


@pytest.mark.parametrize("kind", list(catalog))
def test_a_node_of_any_kind_has_a_card(kind: str) -> None:
    assert len(ET.fromstring(svg(graph({"it": kind}), lookup)).findall(f"{SVG}g")) == 1


@given(st.lists(operations(), max_size=15))
def test_any_graph_gives_a_picture_that_is_xml(changes: list[Operation]) -> None:
    ET.fromstring(svg(apply(golden_document("branches"), changes), lookup))


@given(st.text(max_size=60))
def test_nothing_that_a_person_wrote_becomes_markup(note: str) -> None:
    document = apply(graph({"relu_1": "relu"}), [SetNote(id="relu_1", note=note)])
    document = document.model_copy(update={"meta": document.meta.model_copy(update={"name": note})})
    root = ET.fromstring(svg(document, lookup))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "defs", "marker", "path", "g", "rect", "text",
    }  # fmt: skip


def test_a_script_in_a_note_stays_text() -> None:
    document = apply(graph({"relu_1": "relu"}), [SetNote(id="relu_1", note="<script>alert(1)</script>\x00")])
    assert "<script" not in svg(document, lookup)
    assert "&lt;script&gt;" in svg(document, lookup)


def test_a_node_with_an_error_is_marked_by_more_than_a_color() -> None:
    document = graph({"data": ("dataset", {"dataset": "mnist"}), "conv_1": ("conv2d", {"kernel_size": 0})})
    assert "! conv_1" in texts(svg(document, lookup))


def test_nodes_stand_where_the_person_put_them_unless_they_cover_each_other() -> None:
    apart = apply(graph({"relu_1": "relu", "relu_2": "relu"}), [MoveNode(id="relu_2", x=400, y=30)])
    assert "translate(302 2)" in svg(apart, lookup)
    heap = apply(apart, [MoveNode(id="relu_1", x=400, y=30)])
    assert len(set(re.findall(r"translate\(.*?\)", svg(heap, lookup)))) == 2
    far = apply(apart, [MoveNode(id="relu_1", x=9e15, y=30)])
    view = ET.fromstring(svg(far, lookup)).get("viewBox")
    assert view is not None
    assert float(view.split()[2]) < 1_000


def test_a_notebook_shows_the_picture_and_a_terminal_the_table() -> None:
    net = Architecture.from_template("lenet5", "mnist", lookup)
    bundle = net._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<svg")
    assert "44,426 parameters" in bundle["text/plain"]
    assert read_document(bundle[ARCHITECTURE_MIME]["document"]) == net.document


def test_an_output_says_which_file_the_drawing_is_kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "week").mkdir()
    net = Architecture.from_template("lenet5")
    assert net._repr_mimebundle_()[ARCHITECTURE_MIME]["path"] is None
    net.save(tmp_path / "week" / "mine.arch.json")
    assert net._repr_mimebundle_()[ARCHITECTURE_MIME]["path"] == "week/mine.arch.json"
    assert Architecture.open("week/mine.arch.json").path == Path("week/mine.arch.json")
    monkeypatch.chdir(tmp_path / "week")
    net.save("../other.arch.json")
    assert net._repr_mimebundle_()[ARCHITECTURE_MIME]["path"] is None


def test_an_empty_graph_has_a_picture() -> None:
    ET.fromstring(svg(Document(), lookup))
    assert "nodes" in svg(read_document({"schemaVersion": 1}), lookup)


def test_frames_lie_below_and_remarks_above_the_cards_and_all_are_in_the_picture() -> None:
    net = Architecture(graph({"relu_1": "relu", "relu_2": "relu"}))
    net.apply([MoveNode(id="relu_2", x=0, y=120)])
    net.frame(["relu_1", "relu_2", "relu_1"], "Twice <the same>", "green")
    text = "One is enough, because the second of two equal bounds changes nothing at all here. " * 3
    net.remark(f"Why two?\n{text}", x=900, y=60)
    picture = svg(net.document, lookup)
    root = ET.fromstring(picture)
    kinds = [element.tag.removeprefix(SVG) for element in root if element.tag in (f"{SVG}rect", f"{SVG}g")]
    assert kinds == ["rect", "g", "g", "rect"]
    frame, remark = root.findall(f"{SVG}rect")
    assert (frame.get("x"), frame.get("y"), frame.get("width"), frame.get("height")) == ("-114", "-68", "228", "238")
    left, _, width, _ = map(float, (root.get("viewBox") or "").split())
    assert float(remark.get("x") or "") + float(remark.get("width") or "") == left + width - 16
    words = texts(picture)
    assert "Twice <the same>" in words
    assert "Why two?" in words
    # What does not fit onto the paper ends in three dots.
    assert any(line.endswith("…") for line in words[words.index("Why two?") :])


def test_from_left_to_right_lines_leave_at_the_right_side() -> None:
    net = Architecture.from_template("small_cnn", "mnist", lookup)
    net.layout("right")
    path = ET.fromstring(net.to_svg()).findall(f"{SVG}path")[0].get("d") or ""
    assert path == "M98 0C140 0 140 0 182 0"
