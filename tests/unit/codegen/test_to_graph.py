"""An edited cell goes back into its graph."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from support.graphs import GOLDEN, golden_document, lookup

from patholearn_lab.codegen import emit_cell, read_graph
from patholearn_lab.errors import TooLargeError
from patholearn_lab.graph.document import Document, Frame, Remark
from patholearn_lab.graph.operations import SetFrame, SetParams, SetRemark, apply
from patholearn_lab.testing.graphs import SETS, random_graph, random_lookup

NAMES = sorted(
    {path.name.removesuffix(".arch.json") for path in (GOLDEN / "documents").glob("*.arch.json")} - {"empty"}
)


def sound(name: str) -> Document:
    """A golden document that can be trained: LeNet-5 gets the two classes of the tissue."""
    document = golden_document(name)
    if name == "lenet5":
        return apply(document, [SetParams(id="linear_3", params={"out_features": 2})])
    return document


@pytest.mark.parametrize("name", NAMES)
def test_an_unedited_cell_is_the_document_that_it_came_from(name: str) -> None:
    document = sound(name)
    cell = emit_cell(document, lookup)
    read = read_graph(cell.code, document, lookup)
    assert read.document == document
    assert read.operations == ()
    assert read.issues == ()
    assert read.complete


def test_frames_and_remarks_stay_where_a_cell_is_edited() -> None:
    frame, remark = Frame(label="End", nodes=("linear_2", "linear_3")), Remark(text="Why 84?", x=300)
    document = apply(sound("lenet5"), [SetFrame(id="f", frame=frame), SetRemark(id="r", remark=remark)])
    cell = emit_cell(document, lookup)
    assert cell.code == emit_cell(sound("lenet5"), lookup).code
    without = "\n".join(line for line in cell.code.splitlines() if "linear_3" not in line)
    read = read_graph(without.replace("Linear(120, 84)", "Linear(120, 2)"), document, lookup).document
    assert read.frames == {"f": frame.within({"linear_2"})}
    assert read.remarks == {"r": remark}


OUTPUT_SETTINGS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "momentum": 0.5, "schedule": "step"},
    {"optimizer": "adamw", "weight_decay": 0.1, "schedule": "one_cycle"},
    {"loss": "focal"},
    {"loss": "cross_entropy", "label_smoothing": 0.1, "class_weights": "1, 2"},
]


@pytest.mark.parametrize("settings", OUTPUT_SETTINGS)
def test_an_edit_of_the_network_leaves_how_it_learns_alone(settings: dict[str, Any]) -> None:
    document = apply(sound("small_cnn"), [SetParams(id="output", params=settings)])
    code = emit_cell(document, lookup).code.replace("nn.Dropout(0.3)", "nn.Dropout(0.4)").replace("lr=0.001", "lr=0.01")
    read = read_graph(code, document, lookup)
    assert read.issues == ()
    wanted = [SetParams(id="dropout_1", params={"p": 0.4}), SetParams(id="output", params={"learning_rate": 0.01})]
    assert read.document == apply(document, wanted)


@pytest.mark.parametrize("seed", range(40))
def test_a_random_graph_comes_back_from_its_cell(seed: int) -> None:
    document = random_graph(Random(seed), SETS)
    read = read_graph(emit_cell(document, random_lookup).code, document, random_lookup)
    assert read.document == document
    assert read.issues == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_alone_gives_a_graph_that_computes_the_same(name: str) -> None:
    document = sound(name)
    code = emit_cell(document, lookup).code
    drawn = read_graph(code, Document(meta=document.meta), lookup).document
    again = read_graph(emit_cell(drawn, lookup).code, drawn, lookup)
    assert again.document == drawn
    assert sorted(node.kind for node in drawn.nodes.values()) == sorted(n.kind for n in document.nodes.values())
    assert len(drawn.edges) == len(document.edges)


def test_the_operations_lead_to_the_document() -> None:
    document = sound("small_cnn")
    code = emit_cell(document, lookup).code.replace("kernel_size=3", "kernel_size=5").replace("F.relu", "F.gelu")
    read = read_graph(code, document, lookup)
    assert read.operations
    assert apply(document, read.operations) == read.document != document


def test_nodes_know_their_lines() -> None:
    document = sound("small_cnn")
    cell = emit_cell(document, lookup)
    read = read_graph(cell.code, document, lookup)
    assert len(read.lines) > 5
    assert {node: cell.lines[node] for node in read.lines} == read.lines


def test_what_is_no_python_leaves_the_document_and_says_where() -> None:
    document = sound("small_cnn")
    read = read_graph("x = (\n", document, lookup)
    assert read.document == document
    assert [(issue.code, issue.line) for issue in read.issues] == [("syntax_error", 1)]
    assert not read.complete


def test_a_cell_too_large_is_refused() -> None:
    with pytest.raises(TooLargeError):
        read_graph("#" * 200_001, Document(), lookup)


def test_nothing_of_the_cell_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    document = sound("small_cnn")
    touch = f"__import__('pathlib').Path({str(trap)!r}).touch()"
    code = emit_cell(document, lookup).code
    code = f"import os\n{touch}\nos.system('touch {trap}')\n" + code.replace(
        "super().__init__()", f"super().__init__()\n        {touch}"
    ).replace("        x = self.conv_1(x)", f"        {touch}\n        x = self.conv_1(x)")
    assert code.count("touch()") == 3
    assert read_graph(code, document, lookup).document == document
    assert not trap.exists()


@pytest.mark.parametrize(
    "trap",
    [
        "while True:\n    pass\n",
        "for i in range(10**9):\n    for j in range(10**9):\n        pass\n",
        "x = 10 ** 10 ** 10 ** 10\n",
        "x = 'a' * 10**12\n",
        "x = []\nfor i in range(9000):\n    x += x + [1]\n",
        "def f(n):\n    return f(n)\nf(1)\n",
        "def f(n):\n    return f(n - 1) + f(n - 1)\nf(70)\n",
        "t = ()\nfor i in range(90):\n    t = (t, t)\nd = {t: t == t}\nstr(t)\n",
        "x = [[[i for i in range(999)] for j in range(999)] for k in range(999)]\n",
        "class A:\n    pass\na = A()\na.a = a\na.b = [a, a]\n",
    ],
)
def test_a_trap_takes_no_time(trap: str) -> None:
    document = sound("small_cnn")
    code = trap + emit_cell(document, lookup).code
    read = read_graph(code, document, lookup)
    assert read.document == document or [issue.code for issue in read.issues] == ["too_much"]
