"""Graphs of other programs become documents, and nothing in them is lost without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import GOLDEN, golden_document, lookup

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.document import MAX_BYTES, Document, write_document
from patholearn_lab.graph.formats import decode, formats, read_any

FOREIGN = GOLDEN / "foreign"


def kinds(document: Document) -> dict[str, tuple[str, dict[str, Any]]]:
    return {key: (node.kind, dict(node.params)) for key, node in document.nodes.items()}


def wires(document: Document) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in document.edges.values()}


def with_dataset(document: Document, dataset: str) -> Document:
    data = document.nodes["data"].model_copy(update={"params": {"dataset": dataset}})
    return document.model_copy(update={"nodes": {**document.nodes, "data": data}})


def test_a_graph_of_patholearn_has_its_layers_with_their_activations_beside_them() -> None:
    imported = Architecture.open(FOREIGN / "patholearn.json")
    assert kinds(imported.document) == {
        "data": ("dataset", {}),
        "conv_1": ("conv2d", {"out_channels": 16, "kernel_size": 3, "stride": 1, "same_padding": True}),
        "relu_1": ("relu", {}),
        "norm_1": ("batch_norm", {"momentum": 0.2}),
        "conv_2": ("conv2d", {"out_channels": 16, "kernel_size": "1, 7", "stride": 1, "same_padding": True}),
        "conv_3": ("conv2d", {"out_channels": 16, "kernel_size": 1, "stride": 1, "same_padding": False}),
        "sigmoid_1": ("sigmoid", {}),
        "add_1": ("add", {}),
        "concat_1": ("concatenate", {}),
        "pool_1": ("avg_pool2d", {"kernel_size": 2, "stride": 2}),
        "flatten_1": ("flatten", {}),
        "dropout_1": ("dropout", {"p": 0.25}),
        "linear_1": ("linear", {"out_features": 2}),
        "output": (
            "classification_output",
            {"loss": "cross_entropy", "optimizer": "sgd", "learning_rate": 0.01, "epochs": 12, "batch_size": 64},
        ),
        "metric_1": ("metric", {"name": "accuracy"}),
        "metric_2": ("metric", {"name": "f1"}),
    }
    assert {("norm_1", "conv_2"), ("norm_1", "conv_3"), ("conv_2", "add_1"), ("sigmoid_1", "add_1")} <= wires(
        imported.document
    )
    assert {("add_1", "concat_1"), ("norm_1", "concat_1"), ("output", "metric_2")} <= wires(imported.document)


def test_a_graph_of_patholearn_can_be_trained_once_a_data_set_is_chosen() -> None:
    imported = read_any((FOREIGN / "patholearn.json").read_bytes())
    assert Architecture(with_dataset(imported.document, "he_tissue")).check(lookup).runnable
    assert any("BreaKHis" in note for note in imported.notes)
    assert any("Epoch" in note for note in imported.notes)


def saved(*nodes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a graph of PathoLearn: nodes in a row, with their controls."""
    return {
        "nodes": [
            {
                "id": str(number),
                "type": kind,
                "controls": [{"key": key, "value": value} for key, value in given.items()],
            }
            for number, (kind, given) in enumerate(nodes)
        ],
        "connections": [{"source": str(number - 1), "target": str(number)} for number in range(1, len(nodes))],
    }


@pytest.mark.parametrize(
    ("kind", "controls", "params"),
    [
        ("ResNetNode", {"version": "resnet50", "pretrained": "General"}, {"model": "resnet50", "weights": "DEFAULT"}),
        ("ResNetNode", {}, {"model": "resnet18"}),
        ("VggNode", {"version": "vgg16", "pretrained": "No"}, {"model": "vgg16", "weights": ""}),
        ("AlexnetNode", {"pretrained": "General"}, {"model": "alexnet", "weights": "DEFAULT"}),
        ("GoogleNetNode", {"pretrained": "No"}, {"model": "googlenet", "weights": ""}),
    ],
)
def test_a_whole_architecture_of_patholearn_is_a_network_of_torchvision(
    kind: str, controls: dict[str, Any], params: dict[str, Any]
) -> None:
    raw = saved(("DatasetNode", {}), (kind, controls), ("LinearNode", {"neurons": 2}), ("OutputNode", {}))
    document = read_any(raw).document
    assert kinds(document)["backbone_1"] == ("torchvision_model", {name: text for name, text in params.items() if text})
    # AlexNet and its like take images of 63 pixels or more: he_tissue has 64.
    assert Architecture(with_dataset(document, "he_tissue")).check(lookup).runnable


def test_weights_that_only_patholearn_has_are_named_and_left_out() -> None:
    imported = read_any(saved(("DatasetNode", {}), ("ResNetNode", {"pretrained": "Medical"})))
    assert "weights" not in imported.document.nodes["backbone_1"].params
    assert any("“Medical”" in note for note in imported.notes)


def test_a_segmentation_architecture_of_patholearn_ends_in_masks() -> None:
    network = {"model": "UNet++", "encoder": "resnet34"}
    imported = read_any(saved(("DatasetNode", {}), ("SegmentationNode", network), ("OutputNode", {})))
    assert kinds(imported.document)["segmentation_1"] == (
        "smp_model",
        {"architecture": "UnetPlusPlus", "encoder": "resnet34", "weights": "imagenet"},
    )
    assert imported.document.nodes["output"].kind == "segmentation_output"


def test_a_log_softmax_before_nll_is_the_cross_entropy() -> None:
    imported = read_any(
        saved(
            ("DatasetNode", {}),
            ("FlattenNode", {}),
            ("LinearNode", {"neurons": 2, "activation": "log_softmax"}),
            ("OutputNode", {"loss": "NLL"}),
        )
    )
    assert imported.document.nodes["log_softmax_1"].kind == "log_softmax"
    assert imported.document.nodes["output"].params["loss"] == "cross_entropy"
    assert any("NLL" in note for note in imported.notes)
    result = Architecture(with_dataset(imported.document, "he_tissue")).check(lookup)
    assert result.runnable
    assert "changes nothing" in next(i.message for i in result.issues if i.code == "log_softmax_before_loss")


def test_a_layer_list_of_webml_is_a_chain() -> None:
    imported = Architecture.open(FOREIGN / "webml.json")
    document = imported.document
    assert document.meta.name == "signs, small"
    assert [node.kind for node in sorted(document.nodes.values(), key=lambda node: node.y)] == [
        "dataset", "conv2d", "relu", "max_pool2d", "batch_norm", "conv2d", "tanh", "flatten", "dropout", "linear",
        "relu", "linear", "classification_output",
    ]  # fmt: skip
    found = kinds(document)
    assert found["conv_1"][1] == {"out_channels": 64, "kernel_size": 3, "same_padding": False}
    assert found["conv_2"][1] == {"out_channels": 32, "kernel_size": 2, "same_padding": True}
    assert found["norm_1"][1]["momentum"] == pytest.approx(0.1)
    assert found["linear_1"][1] == {"out_features": 256}
    assert found["output"][1] == {"loss": "cross_entropy", "optimizer": "adam"}
    assert any("64 × 64 × 3" in note for note in imported.notes)
    assert any("softmax" in note for note in imported.notes)


def test_a_model_of_tensorflow_js_is_read_by_its_own_names() -> None:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 28, 28, 1]}},
        {"class_name": "Conv2D", "config": {"filters": 8, "kernelSize": [5, 3], "strides": [2, 2], "padding": "same"}},
        {"class_name": "MaxPooling2D", "config": {"poolSize": [2, 2], "strides": [1, 1]}},
        {"class_name": "Activation", "config": {"activation": "relu"}},
    ]
    document = read_any({"class_name": "Sequential", "config": {"layers": layers}}).document
    assert kinds(document)["conv_1"][1] == {
        "out_channels": 8, "kernel_size": "5, 3", "stride": 2, "same_padding": True,
    }  # fmt: skip
    assert kinds(document)["pool_1"][1] == {"kernel_size": 2, "stride": 1}
    assert wires(document) >= {("pool_1", "relu_1"), ("relu_1", "output")}


def test_what_has_no_counterpart_stays_in_the_graph_as_an_unknown_node() -> None:
    layers = [{"type": "SpatialDream", "layer": {"depth": 3}}, {"type": "Dense", "layer": {"activation": "softsign"}}]
    imported = read_any({"layers": layers, "optimizer": "ftrl"})
    document = imported.document
    unknown = {node.kind: dict(node.params) for key, node in document.nodes.items() if key.startswith("unknown")}
    assert unknown == {"SpatialDream": {"depth": 3}, "softsign": {}}
    issues = [issue for issue in Architecture(document).check(lookup).issues if issue.code == "unknown_kind"]
    assert len(issues) == 2
    assert any("ftrl" in note for note in imported.notes)
    assert any("SpatialDream" in note for note in imported.notes)


def test_a_wrong_value_is_kept_for_the_check_to_report() -> None:
    document = read_any({"layers": [{"type": "Conv2D", "layer": {"filters": "many"}}]}).document
    assert any(issue.code == "parameter_type" for issue in Architecture(document).check(lookup).issues)


def test_our_own_documents_are_read_as_before(tmp_path: Path) -> None:
    document = golden_document("branches")
    file = tmp_path / "own.arch.json"
    file.write_text(write_document(document), encoding="utf-8")
    assert Architecture.open(file).document == document
    assert read_any(write_document(document)).notes == ()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"nodes": [{"type": "AddNode"}], "connections": []}, "no id or no type"),
        ({"nodes": [{"id": "a", "type": "AddNode"}] * 2, "connections": []}, "id 'a'"),
        ({"nodes": [{"id": "a", "type": "AddNode", "controls": True}], "connections": []}, "not a list"),
        ({"nodes": [], "connections": [{"source": 3}]}, "no source or no target"),
        ({"layers": [{"type": "Conv2D", "layer": [3]}]}, "not an object"),
        ({"layers": "none"}, "schemaVersion"),
        ({}, "schemaVersion"),
    ],
)
def test_a_wrong_form_is_refused_with_what_was_found(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        read_any(raw)


def test_a_text_that_is_no_graph_is_refused() -> None:
    with pytest.raises(DocumentError, match="not valid JSON"):
        read_any("import torch")
    with pytest.raises(TooLargeError, match="8,000,000"):
        read_any(b" " * (MAX_BYTES + 1))


def test_too_many_layers_are_refused() -> None:
    with pytest.raises(TooLargeError, match="2,000"):
        read_any({"layers": [{"type": "Flatten"}] * 2_001})
    with pytest.raises(TooLargeError, match="2,000"):
        read_any({"nodes": [{"id": "a", "type": "AddNode"}] * 2_001, "connections": []})


def test_every_format_has_a_golden_file() -> None:
    found = set()
    for file in FOREIGN.glob("*.json"):
        imported = read_any(file.read_bytes())
        assert imported.notes
        found |= {name for name in formats if formats[name].recognizes(_decoded(file))}
    assert found == set(formats)


def _decoded(file: Path) -> dict[str, Any]:
    decoded = decode(file.read_bytes())
    assert isinstance(decoded, dict)
    return decoded


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-10, 10**12)
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["nan", "inf", "1e400", "x" * 3_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=60)
@given(st.sampled_from(["nodes", "connections", "layer", "controls", "type", "id", "config"]), JSON, st.integers(0, 99))
def test_whatever_stands_in_a_file_it_is_read_or_refused(name: str, value: Any, place: int) -> None:
    """Put any JSON in the place of any part of a golden file."""
    for file in FOREIGN.glob("*.json"):
        raw = _decoded(file)
        holders = [holder for holder in _objects(raw) if name in holder]
        if holders:
            holders[place % len(holders)][name] = value
        try:
            read_any(json.dumps(raw))
        except (DocumentError, TooLargeError) as error:
            assert error.hint  # noqa: PT017  (not that it is raised, but that it helps)


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(found for item in value.values() for found in _objects(item))]
    return [found for item in value for found in _objects(item)] if isinstance(value, list) else []
