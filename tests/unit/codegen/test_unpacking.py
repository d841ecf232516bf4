"""A statement with several results becomes a code node for each, and stays as its author wrote it."""

from __future__ import annotations

import pytest
from support.graphs import lookup

from patholearn_lab.codegen.merge import merge_cell
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.templates import template

CELL = """\
import torch
from torch import nn

DATASET = "tiny"


class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.head = nn.Linear(256, 10)

    def forward(self, x):
        x = self.conv(x)
        {line}  # mine
        x = a * torch.sigmoid(b)
        return self.head(torch.flatten(x, 1))


model = Gate()
"""
START = Document(nodes={"data": template("small_cnn", "tiny", lookup).nodes["data"]})


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("a, b = x.chunk(2, dim=1)", ["x = x.chunk(2, dim=1)[0]", "x = x.chunk(2, dim=1)[1]"]),
        (
            "b, a = x.split(split_size=4, dim=-3)",
            ["x = x.split(split_size=4, dim=-3)[0]", "x = x.split(split_size=4, dim=-3)[1]"],
        ),
        ("a, b = torch.split(x, [4, 4], 1)", ["x = torch.split(x, [4, 4], 1)[0]", "x = torch.split(x, [4, 4], 1)[1]"]),
    ],
)
def test_each_result_is_a_code_node_of_its_shape_and_the_line_stays_as_it_was_written(
    line: str, codes: list[str]
) -> None:
    cell = CELL.replace("{line}", line)
    read = read_graph(cell, START, lookup)
    found = [node.params for node in read.document.nodes.values() if node.kind == "code"]
    assert found == [{"code": code, "shape": "4, 8, 8"} for code in codes]
    assert [issue.code for issue in read.issues] == ["code_node"]
    assert read_graph(cell, read.document, lookup).operations == ()
    wider = apply(read.document, [SetParams(id="conv", params={"dilation": 2, "padding": 2})])
    merged = merge_cell(cell, read.document, wider, lookup)
    assert merged.conflicts == ()
    assert f"{line}  # mine" in merged.code
    assert "dilation=2" in merged.code


def test_the_halves_keep_their_own_shapes_and_a_taken_away_axis_is_gone() -> None:
    cell = CELL.replace("{line}", "a, b = x.split([3, 5], dim=1)\n        a = a.mean(1, keepdim=True)")
    shapes = [node.params.get("shape") for node in read_graph(cell, START, lookup).document.nodes.values()]
    assert [shape for shape in shapes if shape][:2] == ["3, 8, 8", "5, 8, 8"]
    cell = CELL.replace("{line}", "a, b, c, d, e, f, g, h = x.unbind(2)")
    shapes = [node.params.get("shape") for node in read_graph(cell, START, lookup).document.nodes.values()]
    assert "8, 8" in shapes


@pytest.mark.parametrize("line", ["a, b = x.chunk(n, dim=1)", "a, b = helper(x)", "a, *b = x.chunk(2, dim=1)"])
def test_what_has_several_results_otherwise_is_an_issue_with_its_line(line: str) -> None:
    read = read_graph(CELL.replace("{line}", line), START, lookup)
    number = CELL.splitlines().index("        {line}  # mine") + 1
    assert (number, "error") in [(issue.line, issue.severity) for issue in read.issues]
