from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.graphs import golden_document, graph, operations

from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.block import Block
from patholearn_lab.graph.diff import Change, diff
from patholearn_lab.graph.document import Document, Frame, Node
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    MoveNode,
    Operation,
    RemoveNode,
    SetKind,
    SetNote,
    SetParams,
    apply,
)
from patholearn_lab.graph.topology import edge_order

NETWORK = golden_document("branches")


def test_a_document_does_not_differ_from_itself() -> None:
    difference = diff(NETWORK, NETWORK)
    assert not difference
    assert str(difference) == "The two are the same."


@given(st.lists(operations(), max_size=15))
def test_a_difference_is_seen_from_both_sides(changes: list[Operation]) -> None:
    other = apply(NETWORK, changes)
    there, back = diff(NETWORK, other), diff(other, NETWORK)
    assert (set(there.added), set(there.removed)) == (set(back.removed), set(back.added))
    assert set(there.changed) == set(back.changed)
    assert (there.connected, there.disconnected) == (back.disconnected, back.connected)
    assert bool(there) == bool(back)
    assert str(there)


def test_a_changed_setting_is_told_with_both_values() -> None:
    difference = diff(NETWORK, apply(NETWORK, [SetParams(id="conv_1", params={"kernel_size": 7})]))
    assert difference.changed["conv_1"].params == {"kernel_size": Change(before=3, after=7)}
    assert str(difference) == "~ conv_1: kernel_size 3 → 7"


def test_writing_a_default_down_is_no_change() -> None:
    plain = graph({"dropout_1": "dropout"})
    assert not diff(plain, graph({"dropout_1": ("dropout", {"p": 0.5})}))
    assert diff(plain, graph({"dropout_1": ("dropout", {"p": 0.4})}))


def test_true_is_not_taken_for_one() -> None:
    one = graph({"conv_1": ("conv2d", {"bias": True})})
    assert diff(one, graph({"conv_1": ("conv2d", {"bias": 1})})).changed["conv_1"].params["bias"].after == 1


def test_a_moved_node_is_told_apart_and_is_no_other_network() -> None:
    difference = diff(NETWORK, apply(NETWORK, [MoveNode(id="conv_1", x=7, y=9)]))
    assert difference.moved["conv_1"].after == (7, 9)
    assert not difference
    assert str(difference) == "  1 node stands elsewhere"


def test_another_id_of_a_connection_is_no_change() -> None:
    in_order = sorted(NETWORK.edges, key=edge_order)
    edges = {f"edge_{number:02}": NETWORK.edges[key] for number, key in enumerate(in_order)}
    assert not diff(NETWORK, NETWORK.model_copy(update={"edges": edges}))


def test_the_order_of_a_merge_is_part_of_the_network() -> None:
    nodes: dict[str, object] = {"data": "dataset", "conv_1": "conv2d", "concat_1": "concatenate"}
    one = graph(nodes, "data>conv_1", "data>concat_1", "conv_1>concat_1")  # type: ignore[arg-type]
    other = graph(nodes, "data>conv_1", "conv_1>concat_1", "data>concat_1")  # type: ignore[arg-type]
    difference = diff(one, other)
    assert difference.reordered[0].after == ("conv_1", "data")
    assert str(difference) == "~ concat_1 takes conv_1, data instead of data, conv_1"


def test_a_new_kind_comes_without_a_list_of_its_defaults() -> None:
    pools = graph({"pool_1": ("max_pool2d", {"kernel_size": 3})})
    difference = diff(pools, apply(pools, [SetKind(id="pool_1", kind="relu")]))
    assert difference.changed["pool_1"].kind == Change(before="max_pool2d", after="relu")
    assert "stride" not in str(difference)


def test_connections_of_a_removed_node_go_without_saying() -> None:
    difference = diff(NETWORK, apply(NETWORK, [RemoveNode(id="add_1")]))
    assert len(difference.disconnected) >= 3
    assert str(difference).splitlines() == ["- add_1 (add)"]


def test_what_people_called_a_node_is_what_the_text_calls_it() -> None:
    named = apply(NETWORK, [SetNote(id="conv_1", note="edges of glands")])
    assert str(diff(NETWORK, named)) == "~ “edges of glands”: note “” → “edges of glands”"
    edge = NETWORK.edges["e1"].model_copy(update={"source": "conv_1", "target": "relu_9"})
    grown = apply(named, [AddNode(id="relu_9", node=Node(kind="relu")), AddEdge(id="e99", edge=edge)])
    assert "+ “edges of glands” → relu_9" in str(diff(named, grown)).replace(".images", "")


def test_an_architecture_is_compared_with_another_or_with_a_document() -> None:
    net = Architecture(NETWORK)
    assert not net.diff(NETWORK)
    assert net.diff(Architecture(Document())).removed.keys() == NETWORK.nodes.keys()


def test_a_changed_block_is_told_by_its_name() -> None:
    block = Block(label="Twice")
    one, other = (NETWORK.model_copy(update={"blocks": blocks}) for blocks in ({}, {"twice": block}))
    assert str(diff(one, other)) == "+ the block twice"
    assert str(diff(other, one)) == "- the block twice"
    renamed = NETWORK.model_copy(update={"blocks": {"twice": Block(label="Three times")}})
    assert str(diff(other, renamed)) == "~ the block twice"


def test_what_changed_inside_a_block_and_beside_the_network_is_told() -> None:
    block = Block(label="Twice", nodes={"conv_1": Node(kind="conv2d")})
    wider = block.model_copy(update={"nodes": {"conv_1": Node(kind="conv2d", params={"out_channels": 64})}})
    one = Document(blocks={"twice": block})
    other = one.model_copy(update={"blocks": {"twice": wider}, "frames": {"frame_1": Frame(label="Both")}})
    assert str(diff(one, other)).splitlines() == [
        "~ the block twice",
        "~   in twice: conv_1: out_channels 32 → 64",
        "  1 frame or note beside the network changed",
    ]
    assert not diff(one, one.model_copy(update={"frames": other.frames}))
