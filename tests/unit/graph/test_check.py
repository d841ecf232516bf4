from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import golden_document, graph, lookup, operations

from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document
from patholearn_lab.graph.issues import CheckResult, Issue
from patholearn_lab.graph.operations import Operation, apply

DATA = ("dataset", {"dataset": "he_tissue"})


def issues(document: Document, code: str) -> list[Issue]:
    return [issue for issue in check(document, lookup).issues if issue.code == code]


def only(document: Document, code: str) -> Issue:
    found = issues(document, code)
    assert len(found) == 1, [issue.code for issue in check(document, lookup).issues]
    return found[0]


def mended(document: Document, code: str) -> Document:
    issue = only(document, code)
    assert issue.mend is not None
    assert issue.mend.label
    return apply(document, issue.mend.operations)


def classifier(*middle: str | tuple[str, dict[str, object]], classes: int = 2, dataset: str = "he_tissue") -> Document:
    """A chain from a data set over `middle`, flatten and linear to the output."""
    nodes = {"data": ("dataset", {"dataset": dataset})}
    nodes |= {f"m_{number}": kind for number, kind in enumerate(middle)}
    nodes |= {"flatten_1": "flatten", "linear_1": ("linear", {"out_features": classes})}
    nodes |= {"output": "classification_output"}
    ids = list(nodes)
    return graph(nodes, *(f"{first}>{second}" for first, second in pairwise(ids)))


@pytest.mark.parametrize("name", ["small_cnn", "branches"])
def test_a_sound_graph_has_no_issue(name: str) -> None:
    result = check(golden_document(name), lookup)
    assert result.issues == ()
    assert result.runnable


def test_a_graph_without_a_data_set_gets_one() -> None:
    document = graph({"flatten_1": "flatten", "output": "classification_output"})
    assert only(document, "no_dataset").severity == "error"
    assert mended(document, "no_dataset").nodes["data"].kind == "dataset"
    assert not issues(mended(document, "no_dataset"), "no_dataset")


def test_a_second_data_set_is_an_error_that_removes_it() -> None:
    document = graph({"data": DATA, "data_2": DATA, "output": "classification_output"})
    issue = only(document, "two_datasets")
    assert (issue.node, issue.severity) == ("data_2", "error")
    assert "data_2" not in mended(document, "two_datasets").nodes


def test_a_missing_output_is_added_and_connected_with_the_one_end() -> None:
    document = graph(
        {"data": DATA, "flatten_1": "flatten", "linear_1": ("linear", {"out_features": 2})},
        "data>flatten_1",
        "flatten_1>linear_1",
    )
    result = check(mended(document, "no_output"), lookup)
    assert result.runnable, result.issues


def test_a_ninth_output_is_an_error() -> None:
    outputs = {f"output_{number}": "classification_output" for number in range(1, 10)}
    document = graph({"data": DATA, **outputs})
    assert only(document, "too_many_outputs").node == "output_9"


def test_no_data_set_chosen_and_an_unknown_one_are_told_apart() -> None:
    assert "choose which data set" in only(classifier(dataset=""), "no_dataset_chosen").message
    issue = only(classifier(dataset="gone"), "unknown_dataset")
    assert issue.node == "data"
    assert "'gone'" in issue.message


def test_a_segmentation_data_set_does_not_fit_a_classification_output() -> None:
    issue = only(classifier(dataset="masks"), "wrong_task")
    assert issue.node == "output"
    assert "“Masks” has a mask for every image" in issue.message


def test_an_unconnected_input_is_an_error_where_the_output_needs_it() -> None:
    document = graph({"data": DATA, "linear_1": "linear", "output": "classification_output"}, "linear_1>output")
    issue = only(document, "unconnected")
    assert (issue.node, issue.severity) == ("linear_1", "error")


def test_a_node_that_leads_nowhere_is_a_warning_and_spares_its_own_errors() -> None:
    document = classifier()
    raw = document.model_dump()
    raw["nodes"]["conv_9"] = {"kind": "conv2d", "params": {"kernel_size": 0}}
    result = check(read_document(raw), lookup)
    assert {(issue.code, issue.severity, issue.node) for issue in result.issues} == {
        ("leads_nowhere", "warning", "conv_9"),
        ("parameter_range", "warning", "conv_9"),
    }
    assert result.runnable


def test_a_metric_that_measures_nothing_is_connected_by_its_mend() -> None:
    raw = classifier().model_dump()
    raw["nodes"]["metric_1"] = {"kind": "metric"}
    document = read_document(raw)
    assert "measures nothing" in only(document, "leads_nowhere").message
    assert check(mended(document, "leads_nowhere"), lookup).issues == ()


def test_a_cycle_is_told_with_its_nodes_and_opened_by_its_mend() -> None:
    document = graph(
        {
            "data": DATA,
            "add_1": "add",
            "conv_1": ("conv2d", {"out_channels": 3, "same_padding": True}),
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>add_1",
        "add_1>conv_1",
        "conv_1>add_1",
        "conv_1>flatten_1",
        "flatten_1>linear_1",
        "linear_1>output",
    )
    issue = only(document, "cycle")
    assert issue.severity == "error"
    assert "add_1" in issue.message
    assert "conv_1" in issue.message
    assert not issues(mended(document, "cycle"), "cycle")


def test_an_image_into_a_linear_gets_a_flatten() -> None:
    document = graph(
        {"data": DATA, "linear_1": ("linear", {"out_features": 2}), "output": "classification_output"},
        "data>linear_1",
        "linear_1>output",
    )
    issue = only(document, "needs_flatten")
    assert (issue.node, issue.edge) == ("linear_1", "e1")
    assert check(mended(document, "needs_flatten"), lookup).runnable


def test_a_vector_into_a_convolution_is_refused() -> None:
    document = graph({"data": DATA, "flatten_1": "flatten", "conv_1": "conv2d"}, "data>flatten_1", "flatten_1>conv_1")
    assert "conv_1 takes an image" in only(document, "wrong_type").message


def test_two_connections_into_one_input_are_an_error_on_the_second() -> None:
    raw = classifier("relu", "dropout").model_dump()
    raw["edges"]["e9"] = {"from": "data", "fromPort": "images", "to": "m_1", "toPort": "input"}
    issue = only(read_document(raw), "port_taken")
    assert (issue.node, issue.edge) == ("m_1", "e9")
    assert check(mended(read_document(raw), "port_taken"), lookup).issues == ()


def test_the_same_connection_twice_is_an_error() -> None:
    raw = classifier("relu").model_dump()
    raw["edges"]["e9"] = raw["edges"]["e1"]
    assert check(mended(read_document(raw), "duplicate_edge"), lookup).issues == ()


def test_edges_to_nowhere_are_left_out_with_a_warning() -> None:
    raw = classifier().model_dump()
    raw["edges"]["e9"] = {"from": "gone", "fromPort": "output", "to": "linear_1", "toPort": "input"}
    result = check(read_document(raw), lookup)
    assert [(issue.code, issue.edge) for issue in result.issues] == [("dangling_edge", "e9")]
    assert result.runnable


def test_an_edge_at_a_port_that_does_not_exist_is_an_error() -> None:
    raw = classifier("relu").model_dump()
    raw["edges"]["e1"]["fromPort"] = "masks"
    assert "the output 'masks' of data" in only(read_document(raw), "unknown_port").message


def test_an_unknown_kind_is_an_issue_on_its_node() -> None:
    raw = classifier("relu").model_dump()
    raw["nodes"]["m_0"]["kind"] = "quantum_layer"
    issue = only(read_document(raw), "unknown_kind")
    assert (issue.node, issue.severity) == ("m_0", "error")
    assert "'quantum_layer'" in issue.message


@pytest.mark.parametrize(
    ("kind", "params", "code", "words", "better"),
    [
        ("conv2d", {"out_channels": 0}, "parameter_range", "“Filters” must be at least 1, but it is 0", 1),
        ("dropout", {"p": 3}, "parameter_range", "“Share” must be at most 0.99, but it is 3", 0.99),
        ("conv2d", {"groups": 1.5}, "parameter_type", "must be a whole number, but it is 1.5", None),
        ("conv2d", {"bias": 1}, "parameter_type", "must be on or off, but it is 1", None),
        ("conv2d", {"groups": True}, "parameter_type", "must be a whole number, but it is True", None),
        ("relu", {"slope": 1}, "unknown_parameter", "ReLU has no parameter 'slope'", None),
    ],
)
def test_a_wrong_parameter_is_told_and_mended(
    kind: str, params: dict[str, object], code: str, words: str, better: object
) -> None:
    document = classifier((kind, params))
    assert words in only(document, code).message
    after = mended(document, code)
    assert after.nodes["m_0"].params.get(next(iter(params))) == better
    assert not issues(after, code)


def test_a_choice_that_does_not_exist_is_told_with_the_choices() -> None:
    raw = classifier().model_dump()
    raw["nodes"]["output"]["params"] = {"optimizer": "lion"}
    assert "rmsprop, adagrad, nadam, radam, but it is 'lion'" in only(read_document(raw), "parameter_choice").message


def test_the_last_linear_is_set_to_the_number_of_classes() -> None:
    document = classifier(classes=7)
    issue = only(document, "wrong_class_count")
    assert issue.node == "linear_1"
    assert "has 2 classes" in issue.message
    assert "7 scores" in issue.message
    assert check(mended(document, "wrong_class_count"), lookup).issues == ()


def test_a_linear_is_added_where_none_decides_the_number_of_scores() -> None:
    document = graph(
        {"data": DATA, "flatten_1": "flatten", "output": "classification_output"}, "data>flatten_1", "flatten_1>output"
    )
    assert only(document, "wrong_class_count").node == "output"
    after = mended(document, "wrong_class_count")
    assert after.nodes["linear_1"].params == {"out_features": 2}
    assert check(after, lookup).runnable


@pytest.mark.parametrize("kind", [("conv2d", {"kernel_size": 65}), ("max_pool2d", {"kernel_size": 65})])
def test_an_image_too_small_is_told_with_both_sizes(kind: tuple[str, dict[str, object]]) -> None:
    document = classifier(kind)
    issue = only(document, "image_too_small")
    assert issue.node == "m_0"
    assert "65 × 65" in issue.message
    assert "64 × 64" in issue.message
    assert check(mended(document, "image_too_small"), lookup).runnable


def test_shapes_that_differ_at_add_are_told() -> None:
    document = graph(
        {"data": DATA, "conv_1": ("conv2d", {"out_channels": 3}), "add_1": "add"},
        "data>add_1",
        "data>conv_1",
        "conv_1>add_1",
    )
    issue = only(document, "shapes_differ")
    assert issue.node == "add_1"
    assert "3 × 64 × 64 and 3 × 62 × 62" in issue.message


def test_same_padding_with_a_stride_divides_the_size() -> None:
    document = classifier(("conv2d", {"same_padding": True, "stride": 2, "kernel_size": 5}))
    result = check(document, lookup)
    assert result.runnable
    assert result.nodes["m_0"].outputs["output"] == (32, 32, 32)


def test_a_softmax_before_the_loss_is_a_warning_that_removes_it() -> None:
    document = graph(
        {
            "data": DATA,
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "softmax_1": "softmax",
            "output": "classification_output",
        },
        "data>flatten_1",
        "flatten_1>linear_1",
        "linear_1>softmax_1",
        "softmax_1>output",
    )
    assert only(document, "softmax_before_loss").severity == "warning"
    assert check(document, lookup).runnable
    after = mended(document, "softmax_before_loss")
    assert "softmax_1" not in after.nodes
    assert check(after, lookup).issues == ()


def test_two_linears_in_a_row_get_the_advice_of_an_activation() -> None:
    document = graph(
        {
            "data": DATA,
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 9}),
            "linear_2": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>flatten_1",
        "flatten_1>linear_1",
        "linear_1>linear_2",
        "linear_2>output",
    )
    assert only(document, "no_activation").severity == "advice"
    after = mended(document, "no_activation")
    assert check(after, lookup).issues == ()
    assert after.nodes["relu_1"].kind == "relu"


def test_far_more_weights_than_images_get_an_advice_on_the_largest_layer() -> None:
    document = graph(
        {
            "data": DATA,
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 100}),
            "relu_1": "relu",
            "linear_2": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>flatten_1",
        "flatten_1>linear_1",
        "linear_1>relu_1",
        "relu_1>linear_2",
        "linear_2>output",
    )
    issue = only(document, "many_parameters")
    assert (issue.severity, issue.node) == ("advice", "linear_1")
    assert "1,229,102 weights for 1,200 training images" in issue.message


def test_a_batch_larger_than_the_data_is_a_warning() -> None:
    raw = classifier().model_dump()
    raw["nodes"]["output"]["params"] = {"batch_size": 5000}
    assert only(read_document(raw), "batch_too_large").severity == "warning"


def test_errors_come_first() -> None:
    raw = classifier(("conv2d", {"kernel_size": 0})).model_dump()
    raw["nodes"]["relu_9"] = {"kind": "relu"}
    severities = [issue.severity for issue in check(read_document(raw), lookup).issues]
    assert severities == sorted(severities, key=["error", "warning", "advice"].index)


@given(st.lists(operations(), max_size=30), st.sampled_from(["lenet5", "branches", "empty"]))
def test_no_graph_makes_the_check_fail_and_every_mend_can_be_applied(changes: list[Operation], start: str) -> None:
    document = apply(golden_document(start), changes)
    result = check(document, lookup)
    assert result.runnable == (not any(issue.severity == "error" for issue in result.issues))
    assert set(result.nodes) == set(document.nodes)
    for issue in result.issues:
        assert issue.node is None or issue.node in document.nodes
        assert issue.edge is None or issue.edge in document.edges
        if issue.mend:
            assert apply(document, issue.mend.operations) != document
            check(apply(document, issue.mend.operations), lookup)


def test_a_result_travels_as_json() -> None:
    raw = classifier(classes=7).model_dump()
    raw["nodes"]["conv_9"] = {"kind": "conv2d"}
    result = check(read_document(raw), lookup)
    assert CheckResult.model_validate_json(result.model_dump_json()) == result


def test_two_thousand_nodes_wired_wrongly_are_checked_without_growing_mends() -> None:
    nodes = {f"n_{number}": ("linear" if number % 2 else "conv2d") for number in range(2_000)}
    ids = list(nodes)
    document = graph(nodes, *(f"{first}>{second}" for first, second in pairwise(ids)))
    found = check(document, lookup).issues
    assert max(len(issue.mend.operations) for issue in found if issue.mend) <= 3
