from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import golden_document, graph, operations

from patholearn_lab.graph.difference_picture import difference_svg
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import AddNode, MoveNode, Operation, RemoveNode, SetParams, apply
from patholearn_lab.graph.parts import Node

NETWORK = golden_document("branches")


def texts(svg: str) -> list[str]:
    """Return what stands in a picture."""
    root = ElementTree.fromstring(svg)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@settings(max_examples=25)
@given(st.lists(operations(), max_size=10))
def test_any_two_graphs_give_a_picture_that_is_xml(changes: list[Operation]) -> None:
    other = apply(NETWORK, changes)
    for pair in ((NETWORK, other), (other, NETWORK)):
        ElementTree.fromstring(difference_svg(*pair))


def test_signs_and_words_say_what_colors_say() -> None:
    before = graph({"conv_1": ("conv2d", {"out_channels": 6}), "relu_1": "relu"}, "conv_1>relu_1")
    after = apply(
        before,
        [
            SetParams(id="conv_1", params={"out_channels": 32}),
            RemoveNode(id="relu_1"),
            AddNode(id="gelu_1", node=Node(kind="gelu", y=120)),
        ],
    )
    svg = difference_svg(before, after)
    said = texts(svg)
    assert {"~ conv_1", "out_channels 6 → 32", "− relu_1", "gone", "+ gelu_1", "new"} <= set(said)
    assert "1 nodes new, 1 gone, 1 changed" in svg
    assert svg.count("stroke-dasharray") == 2  # the card that is gone, and its connection


def test_what_is_gone_stands_aside_of_what_stands_there_now() -> None:
    before = graph({"relu_1": "relu"})
    after = apply(before, [RemoveNode(id="relu_1"), AddNode(id="gelu_1", node=Node(kind="gelu"))])
    assert 'translate(122 -28)"><title>ReLU, gone' in difference_svg(before, after)


def test_what_is_gone_is_moved_as_its_neighbors_were() -> None:
    before = graph({"conv_1": "conv2d", "relu_1": "relu"}, "conv_1>relu_1")
    after = apply(before, [MoveNode(id="conv_1", x=500, y=0), RemoveNode(id="relu_1")])
    assert 'translate(402 92)"><title>ReLU, gone' in difference_svg(before, after)


def test_a_card_says_four_changes_at_most() -> None:
    params = {"out_channels": 7, "kernel_size": 7, "stride": 2, "bias": False, "groups": 7}
    before = graph({"conv_1": "conv2d"})
    said = texts(difference_svg(before, apply(before, [SetParams(id="conv_1", params=params)])))
    assert "and 2 more" in said
    assert len(said) == 6


def test_an_empty_graph_becomes_a_picture_too() -> None:
    assert texts(difference_svg(Document(), Document())) == []
