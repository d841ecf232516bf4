from __future__ import annotations

import keyword

import lightning
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.codegen.names import RESERVED, class_name, names_of, plain_line
from patholearn_lab.graph.document import Node


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("LeNet-5", "LeNet5"),
        ("my first network", "MyFirstNetwork"),
        ("Übung 3", "Ubung3"),
        ("3 layers", "Network3Layers"),
        ("", "Network"),
        ("腫瘍", "Network"),
        ("L", "NetworkL"),
        ("None", "NetworkNone"),
        ("CNN", "NetworkCNN"),
    ],
)
def test_a_class_is_named_after_the_graph(text: str, name: str) -> None:
    assert class_name(text) == name


def test_a_layer_is_named_by_its_short_note_else_by_its_id() -> None:
    nodes = {
        "conv_1": Node(kind="conv2d", note="Edge finder"),
        "conv_2": Node(kind="conv2d", note="This one sees whole glands, which is why it is so large."),
        "conv-3": Node(kind="conv2d"),
        "forward": Node(kind="conv2d"),
        "x": Node(kind="conv2d"),
        "a": Node(kind="conv2d", note="Edge finder"),
        "lambda": Node(kind="conv2d"),
        "b": Node(kind="conv2d", note="3rd"),
    }
    assert names_of(nodes, nodes) == {
        "conv_1": "edge_finder",
        "conv_2": "conv_2",
        "conv-3": "conv_3",
        "forward": "forward_layer",
        "x": "x_layer",
        "a": "edge_finder_2",
        "lambda": "lambda_layer",
        "b": "layer_3rd",
    }


@given(st.lists(st.text(max_size=40), max_size=8))
def test_names_are_different_identifiers_that_nothing_else_uses(notes: list[str]) -> None:
    nodes = {f"n_{number}": Node(kind="relu", note=note) for number, note in enumerate(notes)}
    names = list(names_of(nodes, nodes).values())
    assert len(set(names)) == len(names)
    for name in names:
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert name not in RESERVED


@given(st.text())
def test_any_text_can_stand_in_a_comment(text: str) -> None:
    assert len(plain_line(text).splitlines()) <= 1


def test_every_public_attribute_of_a_lightning_module_is_reserved() -> None:
    module = lightning.LightningModule()
    public = {name for name in {*dir(module), *vars(module)} if not name.startswith("_") and name.islower()}
    assert public <= RESERVED, sorted(public - RESERVED)


def test_a_class_gets_another_name_where_the_cell_has_one_of_that_name() -> None:
    assert class_name("Squeeze excitation", {"SqueezeExcitation"}) == "SqueezeExcitationNetwork"
