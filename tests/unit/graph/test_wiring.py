"""Mends of connections: the one that lets data go through."""

from __future__ import annotations

from typing import Any

from support.graphs import graph, lookup

from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.operations import apply

CHAIN: dict[str, Any] = {
    "data": ("dataset", {"dataset": "he_tissue"}),
    "flatten_1": "flatten",
    "linear_1": ("linear", {"out_features": 2}),
    "output": "classification_output",
}


def found(document: Document, code: str) -> Issue:
    (issue,) = [issue for issue in check(document, lookup).issues if issue.code == code]
    return issue


def mended(document: Document, code: str) -> Document:
    mend = found(document, code).mend
    assert mend is not None
    return apply(document, mend.operations)


def test_a_cycle_is_opened_where_data_still_goes_through() -> None:
    document = graph(
        {**CHAIN, "a": ("conv2d", {"out_channels": 3, "padding": 1}), "b": "relu", "sum": "add"},
        "data>sum", "sum>a", "a>b", "b>sum", "b>flatten_1", "flatten_1>linear_1", "linear_1>output",
    )  # fmt: skip
    assert "sum → a → b → sum" in found(document, "cycle").message
    assert check(mended(document, "cycle"), lookup).runnable


def test_an_input_that_gets_nothing_is_connected_with_the_one_node_that_leads_nowhere() -> None:
    document = graph(CHAIN, "data>flatten_1", "flatten_1>linear_1")
    assert check(mended(document, "unconnected"), lookup).runnable


def test_where_several_nodes_lead_nowhere_nobody_guesses() -> None:
    document = graph({**CHAIN, "other": "linear"}, "data>flatten_1", "flatten_1>linear_1", "flatten_1>other")
    assert found(document, "unconnected").mend is None
