"""Whole networks as single nodes: their tables, what they cost, and what is wrong where they do not fit."""

from __future__ import annotations

from typing import Any

import pytest
from support.graphs import MASKS, graph, lookup

from patholearn_lab.errors import NotFoundError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.issues import CheckResult, Issue
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.zoo import close_to, find, networks


def drawn(kind: str, params: dict[str, Any], dataset: str = "he_tissue") -> Document:
    """Draw a data set, a network, and an output."""
    return graph(
        {"data": ("dataset", {"dataset": dataset}), "net": (kind, params), "output": "classification_output"},
        "data>net",
        "net>output",
    )


def issues(document: Document) -> tuple[CheckResult, dict[str, Issue]]:
    result = check(document, lookup)
    return result, {issue.code: issue for issue in result.issues}


def test_a_network_without_classes_gives_its_features() -> None:
    result, found = issues(drawn("torchvision_model", {}))
    assert result.nodes["net"].outputs == {"output": (512,)}
    assert result.nodes["net"].parameters == 11_176_512
    issue = found["wrong_class_count"]
    assert issue.node == "net"
    assert issue.mend is not None
    assert issue.mend.label == "Set net to 2 classes"
    (added,) = issue.other_mends
    for mend, kinds in ((issue.mend, 3), (added, 4)):
        document = apply(drawn("torchvision_model", {}), mend.operations)
        assert len(document.nodes) == kinds
        assert issues(document)[0].runnable


def test_the_masks_of_a_segmentation_model_get_the_sets_classes_by_its_own_setting() -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "masks"}),
            "net": ("smp_model", {"classes": 7}),
            "output": "segmentation_output",
        },
        "data>net",
        "net>output",
    )
    mend = issues(document)[1]["wrong_class_count"].mend
    assert mend is not None
    assert issues(apply(document, mend.operations))[0].nodes["net"].outputs["output"][0] == len(MASKS.classes)


def test_a_network_with_classes_gives_one_score_for_each() -> None:
    result, _ = issues(drawn("torchvision_model", {"classes": 2}))
    assert result.runnable
    assert result.nodes["net"].outputs == {"output": (2,)}
    assert result.nodes["net"].parameters == 11_176_512 + 2 * 512 + 2


def test_multiply_adds_grow_with_the_area_of_the_image() -> None:
    small = issues(drawn("torchvision_model", {}))[0].nodes["net"]
    known = find("torchvision", "resnet18")
    assert known is not None
    assert small.multiply_adds == known.multiply_adds * 64 * 64 // (224 * 224)
    assert small.memory_bytes == 4 * (known.activations * 64 * 64 // (224 * 224))


def test_frozen_weights_are_not_counted_as_learned_by_heart() -> None:
    assert "many_parameters" in issues(drawn("torchvision_model", {"classes": 2}))[1]
    result, found = issues(drawn("torchvision_model", {"classes": 2, "frozen": True}))
    assert "many_parameters" not in found
    assert result.totals.parameters - result.totals.frozen_parameters == 1_026


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({"model": "resnet81"}, "unknown_network", "Similar names: resnet18"),
        ({"model": "resnet18.V1"}, "unknown_network", "'V1' is a version of its weights"),
        ({"weights": "V7"}, "unknown_weights", "Those that it has: IMAGENET1K_V1."),
        ({"model": "vit_b_16"}, "wrong_image_size", "exactly 224 × 224 pixels, but 64 × 64 come in"),
        ({"model": "inception_v3"}, "wrong_image_size", "75 pixels a side or more"),
    ],
)
def test_what_does_not_fit_is_said(params: dict[str, Any], code: str, said: str) -> None:
    assert said in issues(drawn("torchvision_model", {"classes": 2, **params}))[1][code].message


@pytest.mark.parametrize(
    "params",
    [
        {"model": "resnet81"},
        {"weights": "V7"},
        {"model": "resnet18.IMAGENET1K_V1"},
        {"model": "vit_b_16"},
        {"model": "inception_v3"},
    ],
)
def test_what_does_not_fit_has_a_mend(params: dict[str, Any]) -> None:
    document = drawn("torchvision_model", {"classes": 2, **params})
    _, found = issues(document)
    (error,) = [issue for issue in found.values() if issue.severity == "error"]
    assert error.mend is not None
    assert issues(apply(document, error.mend.operations))[0].runnable


def test_a_grey_image_gets_a_convolution_to_three_channels() -> None:
    document = drawn("torchvision_model", {"classes": 10}, "mnist")
    mend = issues(document)[1]["wrong_channels"].mend
    assert mend is not None
    result, _ = issues(apply(document, mend.operations))
    assert result.runnable
    assert result.nodes["conv_1"].outputs == {"output": (3, 28, 28)}


def test_weights_made_for_larger_images_change_the_size_that_is_needed() -> None:
    usual, larger = find("torchvision", "vit_b_16"), find("torchvision", "vit_b_16", "IMAGENET1K_SWAG_E2E_V1")
    assert usual is not None
    assert larger is not None
    assert (usual.height, larger.height) == (224, 384)
    assert larger.parameters > usual.parameters
    # The usual weights of this one are for larger images.
    assert find("torchvision", "vit_h_14", "DEFAULT") != find("torchvision", "vit_h_14")


def test_networks_are_found_by_patterns_and_by_likeness() -> None:
    assert networks("torchvision", "resnet??") == ["resnet18", "resnet34", "resnet50"]
    assert len(networks("torchvision")) >= 80
    assert close_to("torchvision", "ResNet-18")[0] == "resnet18"
    assert close_to("torchvision", "qqqqq") == []


@pytest.mark.parametrize(
    ("kind", "params", "code", "said"),
    [
        ("timm_model", {"model": "resnet18x"}, "unknown_network", "Similar names: resnet18"),
        (
            "timm_model",
            {"weights": "tf_in1k"},
            "unknown_weights",
            "no pre-trained weights called 'tf_in1k'",
        ),
        ("timm_model", {"model": "vit_tiny_patch16_224"}, "wrong_image_size", "exactly 224 × 224 pixels"),
        ("smp_model", {"encoder": "resnet43"}, "unknown_network", "Similar names: resnet34"),
        ("smp_model", {"weights": "DEFAULT"}, "unknown_weights", "Those that it has: imagenet."),
    ],
)
def test_what_does_not_fit_other_libraries_is_said_and_mended(
    kind: str, params: dict[str, Any], code: str, said: str
) -> None:
    document = drawn(kind, params)
    _, found = issues(document)
    assert said in found[code].message
    mend = found[code].mend
    assert mend is not None
    assert code not in issues(apply(document, mend.operations))[1]


def test_a_grey_image_costs_less_at_the_first_layer() -> None:
    known = find("timm", "resnet18")
    assert known is not None
    (grey,) = [issues(drawn("timm_model", {"classes": 10}, "mnist"))[0].nodes["net"]]
    assert grey.outputs == {"output": (10,)}
    assert grey.parameters == known.parameters - 2 * 64 * 7 * 7 + 10 * 513


def test_a_segmentation_model_gives_an_image_of_scores() -> None:
    result, _ = issues(drawn("smp_model", {"classes": 3, "frozen": True}))
    facts, known = result.nodes["net"], find("smp", "Unet/resnet34")
    assert known is not None
    assert facts.outputs == {"output": (3, 64, 64)}
    assert facts.parameters == known.parameters + 3 * (16 * 9 + 1)
    assert facts.frozen_parameters == known.encoder_parameters == 21_284_672


def test_a_segmentation_model_needs_sides_that_it_can_halve() -> None:
    document = drawn("smp_model", {"architecture": "FPN"}, "mnist")
    found = issues(document)[1]["wrong_image_size"]
    assert "28 × 28 come in. The next size that fits is 32 × 32" in found.message
    assert found.mend is not None
    result, _ = issues(apply(document, found.mend.operations))
    assert result.nodes["net"].outputs == {"output": (2, 32, 32)}


def test_a_library_that_is_not_there_is_said() -> None:
    with pytest.raises(NotFoundError, match="no library 'keras'"):
        networks("keras")  # type: ignore[arg-type]
