"""Issues of what is learned, and that their mends mend."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from support.graphs import graph, lookup

from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.operations import apply


def only(document: Document, code: str) -> Issue:
    found = [issue for issue in check(document, lookup).issues if issue.code == code]
    assert len(found) == 1, [issue.code for issue in check(document, lookup).issues]
    return found[0]


def mended(document: Document, code: str) -> Document:
    issue = only(document, code)
    assert issue.mend is not None
    return apply(document, issue.mend.operations)


def errors(document: Document) -> list[str]:
    return [issue.code for issue in check(document, lookup).issues if issue.severity == "error"]


def pixels(
    kind: str = "segmentation_output",
    *middle: Any,
    dataset: str = "masks",
    output: dict[str, Any] | None = None,
    metric: str = "",
) -> Document:
    """A chain of image layers to an output."""
    chain = {f"m_{number}": layer for number, layer in enumerate(middle)}
    nodes = {"data": ("dataset", {"dataset": dataset}), **chain, "output": (kind, output or {})}
    ids = list(nodes)
    edges = [f"{first}>{second}" for first, second in pairwise(ids)]
    if metric:
        nodes["metric_1"] = ("metric", {"name": metric})
        edges.append("output>metric_1")
    return graph(nodes, *edges)


def vector(
    kind: str, features: int, *last: Any, dataset: str = "nuclei", output: dict[str, Any] | None = None
) -> Document:
    """Flatten and Linear to an output."""
    return pixels(kind, "flatten", ("linear", {"out_features": features}), *last, dataset=dataset, output=output)


CONV = ("conv2d", {"out_channels": 2, "same_padding": True})


def test_a_sound_segmentation_has_no_error() -> None:
    assert errors(pixels("segmentation_output", CONV)) == []


def test_a_channel_per_class_is_set_at_the_last_convolution() -> None:
    document = pixels("segmentation_output", ("conv2d", {"out_channels": 8, "same_padding": True}), "relu")
    issue = only(document, "wrong_class_count")
    assert issue.node == "m_0"
    assert "2 classes in its masks, but m_1 gives 8 channels (8 × 64 × 64)" in issue.message
    assert errors(mended(document, "wrong_class_count")) == []


def test_a_channel_per_class_comes_from_a_new_convolution_where_none_decides() -> None:
    document = pixels(
        "segmentation_output",
        ("conv2d", {"out_channels": 8, "kernel_size": 1}),
        ("max_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}),
    )
    issue = only(document, "wrong_class_count")
    assert issue.mend is not None
    assert issue.mend.label == "Add a 1×1 convolution with 2 channels"
    assert errors(mended(document, "wrong_class_count")) == []


def test_an_output_smaller_than_the_mask_is_enlarged() -> None:
    document = pixels("segmentation_output", CONV, "max_pool2d")
    issue = only(document, "wrong_size")
    assert "m_1 gives 32 × 32 pixels, but the mask has 64 × 64" in issue.message
    assert errors(mended(document, "wrong_size")) == []


def test_a_reconstruction_is_like_the_image_that_went_in() -> None:
    document = pixels(
        "reconstruction_output", ("conv2d", {"out_channels": 4, "stride": 2, "padding": 1}), dataset="nuclei"
    )
    assert set(errors(document)) == {"wrong_class_count", "wrong_size"}
    assert errors(mended(mended(document, "wrong_size"), "wrong_class_count")) == []


def test_a_regression_gives_one_value_each() -> None:
    document = vector("regression_output", 1)
    assert "3 values per image, but m_1 gives 1" in only(document, "wrong_class_count").message
    assert errors(mended(document, "wrong_class_count")) == []


@pytest.mark.parametrize(
    ("kind", "dataset", "becomes"),
    [
        ("classification_output", "masks", "segmentation_output"),
        ("regression_output", "tiny", "classification_output"),
        ("multilabel_output", "tiny", "classification_output"),
    ],
)
def test_an_output_that_the_data_set_cannot_serve_becomes_one_that_it_can(
    kind: str, dataset: str, becomes: str
) -> None:
    document = vector(kind, 2, dataset=dataset, output={"learning_rate": 0.01})
    issue = only(document, "wrong_task")
    assert issue.node == "output"
    changed = mended(document, "wrong_task").nodes["output"]
    assert changed.kind == becomes
    assert changed.params["learning_rate"] == 0.01
    assert "wrong_task" not in errors(mended(document, "wrong_task"))
    assert "unknown_parameter" not in [issue.code for issue in check(mended(document, "wrong_task"), lookup).issues]


def test_a_loss_that_the_new_output_lacks_goes_back_to_the_usual_one() -> None:
    document = vector("regression_output", 10, dataset="tiny", output={"loss": "huber", "delta": 2.0})
    assert mended(document, "wrong_task").nodes["output"].params == {}


@pytest.mark.parametrize(
    ("kind", "layer", "width"),
    [
        ("classification_output", "softmax", 2),
        ("classification_output", "sigmoid", 2),
        ("multilabel_output", "sigmoid", 3),
        ("multilabel_output", "softmax", 3),
    ],
)
def test_what_squashes_the_scores_before_a_loss_that_does_it_is_removed(kind: str, layer: str, width: int) -> None:
    document = vector(kind, width, layer)
    assert only(document, f"{layer}_before_loss").severity == "warning"
    better = mended(document, f"{layer}_before_loss")
    assert "m_2" not in better.nodes
    assert errors(better) == []


def test_a_sigmoid_cannot_give_normalized_pixels() -> None:
    document = pixels(
        "reconstruction_output", ("conv2d", {"out_channels": 3, "same_padding": True}), "sigmoid", dataset="nuclei"
    )
    assert "normalized" in only(document, "sigmoid_before_loss").message


@pytest.mark.parametrize(
    ("document", "better"),
    [
        (pixels("segmentation_output", CONV, metric="f1"), "dice"),
        (pixels("segmentation_output", CONV, metric="mae"), "dice"),
        (
            pixels("reconstruction_output", ("conv2d", {"out_channels": 3, "same_padding": True}), metric="accuracy"),
            "mse",
        ),
    ],
)
def test_a_metric_of_another_task_is_replaced_by_one_that_fits(document: Document, better: str) -> None:
    assert only(document, "metric_does_not_fit").node == "metric_1"
    changed = mended(document, "metric_does_not_fit")
    assert changed.nodes["metric_1"].params["name"] == better
    assert errors(changed) == []


def test_weights_are_as_many_as_the_classes_or_known() -> None:
    wrong = vector("classification_output", 2, output={"loss": "weighted_cross_entropy", "class_weights": "1, 2, 3"})
    assert "must be 2 numbers" in only(wrong, "class_weights").message
    assert errors(mended(wrong, "class_weights")) == []
    unknown = pixels("segmentation_output", CONV, output={"loss": "weighted_cross_entropy"})
    assert "is not known yet" in only(unknown, "class_weights").message
    assert errors(mended(unknown, "class_weights")) == []


def test_weights_to_begin_with_are_in_a_file() -> None:
    document = vector("classification_output", 2, output={"weights": "resnet18"})
    assert "ends in .pt, .pth or .safetensors" in only(document, "weights_file").message
    assert errors(mended(document, "weights_file")) == []
    assert errors(vector("classification_output", 2, output={"weights": "mine.safetensors"})) == []


def two(first: dict[str, Any], second: dict[str, Any]) -> Document:
    return graph(
        {
            "data": ("dataset", {"dataset": "nuclei"}),
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "linear_2": ("linear", {"out_features": 3}),
            "output": ("classification_output", first),
            "output_2": ("regression_output", second),
        },
        "data>flatten_1",
        "flatten_1>linear_1",
        "flatten_1>linear_2",
        "linear_1>output",
        "linear_2>output_2",
    )


def test_the_training_settings_of_the_first_output_count() -> None:
    document = two({"epochs": 3}, {"optimizer": "sgd"})
    issue = only(document, "settings_differ")
    assert (issue.node, issue.severity) == ("output_2", "warning")
    assert "“Optimizer”, “Epochs” of output count" in issue.message
    changed = mended(document, "settings_differ")
    assert changed.nodes["output_2"].params == {"epochs": 3}
    assert [issue.code for issue in check(changed, lookup).issues if issue.code == "settings_differ"] == []


def test_outputs_that_all_weigh_nothing_are_an_error() -> None:
    document = two({"weight": 0}, {"weight": 0})
    assert errors(document) == ["nothing_weighs"]
    assert errors(mended(document, "nothing_weighs")) == []
    assert errors(two({"weight": 0}, {})) == []


def test_a_missing_output_is_what_the_data_set_is_made_for() -> None:
    document = graph({"data": ("dataset", {"dataset": "masks"}), "conv_1": CONV}, "data>conv_1")
    changed = mended(document, "no_output")
    assert changed.nodes["output"].kind == "segmentation_output"
    assert errors(changed) == []


def sparse(dataset: str) -> DatasetShape | None:
    """The same sets, of which nobody annotated all."""
    shape = lookup(dataset)
    return shape and replace(shape, sparse=("labels", "masks"))


def test_what_nobody_annotated_gets_no_weight() -> None:
    document = pixels("segmentation_output", CONV)
    (issue,) = (issue for issue in check(document, sparse).issues if issue.code == "not_annotated")
    assert issue.severity == "error"
    assert "255" in issue.message
    assert issue.mend is not None
    done = apply(document, issue.mend.operations)
    assert done.nodes["output"].params["ignore_index"] == 255
    assert "not_annotated" not in [issue.code for issue in check(done, sparse).issues]
    assert "not_annotated" not in [issue.code for issue in check(document, lookup).issues]


def test_samples_without_a_label_are_left_out_where_labels_are_all_that_is_learned() -> None:
    document = vector("classification_output", 2)
    assert "not_annotated" not in [issue.code for issue in check(document, sparse).issues]
