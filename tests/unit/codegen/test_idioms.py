"""Statements that are no plain calls come back into the graph."""

from __future__ import annotations

import pytest
from support.graphs import lookup

from patholearn_lab.codegen import read_graph
from patholearn_lab.graph.document import Document

CELL = """
import lightning as L
import torch
from torch import nn

DATASET = "mnist"


class Attended(L.LightningModule):
    def __init__(self):
        super().__init__()
        {setup}

    def forward(self, x):
        {steps}
        return x


model = Attended()
"""


def kinds(steps: list[str], *setup: str) -> tuple[list[str], list[str]]:
    """Return the kinds of the layers that a ``forward`` is read as, and the codes of the issues."""
    joined = ["\n        ".join(lines) for lines in (setup or ("pass",), steps)]
    read = read_graph(CELL.format(setup=joined[0], steps=joined[1]), Document(), lookup)
    ends = ("dataset", "classification_output")
    drawn = [node.kind for node in read.document.nodes.values() if node.kind not in ends]
    return drawn, [issue.code for issue in read.issues]


ROWS = "x = x.transpose(1, 2).flatten(2)"


@pytest.mark.parametrize(
    ("setup", "steps", "expected"),
    [
        (["self.gru = nn.GRU(28, 8, batch_first=True)"], ["x, _ = self.gru(x)"], ["gru"]),
        (["self.gru = nn.GRU(28, 8, batch_first=True)"], ["x = self.gru(x)[0][:, -1]"], ["gru", "sequence_pool"]),
        (["self.lstm = nn.LSTM(28, 8, batch_first=True)"], ["x, (h, c) = self.lstm(x)"], ["lstm"]),
        (
            ["self.attention = nn.MultiheadAttention(28, 4, batch_first=True)"],
            ["y, weights = self.attention(x, x, x)", "x = x + y"],
            ["multihead_attention", "add"],
        ),
        (
            ["self.attention = nn.MultiheadAttention(28, 4, batch_first=True)", "self.ask = nn.Linear(28, 28)"],
            ["x, _ = self.attention(self.ask(x), x, x, need_weights=False)"],
            ["linear", "cross_attention"],
        ),
        (["self.ask = nn.Linear(28, 5)"], ["x = self.ask(x).mean(dim=1)"], ["linear", "sequence_pool"]),
        ([], ["x = x[:, 0]"], ["sequence_pool"]),
    ],
)
def test_a_statement_is_read_as_its_kind(setup: list[str], steps: list[str], expected: list[str]) -> None:
    drawn, issues = kinds([ROWS, *steps], *setup)
    assert sorted(drawn) == sorted(["image_to_sequence", *expected])
    assert issues == []


def test_a_form_for_another_type_is_left_to_others() -> None:
    drawn, issues = kinds(["x = self.conv(x)[:, 0]"], "self.conv = nn.Conv2d(1, 4, 3)")
    assert drawn == ["code"]
    assert issues == ["code_node"]


def test_a_recurrent_layer_that_expects_the_batch_elsewhere_is_no_node() -> None:
    drawn, issues = kinds([ROWS, "x, _ = self.gru(x)"], "self.gru = nn.GRU(28, 8)")
    assert "gru" not in drawn
    assert issues != []
