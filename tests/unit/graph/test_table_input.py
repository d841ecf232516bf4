"""A table beside the image: its width is that of the data set's features, and a graph has one at most."""

from __future__ import annotations

import pytest
from support.graphs import graph, lookup

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.grouping import group
from patholearn_lab.graph.inputs import no_datasets
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.templates import template


def drawn(dataset: str = "patients") -> Document:
    """An image and a table that meet before the last layer."""
    return graph(
        {
            "data": ("dataset", {"dataset": dataset}),
            "table": "table_input",
            "conv_1": ("conv2d", {"out_channels": 4, "kernel_size": 7}),
            "relu_1": "relu",
            "pool_1": "adaptive_avg_pool2d",
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 6}),
            "relu_2": "relu",
            "concat_1": "concatenate",
            "linear_2": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>conv_1",
        "conv_1>relu_1",
        "relu_1>pool_1",
        "pool_1>flatten_1",
        "table>linear_1",
        "linear_1>relu_2",
        "flatten_1>concat_1",
        "relu_2>concat_1",
        "concat_1>linear_2",
        "linear_2>output",
    )


def issue(document: Document, code: str) -> Issue:
    (found,) = [one for one in check(document, lookup).issues if one.code == code]
    return found


def test_the_data_set_says_how_many_features_there_are() -> None:
    result = check(drawn(), lookup)
    assert result.runnable
    assert result.nodes["table"].outputs == {"features": (3,)}
    assert result.nodes["linear_1"].parameters == 3 * 6 + 6
    assert result.nodes["concat_1"].outputs == {"output": (4 + 6,)}
    assert result.nodes["relu_1"].receptive_field == 7
    assert result.nodes["linear_1"].receptive_field is None


def test_without_a_data_set_the_table_has_a_number_of_its_own() -> None:
    document = apply(drawn(""), [SetParams(id="table", params={"features": 5})])
    assert check(document, no_datasets).nodes["linear_1"].parameters == 5 * 6 + 6


def test_what_the_data_set_says_wins_over_the_number_of_the_table() -> None:
    document = apply(drawn(), [SetParams(id="table", params={"features": 5})])
    assert check(document, lookup).nodes["table"].outputs == {"features": (3,)}


def test_a_set_without_a_table_is_an_error_and_the_mend_takes_the_table_out() -> None:
    found = issue(drawn("he_tissue"), "no_features")
    assert (found.node, found.severity) == ("table", "error")
    assert "“H&E tissue” are images without a table" in found.message
    assert found.mend is not None
    assert "table" not in apply(drawn("he_tissue"), found.mend.operations).nodes


def test_a_second_table_is_an_error() -> None:
    document = drawn()
    document = document.model_copy(update={"nodes": {**document.nodes, "table_2": document.nodes["table"]}})
    found = issue(document, "two_tables")
    assert (found.node, found.severity) == ("table_2", "error")
    assert found.mend is not None
    assert check(apply(document, found.mend.operations), lookup).runnable


def test_a_table_that_leads_nowhere_is_left_out() -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "he_tissue"}),
            "table": "table_input",
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>flatten_1",
        "flatten_1>linear_1",
        "linear_1>output",
    )
    result = check(document, lookup)
    assert result.runnable
    assert {(one.code, one.severity) for one in result.issues if one.node == "table"} == {
        ("leads_nowhere", "warning"),
        ("no_features", "warning"),
    }


def test_a_row_of_features_is_no_image() -> None:
    document = graph(
        {"data": ("dataset", {"dataset": "patients"}), "table": "table_input", "conv_1": "conv2d"}, "table>conv_1"
    )
    assert issue(document, "wrong_type").node == "conv_1"


def test_it_cannot_go_into_a_block() -> None:
    with pytest.raises(DocumentError, match="is a Table, which belongs to the whole graph"):
        group(drawn(), ["table", "linear_1"], "Start")


def test_the_template_of_both_fits_a_set_with_features() -> None:
    result = check(template("image_and_table", "patients", lookup), lookup)
    assert result.issues == ()
    assert {"data", "table"} <= set(result.nodes)


def test_the_perceptron_learns_from_the_table_where_there_is_one() -> None:
    document = template("mlp", "patients", lookup)
    assert check(document, lookup).runnable
    assert document.nodes["table"].kind == "table_input"
    assert not [edge for edge in document.edges.values() if edge.source == "data"]
    pixels = template("mlp", "he_tissue", lookup)
    assert "table" not in pixels.nodes
