"""A chain of Concatenates: one ``torch.cat`` in every form of the code, and the same nodes again when it is read."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell, merge_cell, read_graph
from patholearn_lab.codegen.forms import emit
from patholearn_lab.graph.architecture import Architecture
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.topology import Topology


def chain(*concats: str) -> Document:
    """Return four branches of 3, 4, 5 and 6 values; `concats` are their connections, ``a>inner``."""
    names = dict.fromkeys(wire.partition(">")[2] for wire in concats)
    nodes: dict[str, Any] = {"data": ("dataset", {"dataset": "tiny"}), "flatten_1": "flatten"}
    nodes |= {name: ("linear", {"out_features": 3 + place}) for place, name in enumerate("abcd")}
    nodes |= {name: "concatenate" for name in names if name != "linear_1"}
    nodes |= {"linear_1": ("linear", {"out_features": 10}), "output": "classification_output"}
    begin = ["data>flatten_1", *(f"flatten_1>{name}" for name in "abcd"), *concats]
    return graph(nodes, *begin, "outer>linear_1", "linear_1>output")


TWO = chain("a>inner", "b>inner", "inner>outer", "c>outer", "d>outer")
LAST = chain("a>outer", "b>inner", "c>inner", "inner>outer", "d>outer")
NESTED = chain("a>first", "b>first", "first>second", "c>second", "d>outer", "second>outer")
TWICE = chain("a>left", "b>left", "c>right", "d>right", "right>outer", "left>outer")


@pytest.mark.parametrize("document", [TWO, LAST, NESTED, TWICE], ids=["first", "between", "nested", "two"])
def test_a_chain_is_one_call_and_comes_back_as_its_nodes(document: Document) -> None:
    cell = emit_cell(document, lookup)
    read = read_graph(cell.code, document, lookup)
    assert cell.code.count("torch.cat(") == 1
    concats = [key for key, node in document.nodes.items() if node.kind == "concatenate"]
    assert {cell.lines[key] for key in concats} == {read.lines[key] for key in concats} == {cell.lines["outer"]}
    assert (read.document, read.operations, read.issues) == (document, (), ())
    assert emit(document, lookup, "module").code.count("torch.cat(") == 1
    space: dict[str, Any] = {"__name__": "cell"}
    exec(cell.code, space)
    assert space["model"](torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def concatenates(document: Document, row: str, wanted: str) -> dict[str, list[str]]:
    """Return what feeds each Concatenate once the row of a call is another one."""
    code = emit_cell(document, lookup).code
    assert f"torch.cat([{row}]" in code
    read = read_graph(code.replace(f"torch.cat([{row}]", f"torch.cat([{wanted}]"), document, lookup)
    topology = Topology.of(read.document)
    assert apply(document, read.operations) == read.document
    return {
        key: topology.sources(key) for key, node in sorted(read.document.nodes.items()) if node.kind == "concatenate"
    }


def test_an_inner_concatenate_stays_while_the_call_has_what_it_took_in_a_row() -> None:
    assert concatenates(TWO, "a, b, c, d", "a, b, d, c") == {"inner": ["a", "b"], "outer": ["inner", "d", "c"]}
    assert concatenates(TWO, "a, b, c, d", "c, a, b") == {"inner": ["a", "b"], "outer": ["c", "inner"]}
    assert concatenates(TWO, "a, b, c, d", "a, c, b, d") == {"outer": ["a", "c", "b", "d"]}
    assert concatenates(TWO, "a, b, c, d", "a, c") == {"outer": ["a", "c"]}


def test_of_nested_concatenates_those_inside_stay_alone() -> None:
    assert concatenates(NESTED, "d, a, b, c", "c, d, a, b") == {"first": ["a", "b"], "outer": ["c", "d", "first"]}
    assert concatenates(TWICE, "c, d, a, b", "a, b, d, c") == {"left": ["a", "b"], "outer": ["left", "d", "c"]}


def test_a_concatenate_that_something_else_needs_has_a_call_of_its_own() -> None:
    document = chain("a>inner", "b>inner", "inner>outer", "c>outer", "inner>other", "d>other", "other>outer")
    cell = emit_cell(document, lookup)
    assert cell.code.count("torch.cat(") == 2
    assert read_graph(cell.code, document, lookup).document == document


def test_an_edited_cell_with_a_chain_follows_a_change_of_the_graph() -> None:
    cell = emit_cell(TWO, lookup).code.replace("EPOCHS", "# mine\nEPOCHS", 1)
    changed = apply(TWO, [SetParams(id="b", params={"out_features": 8})])
    merged = merge_cell(cell, TWO, changed, lookup)
    assert not merged.conflicts
    assert "# mine" in merged.code
    assert read_graph(merged.code, changed, lookup).document == changed


def test_a_chain_in_a_block_is_one_call_of_its_class() -> None:
    net = Architecture(TWO, lookup)
    use = net.group(["a", "b", "c", "d", "inner", "outer"], "Branches")
    cell = emit_cell(net.document, lookup)
    assert cell.code.count("torch.cat(") == 1
    assert cell.lines[f"{use}/inner"] == cell.lines[f"{use}/outer"]
    assert read_graph(cell.code, net.document, lookup).document == net.document
