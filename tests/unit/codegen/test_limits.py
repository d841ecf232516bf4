"""The worst that a cell or a graph can be: told in words, in bounded time, and never run."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from support.graphs import golden_document, graph, lookup

from patholearn_lab.codegen import emit_cell, merge_cell, read_graph
from patholearn_lab.codegen.forms import emit
from patholearn_lab.errors import CodeError, TooLargeError
from patholearn_lab.graph.document import Document, Edge, Node
from patholearn_lab.graph.operations import RemoveNode, SetParams, apply

BRANCHES = golden_document("branches")
CELL = emit_cell(BRANCHES, lookup).code
BEFORE = "        x = self.conv_1(x)"
SLOWEST_S = 5.0
"""Of CPU time, on a slow machine; each takes a tenth of it."""


def with_line(line: str, before: str = BEFORE) -> str:
    assert before in CELL
    return CELL.replace(before, f"{line}\n{before}", 1)


@pytest.mark.parametrize("levels", [70, 140, 400, 3_000, 30_000])
@pytest.mark.parametrize(
    "nested",
    [
        lambda n: f"x = {'(' * n}x{')' * n}",
        lambda n: f"x = {'F.relu(' * n}x{')' * n}",
        lambda n: f"x = {'x + ' * n}x",
        lambda n: f"y = {'2 ** ' * n}1",
        lambda n: f"y = {'-' * n}1",
        lambda n: f"y = x{'.a' * n}",
        lambda n: f"x = x{'.relu()' * n}",
        lambda n: f"y = x{'[0]' * n}",
        lambda n: f"self.z = {'nn.Sequential(' * n}nn.ReLU(){')' * n}",
        lambda n: f"y = {'1 if True else ' * n}2",
        lambda n: f"y = {'lambda: ' * n}2",
    ],
)
def test_deep_nesting_is_read_or_told_with_its_line(nested: Any, levels: int) -> None:
    code = with_line(f"        {nested(levels)}")
    changed = apply(BRANCHES, [SetParams(id="output", params={"epochs": 3})])
    if len(code) > 200_000:
        with pytest.raises(TooLargeError):
            read_graph(code, BRANCHES, lookup)
        return
    read = read_graph(code, BRANCHES, lookup)
    assert all(1 <= issue.line <= len(code.splitlines()) for issue in read.issues)
    if levels > 400:
        assert [issue.code for issue in read.issues] == ["syntax_error"]
    else:
        with suppress(CodeError):  # Python that cannot be read cannot follow the graph either.
            merge_cell(code, BRANCHES, changed, lookup)


@pytest.mark.parametrize(
    "before",
    [BEFORE, "        self.conv_1 =", "        return torch.optim", "        images, labels = batch", "DATASET ="],
    ids=["forward", "init", "optimizer", "step", "top"],
)
@pytest.mark.parametrize(
    "line",
    [
        "while True: pass",
        "for i in range(10**9): pass",
        "for i in range(9_999): [j for j in range(9_999)]",
        "y = 'a' * 10**10",
        "y = 9**9**9",
        "y = [[a for a in range(5_000)] for b in range(5_000)]",
        "f = lambda n: f(n); f(1)",
        "y = [0]; y.append(y); z = torch.cat(y)",
        "__import__('os').abort()",
    ],
)
def test_a_line_that_would_never_end_is_not_run(line: str, before: str) -> None:
    indent = before[: len(before) - len(before.lstrip())]
    start = time.process_time()
    read = read_graph(with_line(indent + line, before), BRANCHES, lookup)
    assert time.process_time() - start < SLOWEST_S
    assert read.document.nodes


def wide(count: int) -> Document:
    """Return as many branches side by side."""
    nodes: dict[str, Any] = {"data": ("dataset", {"dataset": "tiny"}), "relu_0": "relu"}
    nodes |= {f"relu_{number}": "relu" for number in range(1, count)}
    nodes |= {"concat_1": "concatenate", "flatten_1": "flatten", "linear_1": ("linear", {"out_features": 10})}
    nodes["output"] = "classification_output"
    edges = ["data>relu_0", *(f"relu_0>relu_{number}" for number in range(1, count))]
    edges += [*(f"relu_{number}>concat_1" for number in range(1, count)), "concat_1>flatten_1", "flatten_1>linear_1"]
    return graph(nodes, *edges, "linear_1>output")


def chained(count: int) -> Document:
    """Return a chain of so many Concatenates, each with a branch of its own."""
    document = wide(count)
    nodes, edges = dict(document.nodes), dict(document.edges)
    last = "relu_1"
    for number in range(2, count):
        key = f"concat_{number}"
        nodes[key] = Node(kind="concatenate")
        for source, name in ((last, "a"), (f"relu_{number}", "b")):
            edges[f"{name}{number}"] = Edge(source=source, source_port="output", target=key, target_port="input")
        last = key
    edges = {name: edge for name, edge in edges.items() if edge.target != "concat_1"}
    edges = {name: edge if edge.source != "concat_1" else edge.model_copy(update={"source": last})
             for name, edge in edges.items()}  # fmt: skip
    del nodes["concat_1"]
    return document.model_copy(update={"nodes": nodes, "edges": edges})


@pytest.mark.parametrize("document", [wide(700), chained(400)], ids=["wide", "chain of concatenates"])
def test_a_large_graph_is_written_and_read_in_bounded_time(document: Document) -> None:
    start = time.process_time()
    cell = emit_cell(document, lookup)
    read = read_graph(cell.code, document, lookup)
    assert read.document == document
    assert time.process_time() - start < SLOWEST_S


def test_a_long_chain_is_a_sequential_in_bounded_time() -> None:
    names = [f"relu_{number}" for number in range(600)]
    nodes: dict[str, Any] = {"data": ("dataset", {"dataset": "tiny"}), **dict.fromkeys(names, "relu")}
    nodes |= {"flatten_1": "flatten", "linear_1": ("linear", {"out_features": 10}), "output": "classification_output"}
    ids = list(nodes)
    document = graph(nodes, *(f"{one}>{other}" for one, other in pairwise(ids)))
    start = time.process_time()
    assert emit(document, lookup, "sequential").code.count("nn.ReLU(),") == 600
    assert time.process_time() - start < SLOWEST_S


def test_connections_to_nowhere_do_not_keep_a_cell_from_being_read() -> None:
    lost = BRANCHES.model_copy(update={"nodes": {"data": BRANCHES.nodes["data"]}})
    assert read_graph(CELL, lost, lookup).document.nodes.keys() >= {"data"}
    gone = apply(BRANCHES, [RemoveNode(id="data")])
    assert read_graph(CELL, gone, lookup).document.nodes
