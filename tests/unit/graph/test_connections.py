from __future__ import annotations

import json
from typing import Any

import pytest
from support.graphs import GOLDEN, graph

from patholearn_lab.graph.connections import can_connect
from patholearn_lab.graph.document import read_document
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.topology import Topology

CASES = json.loads((GOLDEN / "connections.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_connections_are_judged_as_both_languages_agreed(case: dict[str, Any]) -> None:
    edge = case["edge"]
    refusal = can_connect(read_document(case["document"]), edge["from"], edge["fromPort"], edge["to"], edge["toPort"])
    assert (refusal is None) == case["allowed"]
    assert (refusal.code if refusal else None) == case["code"]
    assert refusal is None or refusal.message.endswith(".")


def test_every_reason_has_a_case() -> None:
    assert {case["code"] for case in CASES} == {
        None,
        "unknown_node",
        "unknown_port",
        "cycle",
        "duplicate_edge",
        "port_taken",
        "needs_flatten",
        "wrong_type",
    }


def test_the_mend_of_a_missing_flatten_connects_through_one() -> None:
    document = graph({"conv_1": "conv2d", "linear_1": "linear"})
    refusal = can_connect(document, "conv_1", "output", "linear_1", "input")
    assert refusal is not None
    assert refusal.mend is not None
    assert refusal.mend.label == "Insert Flatten"
    mended = apply(document, refusal.mend.operations)
    topology = Topology.of(mended)
    assert topology.sources("linear_1") == ["flatten_1"]
    assert topology.sources("flatten_1") == ["conv_1"]
    assert mended.nodes["linear_1"].y > mended.nodes["flatten_1"].y > mended.nodes["conv_1"].y


def test_the_mend_of_a_taken_input_replaces_the_connection() -> None:
    document = graph({"conv_1": "conv2d", "conv_2": "conv2d", "relu_1": "relu"}, "conv_1>relu_1")
    refusal = can_connect(document, "conv_2", "output", "relu_1", "input")
    assert refusal is not None
    assert refusal.mend is not None
    assert Topology.of(apply(document, refusal.mend.operations)).sources("relu_1") == ["conv_2"]


def test_a_node_with_a_short_note_is_called_by_it() -> None:
    raw = graph({"conv_1": "conv2d", "linear_1": "linear"}).model_dump()
    raw["nodes"]["conv_1"]["note"] = "Edges"
    refusal = can_connect(read_document(raw), "conv_1", "output", "linear_1", "input")
    assert refusal is not None
    assert refusal.message.startswith("“Edges” gives an image")
