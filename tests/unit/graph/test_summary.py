from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.graphs import golden_document, graph, lookup, operations

from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.operations import Operation, SetNote, apply
from patholearn_lab.graph.summary import summarize
from patholearn_lab.graph.templates import template


def test_a_summary_has_every_layer_with_its_shape_and_cost() -> None:
    text = str(summarize(template("lenet5", "mnist", lookup), lookup))
    lines = {line.split()[0]: " ".join(line.split()) for line in text.splitlines() if line.strip()}
    assert lines["conv_1"] == "conv_1 Conv 2D 6 × 24 × 24 156 86,400 5 px"
    assert lines["linear_3"] == "linear_3 Linear 10 850 840"
    assert "12 layers, 44,426 parameters (177.7 kB as 32-bit numbers)" in text
    assert "For one image: 281,640 multiply-adds" in text


@given(st.lists(operations(), max_size=15))
def test_the_sums_are_those_of_the_check_whatever_the_graph(changes: list[Operation]) -> None:
    document = apply(golden_document("branches"), changes)
    made = summarize(document, lookup)
    assert made.totals == check(document, lookup).totals
    metrics = sum(1 for node in document.nodes.values() if node.kind == "metric")
    assert len(made.rows) == len(document.nodes) - metrics
    assert str(made)


def test_a_summary_without_the_data_set_has_no_shapes_and_says_what_is_missing() -> None:
    text = str(Architecture(golden_document("branches")).summary())
    assert " ? " in text or text.count("?") > 3
    assert "It cannot be trained yet: 1 error." in text


def test_columns_stay_in_line_with_long_names() -> None:
    document = apply(
        golden_document("branches"), [SetNote(id="conv_1", note="a name of as many as 40 letters is shown")]
    )
    body = [line for line in str(summarize(document, lookup)).splitlines() if " px" in line]
    assert len({line.rindex(" px") for line in body}) == 1


def test_an_unknown_kind_is_a_row_of_its_own() -> None:
    rows = summarize(graph({"relu_1": "relu"}), lookup).rows
    assert [(row.node, row.kind, row.output) for row in rows] == [("relu_1", "ReLU", None)]
