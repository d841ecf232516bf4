from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from support.graphs import graph, lookup

from patholearn_lab.codegen import EmittedCell, emit_cell
from patholearn_lab.codegen.free_code import free_lines
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document


def lines(code: str, variable: str, *inputs: str, others: tuple[str, ...] = (), setup: str = "") -> list[str]:
    """Return the lines of ``forward`` of a code node, moved to the left margin."""
    names = {"code_1": "code_1"} | {name: name for name in others}
    made = free_lines(names, {"code_1": {"code": code, "setup": setup, "above": ""}})["code_1"]
    return [line.removeprefix("        ") for line in made.forward(variable, list(inputs))]


@pytest.mark.parametrize(
    ("code", "variable", "inputs", "expected"),
    [
        ("x = x + 1  # one more", "x", ["x"], ["x = x + 1  # one more"]),
        ("x + 1", "y", ["x"], ["y = x + 1"]),
        ("x = F.relu(x)\nx = x + 1", "side", ["x"], ["side = x", "side = F.relu(side)", "side = side + 1"]),
        ("x = x1 * x2", "x", ["x", "side"], ["x = x * side"]),
        ("torch.cat([x1, x2],\n    dim=1)", "x", ["x", "side"], ["x = torch.cat([x, side],", "    dim=1)"]),
        ("x = 'é' + x; x = x", "y", ["y"], ["y = 'é' + y; y = y"]),
        ("x = dict(x=x)['x']", "y", ["y"], ["y = dict(x=y)['x']"]),
        ("x = (lambda x: x + 1)(x)", "y", ["y"], ["y = (lambda y: y + 1)(y)"]),
        ("# why\nx.mean(1)", "y", ["x"], ["# why", "y = x.mean(1)"]),
    ],
)
def test_the_names_of_the_cell_are_put_in(code: str, variable: str, inputs: list[str], expected: list[str]) -> None:
    assert lines(code, variable, *inputs) == expected


def test_a_text_that_spans_lines_does_not_move() -> None:
    assert lines("x = x\nNOTE = '''a\n  b'''", "x", "x") == ["x = x", "NOTE = '''a", "  b'''"]


def test_a_name_that_another_layer_has_is_changed() -> None:
    code = "conv_1 = x + 1\nx = conv_1 * conv_1"
    assert lines(code, "x", "x", others=("conv_1",)) == [
        "code_1_conv_1 = x + 1",
        "x = code_1_conv_1 * code_1_conv_1",
    ]


def test_an_attribute_that_another_layer_has_is_changed() -> None:
    setup = "self.conv_1 = nn.Conv2d(1, 1, 1)"
    names = {"code_1": "code_1", "conv_1": "conv_1"}
    made = free_lines(names, {"code_1": {"code": "self.conv_1(x)", "setup": setup, "above": ""}})["code_1"]
    assert made.init() == ["        self.code_1_conv_1 = nn.Conv2d(1, 1, 1)"]
    assert made.forward("x", ["x"]) == ["        x = self.code_1_conv_1(x)"]


def network(*codes: dict[str, Any]) -> Document:
    """Tiny images, through code nodes one after the other, into a Linear."""
    nodes: dict[str, Any] = {"data": ("dataset", {"dataset": "tiny"})}
    nodes |= {f"code_{number}": ("code", params) for number, params in enumerate(codes, 1)}
    nodes |= {"flatten_1": "flatten", "linear_1": ("linear", {"out_features": 10}), "output": "classification_output"}
    order = list(nodes)
    return graph(nodes, *(f"{above}>{below}" for above, below in pairwise(order)))


def run(cell: EmittedCell) -> Any:
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    return space["model"]


def test_code_runs_in_the_cell_with_what_it_sets_up() -> None:
    setup = "self.scale = nn.Parameter(torch.full((1,), 2.0))"
    first = {"code": "x = self.scale * x + math.pi\nx = half(x)", "setup": setup}
    first["above"] = "import math\n\nFACTOR = 0.5\n\n\ndef half(value):\n    return FACTOR * value"
    document = network(first, first | {"shape": "2, 8, 4", "code": "x.reshape(-1, 2, 8, 4)", "above": "import math"})
    cell = emit_cell(document, lookup)
    assert cell.code.count("import math\n\nimport lightning") == 1
    assert cell.code.count("def half") == 1
    assert "        self.code_2_scale = nn.Parameter" in cell.code
    model = run(cell)
    images = torch.rand(2, 1, 8, 8)
    expected = model.linear_1(torch.flatten(0.5 * (2 * images + torch.pi), 1))
    torch.testing.assert_close(model(images), expected)
    text = cell.code.splitlines()
    first_line, last_line = cell.lines["code_1"]
    assert [line.strip() for line in text[first_line - 1 : last_line]] == [
        "x = self.scale * x + math.pi",
        "x = half(x)",
    ]


def test_several_inputs_are_read_after_x_got_a_value() -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "tiny"}),
            "relu_1": "relu",
            "tanh_1": "tanh",
            "code_1": ("code", {"code": "x = x1 - x2\nx = x * x1"}),
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 10}),
            "output": "classification_output",
        },
        "data>relu_1", "data>tanh_1", "relu_1>code_1", "tanh_1>code_1",
        "code_1>flatten_1", "flatten_1>linear_1", "linear_1>output",
    )  # fmt: skip
    model = run(emit_cell(document, lookup))
    images = torch.rand(2, 1, 8, 8) - 0.5
    relu, tanh = images.relu(), images.tanh()
    torch.testing.assert_close(model(images), model.linear_1(torch.flatten((relu - tanh) * relu, 1)))


def test_a_mistake_is_an_issue_with_its_line_and_no_cell() -> None:
    document = network({"code": "x = x + 1\nx = x + oddity"})
    issue = next(issue for issue in check(document, lookup).issues if issue.severity == "error")
    assert issue.node == "code_1"
    assert issue.message == "code_1, “Code”, line 2: The name 'oddity' is not known."
    with pytest.raises(CodeError, match="oddity"):
        emit_cell(document, lookup)


def test_code_that_names_an_input_too_many_is_an_issue() -> None:
    issues = check(network({"code": "x = x1 * x2"}), lookup).issues
    assert [issue.message for issue in issues if issue.code == "code_names_input"] == [
        "code_1: The code uses x2, but 1 connection leads here."
    ]


def test_a_declared_shape_that_does_not_fit_below_is_an_issue() -> None:
    document = network({"code": "x.mean(1)", "shape": "8, 8"})
    changed = document.model_dump(by_alias=True)
    changed["nodes"]["flatten_1"]["kind"] = "max_pool2d"
    result = check(read_document(changed), lookup)
    assert not result.runnable
    assert any(issue.code == "wrong_type" and issue.node == "flatten_1" for issue in result.issues)
