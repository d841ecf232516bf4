from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from support.graphs import SETS, graph, lookup

from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.operations import apply

Layer = str | tuple[str, dict[str, Any]]
SAME = {"same_padding": True}


def chain(*layers: Layer, classes: int = 2, dataset: str = "he_tissue") -> Document:
    """A chain from a data set over `layers`, flatten and linear to the output."""
    nodes: dict[str, Layer] = {"data": ("dataset", {"dataset": dataset})}
    nodes |= {f"m_{number}": layer for number, layer in enumerate(layers)}
    nodes |= {
        "flatten_1": "flatten",
        "linear_1": ("linear", {"out_features": classes}),
        "output": "classification_output",
    }
    return graph(nodes, *(f"{first}>{second}" for first, second in pairwise(nodes)))


def found(document: Document, code: str, shape: DatasetShape | None = None) -> list[Issue]:
    known = (lambda _: shape) if shape else lookup
    return [issue for issue in check(document, known).issues if issue.code == code]


ADVISED = [
    ("no_activation", chain(("conv2d", SAME), ("conv2d", SAME), ("max_pool2d", {"kernel_size": 16}))),
    ("activation_twice", chain("relu", "relu", ("max_pool2d", {"kernel_size": 16}))),
    ("activation_twice", chain("sigmoid", "tanh", ("max_pool2d", {"kernel_size": 16}))),
    ("dropout_before_norm", chain("dropout", "batch_norm", ("max_pool2d", {"kernel_size": 16}))),
    ("dropout_before_norm", chain("dropout", "relu", "batch_norm", ("max_pool2d", {"kernel_size": 16}))),
    ("bias_before_norm", chain(("conv2d", SAME), "batch_norm", ("max_pool2d", {"kernel_size": 16}))),
    (
        "no_normalization",
        chain(*[("conv2d", {**SAME, "out_channels": 4}), "relu"] * 9, ("max_pool2d", {"kernel_size": 16})),
    ),
]


@pytest.mark.parametrize(("code", "document"), ADVISED)
def test_advice_leaves_the_graph_runnable_and_its_mend_removes_it(code: str, document: Document) -> None:
    before = check(document, lookup)
    assert before.runnable
    issues = found(document, code)
    assert [issue.severity for issue in issues] == ["advice"]
    assert issues[0].mend is not None
    mended = apply(document, issues[0].mend.operations)
    assert check(mended, lookup).runnable
    assert not found(mended, code)


def test_halves_of_a_convolution_need_no_activation_between_them() -> None:
    wide, high = {**SAME, "kernel_size": "1, 7"}, {**SAME, "kernel_size": "7, 1"}
    assert not found(chain(("conv2d", wide), ("conv2d", high)), "no_activation")
    depthwise = {**SAME, "out_channels": 3, "groups": 3}
    assert not found(chain(("conv2d", depthwise), ("conv2d", {**SAME, "kernel_size": 1})), "no_activation")


def test_a_dropout_behind_the_norm_is_fine() -> None:
    assert not found(chain("batch_norm", "dropout"), "dropout_before_norm")


def test_a_bias_counts_where_no_norm_takes_it_away() -> None:
    assert not found(chain(("conv2d", SAME), "relu", "batch_norm"), "bias_before_norm")
    assert not found(chain(("conv2d", {**SAME, "bias": False}), "batch_norm"), "bias_before_norm")


def test_a_norm_halfway_makes_a_deep_chain_two_short_ones() -> None:
    conv: Layer = ("conv2d", {**SAME, "out_channels": 4})
    assert not found(chain(*[conv, "relu"] * 4, "batch_norm", *[conv, "relu"] * 4), "no_normalization")
    assert not found(chain(*[conv, "relu"] * 7), "no_normalization")


def test_a_linear_narrower_than_the_classes_is_a_bottleneck() -> None:
    nodes: dict[str, Layer] = {
        "data": ("dataset", {"dataset": "mnist"}),
        "flatten_1": "flatten",
        "linear_1": ("linear", {"out_features": 3}),
        "relu_1": "relu",
        "linear_2": ("linear", {"out_features": 10}),
        "output": "classification_output",
    }
    document = graph(nodes, *(f"{first}>{second}" for first, second in pairwise(nodes)))
    issue = found(document, "bottleneck")[0]
    assert (issue.node, issue.severity) == ("linear_1", "advice")
    assert "3 values of linear_1, but 10 classes" in issue.message
    assert issue.mend is not None
    assert not found(apply(document, issue.mend.operations), "bottleneck")


def sees_little() -> Document:
    return chain(("conv2d", SAME), "relu", ("avg_pool2d", {"kernel_size": 64}))


def test_a_mean_of_values_that_see_little_is_no_way_to_see_large_things() -> None:
    issue = found(sees_little(), "narrow_sight")[0]
    assert issue.node == "m_1"
    assert "sees 3 px of the image when m_2 decides, and the images are 64 × 64 px" in issue.message
    assert not found(
        chain(("conv2d", {**SAME, "kernel_size": 17}), ("avg_pool2d", {"kernel_size": 64})), "narrow_sight"
    )


def test_where_the_size_of_objects_is_known_it_decides() -> None:
    small = replace(SETS["he_tissue"], object_px=3)
    large = replace(SETS["he_tissue"], object_px=4)
    assert not found(sees_little(), "narrow_sight", small)
    assert "about 4 px large" in found(sees_little(), "narrow_sight", large)[0].message


def test_a_flatten_sees_the_whole_image() -> None:
    assert not found(chain(("conv2d", SAME), "relu"), "narrow_sight")


POOL = ("max_pool2d", {"kernel_size": 16})


def grouped(document: Document, *groups: tuple[str, ...]) -> Document:
    """Make a block of each group of nodes: block_1, block_2, …"""
    net = Architecture(document)
    for number, nodes in enumerate(groups, 1):
        net.group(nodes, f"Block {number}")
    return net.document


LOCAL = [case for case in ADVISED if case[0] != "no_normalization"]


@pytest.mark.parametrize(("code", "document"), LOCAL)
def test_what_is_advised_in_a_graph_is_advised_in_a_block_with_its_way_and_its_mend(
    code: str, document: Document
) -> None:
    layers = tuple(key for key in document.nodes if key.startswith("m_"))
    inside = grouped(document, layers)
    (issue,) = found(inside, code)
    (plain,) = found(document, code)
    assert issue.node is not None
    assert inside.nodes[issue.node].kind == "block/block_1"
    assert issue.path == (plain.node,)
    assert issue.message.startswith("Inside")
    assert issue.mend is not None
    mended = apply(inside, issue.mend.operations)
    assert check(mended, lookup).runnable
    assert not found(mended, code)


def test_advice_on_a_block_is_given_once_for_all_its_uses() -> None:
    net = Architecture(grouped(chain(("conv2d", SAME), ("conv2d", SAME), POOL), ("m_0", "m_1")))
    use = next(key for key, node in net.document.nodes.items() if node.kind == "block/block_1")
    net.add_block("block_1", after=use)
    assert len(found(net.document, "no_activation")) == 2  # inside once, and between the two uses


def test_two_layers_that_meet_at_the_border_of_blocks_are_seen() -> None:
    conv: Any = ("conv2d", SAME)
    document = grouped(chain(conv, "relu", conv, conv, "relu", POOL), ("m_1", "m_2"), ("m_3", "m_4"))
    (issue,) = found(document, "no_activation")
    assert issue.path == ("m_3",)
    assert "m_2 inside" in issue.message
    assert issue.mend is not None
    assert not found(apply(document, issue.mend.operations), "no_activation")


def test_a_dropout_in_a_block_before_a_norm_outside_is_seen() -> None:
    document = grouped(chain("relu", "dropout", "batch_norm", POOL), ("m_0", "m_1"))
    (issue,) = found(document, "dropout_before_norm")
    assert issue.path == ("m_1",)


def test_a_deep_chain_is_counted_through_blocks_and_ends_at_a_norm_in_them() -> None:
    conv: Any = ("conv2d", {**SAME, "out_channels": 4})
    deep = chain(*[conv, "relu"] * 9, POOL)
    document = grouped(deep, tuple(f"m_{number}" for number in range(8)), tuple(f"m_{n}" for n in range(8, 16)))
    assert "10 layers" in found(document, "no_normalization")[0].message
    normed = chain(*[conv, "relu"] * 4, "batch_norm", *[conv, "relu"] * 5, POOL)
    assert not found(grouped(normed, tuple(f"m_{number}" for number in range(6, 12))), "no_normalization")
    # All nine in one block: the place is inside.
    (issue,) = found(grouped(deep, tuple(f"m_{number}" for number in range(18))), "no_normalization")
    assert "10 layers" in issue.message


def test_the_largest_layer_is_named_where_it_is_inside_a_block() -> None:
    document = grouped(chain("flatten", ("linear", {"out_features": 4_000}), "relu"), ("m_1", "m_2"))
    (issue,) = found(document, "many_parameters")
    assert issue.path == ("m_1",)
    assert "m_1 inside" in issue.message


def test_a_bottleneck_inside_a_block_is_seen() -> None:
    document = chain("flatten", ("linear", {"out_features": 2}), "relu", classes=10, dataset="mnist")
    (issue,) = found(grouped(document, ("m_1", "m_2")), "bottleneck")
    assert issue.path == ("m_1",)


def test_a_head_that_pools_inside_a_block_decides_as_one_in_the_graph() -> None:
    pooling: Any = ("adaptive_avg_pool2d", {"output_size": 1})
    document = chain(("conv2d", SAME), "relu", pooling)
    assert len(found(document, "narrow_sight")) == 1
    assert len(found(grouped(document, ("m_1", "m_2")), "narrow_sight")) == 1
