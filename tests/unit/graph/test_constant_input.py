"""A graph may begin at a constant input: it has shapes and costs without data, but cannot be trained."""

from __future__ import annotations

from itertools import pairwise

import pytest
from support.graphs import graph, lookup

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.grouping import group
from patholearn_lab.graph.inputs import no_datasets
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.operations import SetKind, SetParams, apply
from patholearn_lab.graph.summary import summarize


def drawn(shape: str = "3, 64, 64", classes: int = 2) -> Document:
    """A small network for images, which begins at a constant input."""
    nodes = {
        "input": ("constant_input", {"shape": shape}),
        "conv_1": ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": 1}),
        "pool_1": ("max_pool2d", {"kernel_size": 2}),
        "flatten_1": "flatten",
        "linear_1": ("linear", {"out_features": classes}),
        "output": "classification_output",
    }
    ids = list(nodes)
    return graph(nodes, *(f"{first}>{second}" for first, second in pairwise(ids)))  # type: ignore[arg-type]


def of_vector(shape: str) -> Document:
    nodes = {
        "input": ("constant_input", {"shape": shape}),
        "linear_1": ("linear", {"out_features": 2}),
        "output": "classification_output",
    }
    return graph(nodes, "input>linear_1", "linear_1>output")  # type: ignore[arg-type]


def issue(document: Document, code: str) -> Issue:
    found = [one for one in check(document, lookup).issues if one.code == code]
    assert len(found) == 1, [one.code for one in check(document, lookup).issues]
    return found[0]


def test_shapes_and_costs_follow_from_a_constant_input_as_from_a_data_set() -> None:
    document = drawn()
    with_data = apply(
        document,
        [SetKind(id="input", kind="dataset"), SetParams(id="input", params={"shape": None, "dataset": "he_tissue"})],
    )
    mine, theirs = check(document, no_datasets), check(with_data, lookup)
    assert theirs.runnable
    assert mine.nodes == theirs.nodes
    assert mine.totals == theirs.totals
    assert mine.nodes["pool_1"].receptive_field == 4


@pytest.mark.parametrize(("shape", "output"), [("30", (2,)), ("16, 8", (16, 2))])
def test_a_constant_input_can_be_a_vector_or_a_sequence(shape: str, output: tuple[int, ...]) -> None:
    facts = check(of_vector(shape), no_datasets).nodes["linear_1"]
    assert facts.outputs == {"output": output}
    assert facts.receptive_field is None


def test_without_a_shape_it_is_a_color_image_of_64_pixels() -> None:
    document = graph({"input": "constant_input", "flatten_1": "flatten"}, "input>flatten_1")
    assert check(document, no_datasets).nodes["flatten_1"].outputs == {"output": (12_288,)}


def test_a_network_without_data_has_no_error_but_that_it_cannot_be_trained() -> None:
    result = check(drawn(classes=7), lookup)
    assert [(one.code, one.severity, one.node) for one in result.issues if one.severity == "error"] == [
        ("no_data_to_learn_from", "error", "input")
    ]
    assert not result.runnable
    assert result.network_errors == ()


def test_the_mend_makes_it_a_data_set_and_keeps_the_connections() -> None:
    document = drawn()
    mend = issue(document, "no_data_to_learn_from").mend
    assert mend is not None
    mended = apply(document, mend.operations)
    assert (mended.nodes["input"].kind, mended.nodes["input"].params) == ("dataset", {})
    assert mended.edges == document.edges
    assert [one.code for one in check(mended, lookup).issues if one.severity == "error"] == ["no_dataset_chosen"]
    assert check(apply(mended, [SetParams(id="input", params={"dataset": "he_tissue"})]), lookup).runnable


def test_a_graph_without_an_input_may_get_either() -> None:
    found = issue(graph({"flatten_1": "flatten", "output": "classification_output"}), "no_dataset")
    document = graph({"flatten_1": "flatten", "output": "classification_output"})
    mended = apply(document, found.other_mends[0].operations)
    assert mended.nodes["input"].kind == "constant_input"
    assert mended.nodes["input"].y < document.nodes["flatten_1"].y


@pytest.mark.parametrize("kind", ["dataset", "constant_input"])
def test_a_graph_begins_at_one_input_of_either_kind(kind: str) -> None:
    document = graph({"input": "constant_input", "second": kind, "output": "classification_output"})
    found = issue(document, "two_datasets")
    assert (found.node, found.severity) == ("second", "error")
    assert "input" in found.message
    assert found.mend is not None
    assert "second" not in apply(document, found.mend.operations).nodes


def test_four_sizes_are_no_input_and_the_mend_takes_an_image() -> None:
    document = drawn("1, 3, 64, 64")
    found = issue(document, "too_many_axes")
    assert "1 × 3 × 64 × 64 are 4 sizes" in found.message
    assert found.mend is not None
    assert check(apply(document, found.mend.operations), lookup).nodes["input"].outputs == {"images": (3, 64, 64)}


@pytest.mark.parametrize("shape", ["3, 0, 64", "70000"])
def test_a_size_out_of_range_is_an_error(shape: str) -> None:
    assert issue(drawn(shape), "parameter_range").node == "input"


def test_a_vector_does_not_go_into_a_convolution() -> None:
    found = issue(drawn("30"), "wrong_type")
    assert found.node == "conv_1"


def test_the_summary_begins_at_it() -> None:
    first = summarize(drawn(), no_datasets).rows[0]
    assert (first.node, first.kind, first.output) == ("input", "Constant input", (3, 64, 64))


def test_it_cannot_go_into_a_block() -> None:
    with pytest.raises(DocumentError, match="is a Constant input, which belongs to the whole graph"):
        group(drawn(), ["input", "conv_1"], "Start")
