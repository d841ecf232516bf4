"""Blocks come back from the classes that they were written as."""

from __future__ import annotations

import pytest
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell, merge_cell, read_graph
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.operations import SetParams, apply


@pytest.fixture(scope="module")
def net() -> Architecture:
    """Two residual blocks of different widths."""
    net = Architecture(graph({"data": ("dataset", {"dataset": "he_tissue"}), "output": "classification_output"}))
    last = net.add("conv2d", after="data", out_channels=8)
    last = net.add_block("residual", after=last, channels=8)
    last = net.add_block("residual", after=last, channels=16, stride=2)
    for kind, params in (("adaptive_avg_pool2d", {}), ("flatten", {}), ("linear", {"out_features": 2})):
        last = net.add(kind, after=last, **params)
    net.connect(last, "output")
    return net


def test_an_unedited_cell_has_its_blocks(net: Architecture) -> None:
    read = read_graph(emit_cell(net.document, lookup).code, net.document, lookup)
    assert read.document == net.document
    assert read.issues == ()


def test_a_parameter_of_a_block_is_read_from_its_call(net: Architecture) -> None:
    code = emit_cell(net.document, lookup).code
    assert "channels=16" in code
    read = read_graph(code.replace("channels=16", "channels=24"), net.document, lookup)
    changed = [node for node, kept in net.document.nodes.items() if read.document.nodes[node] != kept]
    assert [read.document.nodes[node].params for node in changed] == [{"channels": 24, "stride": 2}]
    assert read.document.blocks == net.document.blocks


def test_a_change_of_a_block_goes_into_an_edited_cell(net: Architecture) -> None:
    code = emit_cell(net.document, lookup).code.replace("EPOCHS", "# mine\nEPOCHS", 1)
    block = next(key for key, node in net.document.nodes.items() if node.params.get("channels") == 16)
    new = apply(net.document, [SetParams(id=block, params={"channels": 24})])
    merged = merge_cell(code, net.document, new, lookup)
    assert merged.conflicts == ()
    assert merged.code.replace("# mine\n", "") == emit_cell(new, lookup).code
