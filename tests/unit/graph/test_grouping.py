from __future__ import annotations

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from support.graphs import golden_document, graph, lookup

from patholearn_lab.errors import DocumentError, NotFoundError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document, write_document
from patholearn_lab.graph.grouping import expanded, group, ungroup
from patholearn_lab.graph.operations import apply

BRANCHES = golden_document("branches")
LAYERS = sorted(
    key for key, node in BRANCHES.nodes.items() if node.kind not in ("dataset", "classification_output", "metric")
)


def _residual() -> Document:
    return graph(
        {
            "data": ("dataset", {"dataset": "he_tissue"}),
            "conv_1": ("conv2d", {"out_channels": 3, "same_padding": True}),
            "relu_1": "relu",
            "add_1": "add",
            "flat": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>conv_1",
        "conv_1>relu_1",
        "relu_1>add_1",
        "data>add_1",
        "add_1>flat",
        "flat>linear_1",
        "linear_1>output",
    )


def test_a_selection_becomes_one_node_with_the_same_shapes_and_cost() -> None:
    before = _residual()
    node, operations = group(before, ["conv_1", "relu_1", "add_1"], "Shortcut")
    after = apply(before, operations)
    assert set(after.nodes) == {"data", node, "flat", "linear_1", "output"}
    assert after.nodes[node].kind == "block/shortcut"
    assert [(entry.name, entry.node) for entry in after.blocks["shortcut"].inputs] == [
        ("input", "conv_1"),
        ("input", "add_1"),
    ]
    was, now = check(before, lookup), check(after, lookup)
    assert now.totals == was.totals
    assert now.nodes[node].outputs == {"output": (3, 64, 64)}
    assert now.nodes[f"{node}/conv_1"] == was.nodes["conv_1"]
    assert (now.runnable, now.issues) == (True, was.issues)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(LAYERS), min_size=1))
def test_what_was_grouped_comes_out_as_it_was(selection: set[str]) -> None:
    try:
        node, operations = group(BRANCHES, sorted(selection), "Part")
    except DocumentError:  # Another test is about what leads outside and back.
        reject()
    grouped = apply(BRANCHES, operations)
    assert check(grouped, lookup).totals == check(BRANCHES, lookup).totals
    assert read_document(write_document(grouped)) == grouped
    _, back = ungroup(grouped, node)
    assert write_document(apply(grouped, back)) == write_document(BRANCHES)


def test_a_group_that_would_make_a_circle_is_refused_and_the_node_between_is_named() -> None:
    with pytest.raises(DocumentError, match=r"over relu_1, and back.*circle"):
        group(_residual(), ["conv_1", "add_1"], "Part")


def test_ends_of_the_graph_cannot_be_grouped() -> None:
    with pytest.raises(DocumentError, match="data is a Data set"):
        group(_residual(), ["data", "conv_1"], "Part")
    with pytest.raises(DocumentError, match="Nothing is selected"):
        group(_residual(), [], "Part")
    with pytest.raises(NotFoundError, match="'nobody'"):
        group(_residual(), ["nobody"], "Part")


def test_a_fragment_that_is_not_connected_gets_ports_to_connect_it_by() -> None:
    net = Architecture(graph({"conv_1": "conv2d", "relu_1": "relu"}, "conv_1>relu_1"))
    node = net.group(["conv_1", "relu_1"], "Conv and ReLU")
    block = net.blocks["conv_and_relu"]
    assert ([entry.node for entry in block.inputs], [output.node for output in block.outputs]) == (
        ["conv_1"],
        ["relu_1"],
    )
    net.ungroup(node)
    assert (set(net.document.nodes), set(net.document.edges), net.blocks) == ({"conv_1", "relu_1"}, {"e1"}, {})


def test_grouping_and_ungrouping_are_one_undo_step_each() -> None:
    net = Architecture(_residual())
    before = net.document
    node = net.group(["conv_1", "relu_1"], "Part")
    net.ungroup(node)
    assert net.undo()
    assert node in net.document.nodes
    assert net.undo()
    assert net.document == before


def test_a_block_used_twice_is_dissolved_with_the_values_of_each_use() -> None:
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"})}))
    first = net.add_block("residual", after="data", channels=8, stride=2)
    second = net.add_block("residual", after=first, channels=16, project=True)
    assert net.blocks.keys() == {"residual_projection"}
    flat = expanded(net.document)
    assert flat.blocks == {}
    widths = sorted(node.params["out_channels"] for node in flat.nodes.values() if node.kind == "conv2d")
    assert widths == [8, 8, 8, 16, 16, 16]
    inner = [key for key in net.check(lookup).nodes if key.startswith(f"{second}/")]
    assert len(inner) == len(net.blocks["residual_projection"].nodes)
    was, now = net.check(lookup), check(flat, lookup)
    assert was.totals == now.totals


def test_a_node_that_is_no_block_cannot_be_dissolved() -> None:
    with pytest.raises(DocumentError, match="stands for no block"):
        ungroup(_residual(), "relu_1")
