"""A drawing as a Y document. `tests/golden/shared.json` has what both languages make of the same changes."""

from __future__ import annotations

import base64
import json
from typing import Any

import jupyter_ydoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Map
from support.graphs import GOLDEN, golden_document, operations

from patholearn_lab.collab.content import SharedContent
from patholearn_lab.collab.ydocument import YArchitecture
from patholearn_lab.graph.document import Document, document_to_dict, write_document
from patholearn_lab.graph.operations import Operation, apply, read_operations

CASES = json.loads((GOLDEN / "shared.json").read_text(encoding="utf-8"))


def opened(client: int, update: bytes) -> SharedContent:
    """One person's copy of a shared drawing."""
    ydoc: Doc[Any] = Doc(client_id=client)
    ydoc.apply_update(update)
    return SharedContent(ydoc)


def two_people(document: Document) -> tuple[SharedContent, SharedContent]:
    kept = YArchitecture()
    kept.set(write_document(document))
    update = kept.ydoc.get_update()
    return opened(1, update), opened(2, update)


def meet(*people: SharedContent) -> None:
    updates = [person.ydoc.get_update() for person in people]
    for person in people:
        for update in updates:
            person.ydoc.apply_update(update)


def change(content: SharedContent, *operations: dict[str, Any]) -> None:
    content.change(apply(content.document, read_operations(list(operations))))


def relu(key: str, x: float = 0) -> dict[str, Any]:
    return {"op": "addNode", "id": key, "node": {"kind": "relu", "params": {}, "x": x, "y": 0, "note": ""}}


def wire(key: str, source: str, target: str) -> dict[str, Any]:
    edge = {"from": source, "fromPort": "output", "to": target, "toPort": "input"}
    return {"op": "addEdge", "id": key, "edge": edge}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_shared_drawing_is_what_both_languages_agreed_on(case: dict[str, Any]) -> None:
    content = opened(5, base64.b64decode(case["update"]))
    assert document_to_dict(content.document) == case["document"]


@pytest.mark.parametrize("name", ["empty", "lenet5", "branches"])
def test_a_shared_file_is_the_same_bytes_and_the_same_history_each_time(name: str) -> None:
    text = write_document(golden_document(name))
    first, second = YArchitecture(Doc(client_id=0)), YArchitecture(Doc(client_id=0))
    first.set(text)
    second.set(text)
    assert first.get() == text
    # A room that is made anew after a restart must go on with the history that browsers still have.
    assert first.ydoc.get_update() == second.ydoc.get_update()


def test_reading_the_same_file_again_changes_nothing() -> None:
    shared, text = YArchitecture(), write_document(golden_document("lenet5"))
    shared.set(text)
    before = shared.ydoc.get_update()
    shared.set(text)
    assert shared.ydoc.get_update() == before


def test_both_changes_of_one_node_stay() -> None:
    one, other = two_people(golden_document("lenet5"))
    change(one, {"op": "setParams", "id": "conv_1", "params": {"out_channels": 9}})
    change(other, {"op": "moveNode", "id": "conv_1", "x": 77, "y": 88})
    meet(one, other)
    node = one.document.nodes["conv_1"]
    assert (node.params["out_channels"], node.x, node.y) == (9, 77, 88)
    assert other.text == one.text


def test_two_layers_of_the_same_name_stay_two_and_keep_their_connections() -> None:
    one, other = two_people(golden_document("lenet5"))
    change(one, relu("relu_9", 1), wire("e90", "relu_9", "output"))
    change(other, relu("relu_9", 2), wire("e90", "relu_9", "conv_1"))
    meet(one, other)
    document = one.document
    assert (document.nodes["relu_9"].x, document.nodes["relu_10"].x) == (1, 2)
    assert [(document.edges[key].source, document.edges[key].target) for key in ("e90", "e91")] == [
        ("relu_9", "output"),
        ("relu_10", "conv_1"),
    ]
    change(other, {"op": "removeNode", "id": "relu_9"})
    meet(one, other)
    assert "relu_10" in one.document.nodes
    assert one.text == other.text


def set_block(content: SharedContent, **changes: Any) -> dict[str, Any]:
    """Return the change of the block ``part`` of a drawing, given by its parts."""
    block = document_to_dict(content.document)["blocks"].get("part", {"nodes": {}, "edges": {}})
    parts = {part: {**block[part], **changes.pop(part, {})} for part in ("nodes", "edges")}
    return {"op": "setBlock", "id": "part", "block": {**block, **parts, **changes}}


def test_two_layers_of_the_same_name_inside_one_block_stay_two_and_keep_their_connections() -> None:
    one, other = two_people(golden_document("lenet5"))
    conv = {"kind": "conv2d", "params": {"out_channels": 4}}
    inputs = [{"name": "input", "node": "conv_1", "port": "input", "edge": "e3"}]
    outputs = [{"name": "output", "node": "conv_1", "port": "output"}]
    change(one, set_block(one, nodes={"conv_1": conv}, inputs=inputs, outputs=outputs))
    meet(one, other)
    for person, kind in ((one, "relu"), (other, "tanh")):
        wire = {"from": "conv_1", "fromPort": "output", "to": "act_1", "toPort": "input"}
        change(person, set_block(person, nodes={"act_1": {"kind": kind}}, edges={"e2": wire}))
    meet(one, other)
    block = one.document.blocks["part"]
    kinds = {"conv_1": "conv2d", "act_1": "relu", "act_2": "tanh"}
    assert {key: node.kind for key, node in block.nodes.items()} == kinds
    # The connection at the border is called e3 already.
    assert {key: edge.target for key, edge in block.edges.items()} == {"e2": "act_1", "e4": "act_2"}
    assert block.inputs[0].node == "conv_1"
    assert one.text == other.text
    # The name stays when the other one goes, also where who made it makes another layer of the name that it asked for.
    smaller = document_to_dict(one.document)["blocks"]["part"]
    del smaller["nodes"]["act_1"], smaller["edges"]["e2"]
    change(one, {"op": "setBlock", "id": "part", "block": smaller})
    meet(one, other)
    change(other, set_block(other, nodes={"act_1": {"kind": "gelu"}}))
    meet(one, other)
    assert {key: node.kind for key, node in one.document.blocks["part"].nodes.items()} == kinds | {"act_1": "gelu"}
    assert one.text == other.text


def test_a_new_layer_takes_no_key_of_one_that_is_called_otherwise_by_now() -> None:
    one, other = two_people(golden_document("lenet5"))
    change(one, relu("relu_9", 1))
    change(other, relu("relu_9", 2))
    meet(one, other)
    change(other, {"op": "removeNode", "id": "relu_9"})
    change(other, relu("relu_9", 3))
    meet(one, other)
    assert (one.document.nodes["relu_9"].x, one.document.nodes["relu_10"].x) == (3, 2)


def test_a_connection_to_a_layer_that_was_deleted_meanwhile_is_left_out() -> None:
    one, other = two_people(golden_document("lenet5"))
    change(one, {"op": "removeNode", "id": "conv_1"})
    change(other, relu("relu_9"), wire("e90", "conv_1", "relu_9"))
    meet(one, other)
    assert "e90" not in one.document.edges
    assert one.text == other.text


@settings(max_examples=15)
@given(st.lists(operations(), max_size=8), st.lists(operations(), max_size=8))
def test_whatever_two_people_do_at_once_both_see_the_same(mine: list[Operation], theirs: list[Operation]) -> None:
    one, other = two_people(golden_document("small_cnn"))
    one.change(apply(one.document, mine))
    other.change(apply(other.document, theirs))
    meet(one, other)
    assert one.document == other.document
    assert {edge.source for edge in one.document.edges.values()} <= one.document.nodes.keys()


@pytest.mark.parametrize("text", ["", "no JSON", '{"schemaVersion": 99}', "[]"])
def test_a_text_that_is_no_architecture_is_kept_as_it_is(text: str) -> None:
    shared = YArchitecture()
    shared.set(text)
    assert shared.get() == text
    shared.set(write_document(golden_document("lenet5")))
    assert shared.get() == write_document(golden_document("lenet5"))


def test_what_has_the_wrong_form_is_left_out() -> None:
    content, _ = two_people(golden_document("lenet5"))
    nodes = content.maps["nodes"]
    nodes["evil"] = "no node"
    nodes["<b>"] = Map({"kind": "relu"})
    nodes["conv_9"] = Map({"kind": "conv2d", "x": 1e300})
    assert content.document == golden_document("lenet5")


def test_who_observes_hears_of_every_part() -> None:
    shared, heard = YArchitecture(), []
    shared.observe(lambda part, _event: heard.append(part))
    shared.set(write_document(golden_document("lenet5")))
    shared.dirty = False
    assert {"nodes", "edges", "meta", "state"} <= set(heard)
    assert shared.version == "2.0.0"


def test_jupyter_collaboration_finds_it_by_the_content_type() -> None:
    assert jupyter_ydoc.ydocs["architecture"] is YArchitecture
