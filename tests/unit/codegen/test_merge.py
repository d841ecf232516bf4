"""A change of the graph goes into an edited cell, and what its author wrote stays."""

from __future__ import annotations

from random import Random

import pytest
from support.edits import FOLDER
from support.graphs import lookup

from patholearn_lab.codegen import Merged, emit_cell, merge_cell, read_graph
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document, Edge, Node, read_document
from patholearn_lab.graph.operations import (
    AddEdge,
    AddNode,
    Operation,
    RemoveEdge,
    RemoveNode,
    SetMeta,
    SetNote,
    SetParams,
    apply,
)
from patholearn_lab.testing.graphs import SETS, random_graph, random_lookup

OLD = read_document((FOLDER / "small_cnn.arch.json").read_text(encoding="utf-8"))
CELL = emit_cell(OLD, lookup).code


def merged(edits: list[tuple[str, str]], *operations: Operation) -> tuple[Merged, Document]:
    """Edit the cell, bring the graph in step with it, change the graph, and merge."""
    code = CELL
    for before, after in edits:
        assert before in code
        code = code.replace(before, after, 1)
    old = read_graph(code, OLD, lookup).document
    new = apply(old, operations)
    return merge_cell(code, old, new, lookup), new


def edge(source: str, target: str) -> Edge:
    return Edge(source=source, source_port="output", target=target, target_port="input")


def between(source: str, key: str, node: Node, target: str, name: str) -> list[Operation]:
    """Put a node onto a connection."""
    return [
        AddNode(id=key, node=node),
        RemoveEdge(id=next(k for k, e in OLD.edges.items() if (e.source, e.target) == (source, target))),
        AddEdge(id=f"{name}1", edge=edge(source, key)),
        AddEdge(id=f"{name}2", edge=edge(key, target)),
    ]


WIDER = SetParams(id="conv_2", params={"kernel_size": 5})
MINE = {
    "comment": ("        x = self.conv_2(x)", "        # The second stage.\n\n"),
    "print": ("        x = self.norm_2(x)", "        print(x.shape)  # look\n"),
    "import": ("from torch import nn", "import numpy as np\n"),
    "function": ("class SmallCNN", "def mean(values):\n    # Mine.\n    return sum(values) / len(values)\n\n\n"),
    "method": ("    def configure_optimizers", "    def on_train_start(self):\n        print('begins')\n\n"),
}
"""Where somebody writes what."""
CHANGES: dict[str, list[Operation]] = {
    "a value": [WIDER],
    "filters": [SetParams(id="conv_1", params={"out_channels": 12})],
    "a layer more": between("dropout_1", "hidden", Node(kind="linear", params={"out_features": 64}), "linear_1", "n"),
    "a function more": between("conv_2", "tanh_1", Node(kind="tanh"), "norm_2", "n"),
    "a layer less": [RemoveNode(id="dropout_1"), AddEdge(id="n1", edge=edge("flatten_1", "linear_1"))],
    "a shortcut": [
        AddNode(id="add_1", node=Node(kind="add")),
        RemoveEdge(id=next(k for k, e in OLD.edges.items() if e.target == "pool_2")),
        AddEdge(id="n1", edge=edge("relu_2", "add_1")),
        AddEdge(id="n2", edge=edge("conv_2", "add_1")),
        AddEdge(id="n3", edge=edge("add_1", "pool_2")),
    ],
    "a name": [SetNote(id="conv_2", note="wide")],
    "the graph's name": [SetMeta(meta=OLD.meta.model_copy(update={"name": "Ours"}))],
    "training": [SetParams(id="output", params={"optimizer": "sgd", "learning_rate": 0.1, "epochs": 3})],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_cell_that_nobody_edited_is_a_fresh_one(change: str) -> None:
    result, new = merged([], *CHANGES[change])
    assert result == Merged(code=emit_cell(new, lookup).code)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("own", MINE)
def test_a_line_of_ones_own_is_all_that_differs_from_a_fresh_cell(own: str, change: str) -> None:
    anchor, lines = MINE[own]
    result, new = merged([(anchor, lines + anchor)], *CHANGES[change])
    assert result.conflicts == ()
    assert read_graph(result.code, new, lookup).document == new
    assert lines in result.code
    assert result.code.replace(lines, "", 1) == emit_cell(new, lookup).code


@pytest.mark.parametrize("change", CHANGES)
def test_all_of_ones_own_lines_stay(change: str) -> None:
    result, new = merged([(anchor, own + anchor) for anchor, own in MINE.values()], *CHANGES[change])
    assert result.conflicts == ()
    assert all(own in result.code for _, own in MINE.values())
    assert read_graph(result.code, new, lookup).document == new


def test_what_did_not_change_stays_as_it_was_written() -> None:
    own = "nn.Conv2d( 8, HIDDEN, (3, 3), padding = 'same' )  # wide enough"
    edits = [
        ("BATCH_SIZE = 32\n", "BATCH_SIZE = 32\nHIDDEN = 16\n"),
        ('nn.Conv2d(8, 16, kernel_size=3, padding="same")', own),
    ]
    result, _ = merged(edits, WIDER)
    assert result.conflicts == ()
    assert "nn.Conv2d( 8, HIDDEN, 5, padding = 'same' )  # wide enough" in result.code


def test_an_argument_is_added_and_taken_out_of_a_call_of_ones_own() -> None:
    edits = [('nn.Conv2d(8, 16, kernel_size=3, padding="same")', 'nn.Conv2d(8, 16, 3,\n            padding="same")')]
    result, _ = merged(edits, SetParams(id="conv_2", params={"bias": False, "same_padding": None}))
    assert result.conflicts == ()
    assert "self.conv_2 = nn.Conv2d(8, 16, 3, bias=False)\n" in result.code


def test_both_change_one_node_and_both_versions_are_told() -> None:
    code = CELL.replace("nn.Dropout(0.3)", "nn.Dropout(0.5)")
    new = apply(OLD, [SetParams(id="dropout_1", params={"p": 0.2})])
    result = merge_cell(code, OLD, new, lookup)
    assert [(c.yours.strip(), c.graph.strip()) for c in result.conflicts] == [
        ("self.dropout_1 = nn.Dropout(0.5)", "self.dropout_1 = nn.Dropout(0.2)")
    ]
    assert result.code == code
    assert result.code.splitlines()[result.conflicts[0].line - 1] == result.conflicts[0].yours


def test_both_change_different_arguments_of_one_node() -> None:
    code = CELL.replace("nn.Conv2d(8, 16, kernel_size=3,", "nn.Conv2d(8, 16, kernel_size=7,")
    new = apply(OLD, [SetParams(id="conv_2", params={"bias": False})])
    result = merge_cell(code, OLD, new, lookup)
    assert result.conflicts == ()
    assert 'nn.Conv2d(8, 16, kernel_size=7, padding="same", bias=False)' in result.code


def test_other_variables_are_kept() -> None:
    start, end = CELL.index("        x = self.norm_2(x)"), CELL.index("    def training_step")
    body = CELL[start:end].replace("x = ", "h = ").replace("(x", "(h").replace("return x", "return h")
    code = CELL[:start].replace("x = self.conv_2(x)", "h = self.conv_2(x)") + body + CELL[end:]
    assert read_graph(code, OLD, lookup).document == OLD
    for change in ("a value", "training"):
        new = apply(OLD, CHANGES[change])
        result = merge_cell(code, OLD, new, lookup)
        assert result.conflicts == ()
        assert "h = self.norm_2(h)" in result.code
        assert read_graph(result.code, new, lookup).document == new


def test_a_cell_built_otherwise_stays_and_the_change_is_told() -> None:
    code = CELL.replace(
        "        x = F.relu(x)\n        x = F.max_pool2d(x, kernel_size=2)", "        x = F.max_pool2d(F.relu(x), 2)"
    )
    assert read_graph(code, OLD, lookup).document == OLD
    result = merge_cell(code, OLD, apply(OLD, CHANGES["a shortcut"]), lookup)
    assert result.conflicts
    assert "F.max_pool2d(F.relu(x), 2)" in result.code


def test_a_cell_that_is_no_python_cannot_follow() -> None:
    with pytest.raises(CodeError, match="cannot follow"):
        merge_cell(CELL + "(", OLD, apply(OLD, [WIDER]), lookup)


def test_a_change_of_places_leaves_the_cell() -> None:
    code = CELL + "# mine\n"
    moved = {key: node.model_copy(update={"x": 7.0}) for key, node in OLD.nodes.items()}
    assert merge_cell(code, OLD, OLD.model_copy(update={"nodes": moved}), lookup) == Merged(code=code)


@pytest.mark.parametrize("seed", range(12))
def test_random_graphs_take_comments_from_one_another(seed: int) -> None:
    """From any graph to any other: own lines stay, or the conflict has both."""
    old, new = random_graph(Random(seed), SETS), random_graph(Random(seed + 100), SETS)
    code = emit_cell(old, random_lookup).code.replace("class ", "# mine\nclass ", 1) + "mine = 1\n"
    result = merge_cell(code, old, new, random_lookup)
    assert "# mine" in result.code
    assert "mine = 1" in result.code
    if not result.conflicts:
        assert read_graph(result.code, new, random_lookup).document == new
