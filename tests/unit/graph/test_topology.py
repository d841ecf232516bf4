from __future__ import annotations

from support.graphs import golden_document, graph

from patholearn_lab.graph.document import Document, Edge, Node
from patholearn_lab.graph.topology import Topology, edge_order


def test_every_node_comes_after_its_inputs_and_branches_stay_together() -> None:
    topology = Topology.of(golden_document("branches"))
    place = {node: index for index, node in enumerate(topology.order)}
    assert all(place[edge.source] < place[edge.target] for edge in topology.edges.values())
    assert place["norm_1"] == place["conv_2"] + 1
    assert place["relu_1"] == place["norm_1"] + 1


def test_edges_are_ordered_as_people_count() -> None:
    assert sorted(["e10", "e9", "e1"], key=edge_order) == ["e1", "e9", "e10"]


def test_a_cycle_is_found_and_its_edges_lead_round() -> None:
    document = graph(
        {"data": "dataset", "a": "relu", "b": "add", "c": "relu", "d": "relu"}, "data>b", "b>a", "a>c", "c>b", "c>d"
    )
    topology = Topology.of(document)
    cycle = topology.cycle()
    ends = [(topology.edges[key].source, topology.edges[key].target) for key in cycle]
    assert {source for source, _ in ends} == {"a", "b", "c"}
    assert all(ends[index][1] == ends[(index + 1) % len(ends)][0] for index in range(len(ends)))
    assert topology.order == ("data",)


def test_a_graph_without_a_cycle_has_none() -> None:
    assert Topology.of(golden_document("branches")).cycle() == ()


def test_edges_without_both_ends_are_left_out() -> None:
    edge = Edge(source="a", source_port="output", target="gone", target_port="input")
    assert Topology.of(Document(nodes={"a": Node(kind="relu")}, edges={"e1": edge})).edges == {}


def test_a_chain_of_two_thousand_nodes_does_not_overflow() -> None:
    nodes = {f"n_{number}": Node(kind="relu") for number in range(2_000)}
    edges = {
        f"e{number}": Edge(source=f"n_{number}", source_port="output", target=f"n_{number + 1}", target_port="input")
        for number in range(1_999)
    }
    topology = Topology.of(Document(nodes=nodes, edges=edges))
    assert len(topology.order) == 2_000
    assert len(topology.reached_from(["n_0"])) == 2_000
    assert topology.leading_to(["n_1"]) == {"n_0", "n_1"}
