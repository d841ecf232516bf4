from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.graphs import golden_document, operations

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.document import Node
from patholearn_lab.graph.flow import DOWN, RIGHT, flow_of
from patholearn_lab.graph.layout import COLUMN, ROW, arrange
from patholearn_lab.graph.operations import AddEdge, AddNode, MoveNode, Operation, apply
from patholearn_lab.graph.templates import templates
from patholearn_lab.graph.topology import Topology


@given(st.lists(operations(), max_size=25))
def test_no_two_nodes_stand_on_one_place(changes: list[Operation]) -> None:
    document = apply(golden_document("branches"), changes)
    arranged = apply(document, arrange(document))
    for first, second in combinations(arranged.nodes.values(), 2):
        assert abs(first.x - second.x) >= COLUMN / 2 or abs(first.y - second.y) >= ROW


def test_every_edge_leads_downwards() -> None:
    document = golden_document("branches")
    arranged = apply(document, arrange(document))
    assert all(
        arranged.nodes[edge.source].y < arranged.nodes[edge.target].y for edge in Topology.of(arranged).edges.values()
    )


def test_a_shortcut_does_not_run_through_the_nodes_beside_it() -> None:
    nodes = apply(golden_document("branches"), arrange(golden_document("branches"))).nodes
    assert nodes["conv_2"].x == nodes["norm_1"].x == nodes["relu_1"].x
    middle = (nodes["conv_1"].x + nodes["add_1"].x) / 2
    assert abs(nodes["norm_1"].x - middle) >= COLUMN / 2


def test_an_arranged_graph_is_left_alone() -> None:
    document = golden_document("branches")
    arranged = apply(document, arrange(document))
    assert arrange(arranged) == []


@given(st.lists(operations(), max_size=25), st.sets(st.sampled_from([f"n_{number}" for number in range(8)])))
def test_only_the_given_nodes_move_and_none_covers_another(changes: list[Operation], only: set[str]) -> None:
    document = apply(golden_document("branches"), changes)
    moved = apply(document, arrange(document, only))
    stayed = document.nodes.keys() - only
    assert {key: moved.nodes[key] for key in stayed} == {key: document.nodes[key] for key in stayed}
    for first, second in combinations(moved.nodes, 2):
        if {first, second} & only:
            one, other = moved.nodes[first], moved.nodes[second]
            assert abs(one.x - other.x) >= COLUMN / 2 or abs(one.y - other.y) >= ROW / 2


def test_a_new_node_comes_to_stand_below_what_feeds_it() -> None:
    document = golden_document("branches")
    feeding = document.nodes["conv_1"]
    edge = document.edges["e1"].model_copy(update={"source": "conv_1", "source_port": "output", "target": "relu_9"})
    grown = apply(document, [AddNode(id="relu_9", node=Node(kind="relu", x=9_000)), AddEdge(id="e99", edge=edge)])
    (move,) = arrange(grown, ["relu_9"])
    assert isinstance(move, MoveNode)
    assert move.y == feeding.y + ROW
    assert abs(move.x - feeding.x) <= 2 * COLUMN
    assert arrange(grown, []) == []


def test_from_left_to_right_every_edge_leads_to_the_right_and_the_drawing_says_so() -> None:
    document = golden_document("branches")
    turned = apply(document, arrange(document, flow=RIGHT))
    nodes = turned.nodes
    assert all(nodes[edge.source].x + 200 < nodes[edge.target].x for edge in turned.edges.values())
    assert flow_of(document) is DOWN
    assert flow_of(turned) is RIGHT
    # Tidying up keeps the direction, and what is new comes to stand to the right of what feeds it.
    assert arrange(turned) == []
    net = Architecture(turned)
    feeding = nodes["conv_1"]
    added = net.add("relu", after="conv_1")
    new = net.document.nodes[added]
    assert (new.x, new.y) == (feeding.x + RIGHT.step, feeding.y)


def test_a_layout_is_one_step_and_another_direction_is_refused() -> None:
    net = Architecture(golden_document("branches"))
    before = net.document
    net.layout("right")
    net.undo()
    assert net.document == before
    with pytest.raises(DocumentError, match="'up'") as refused:
        net.layout("up")  # type: ignore[arg-type]
    assert refused.value.hint == "Choose one of: down, right."


@pytest.mark.parametrize("name", [card.name for card in templates() if card.name != "empty"])
def test_every_ready_architecture_turns_and_turns_back(name: str) -> None:
    net = Architecture.from_template(name)
    for flow in (RIGHT, DOWN):
        net.layout(flow.direction)
        assert flow_of(net.document) is flow
