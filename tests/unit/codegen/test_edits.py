"""What people do to a cell, and what becomes of the graph: the table of ``tests/golden/edits/edits.toml``."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.edits import Edit, count_edits, edits
from support.graphs import golden_document, lookup

from patholearn_lab.codegen import SyntaxProblem, emit_cell, merge_cell, read_graph
from patholearn_lab.codegen.reading import parse
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document, read_document, write_document
from patholearn_lab.graph.operations import SetParams, apply

TABLE = edits()
CELL = emit_cell(golden_document("branches"), lookup).code


@pytest.mark.parametrize("edit", TABLE, ids=lambda edit: edit.name)
def test_an_edit_changes_the_graph_as_the_table_says(edit: Edit) -> None:
    graph, issues = edit.outcome()
    assert graph == edit.graph
    assert issues == edit.issues


@pytest.mark.parametrize("edit", TABLE, ids=lambda edit: edit.name)
def test_an_edit_is_one_list_of_operations_and_leaves_places_alone(edit: Edit) -> None:
    before = edit.before()
    read = read_graph(edit.edited(), before, lookup)
    assert apply(before, read.operations) == read.document
    assert read_document(write_document(read.document)) == read.document
    if edit.document:
        both = before.nodes.keys() & read.document.nodes.keys()
        assert all(
            (before.nodes[key].x, before.nodes[key].y) == (n.x, n.y)
            for key, n in read.document.nodes.items()
            if key in both
        )
        places = [(node.x, node.y) for node in read.document.nodes.values()]
        assert len(set(places)) == len(places)


@pytest.mark.parametrize("edit", [edit for edit in TABLE if edit.document], ids=lambda edit: edit.name)
def test_an_edit_survives_a_later_change_of_the_graph(edit: Edit) -> None:
    before, code = edit.before(), edit.edited()
    after = apply(before, [SetParams(id="output", params={"epochs": 9})])
    if isinstance(parse(code), SyntaxProblem):
        with pytest.raises(CodeError):
            merge_cell(code, before, after, lookup)
        return
    merged = merge_cell(code, before, after, lookup)
    kept = {line for line in code.splitlines() if not line.startswith("EPOCHS")}
    assert kept <= set(merged.code.splitlines())
    assert ("EPOCHS = 9" in merged.code) is not bool(merged.conflicts)


def test_the_table_has_sixty_edits_and_all_are_right() -> None:
    counted = count_edits()
    assert counted["edits_total"] >= 60
    assert counted["edits_ok"] == counted["edits_total"]


def ensure_read(code: str) -> None:
    """Read a cell with and without a graph; whatever it is, that gives documents that can be written."""
    for document in (Document(), golden_document("branches")):
        read = read_graph(code, document, lookup)
        assert read_document(write_document(read.document)) == read.document
        assert apply(document, read.operations) == read.document
        assert all(issue.line >= 1 and issue.message for issue in read.issues)


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=2_000)
def test_no_text_breaks_the_reader(text: str) -> None:
    ensure_read(text)


WORDS = [
    *CELL.split(),
    "\n    ",
    "\n        ",
    "for",
    "in",
    "while",
    "lambda",
    "yield",
    "await",
    "*",
    "**",
    "[",
    "]",
    ":=",
    "None",
]


@given(st.randoms(use_true_random=False), st.integers(1, 6))
@settings(max_examples=80, deadline=4_000)
def test_no_damage_to_a_cell_breaks_the_reader(dice: random.Random, times: int) -> None:
    lines = CELL.splitlines()
    for _ in range(times):
        place = dice.randrange(len(lines))
        match dice.randrange(5):
            case 0:
                lines[place] = ""
            case 1:
                lines.insert(place, dice.choice(lines))
            case 2:
                words = lines[place].split(" ")
                words[dice.randrange(len(words))] = dice.choice(WORDS)
                lines[place] = " ".join(words)
            case 3:
                other = dice.randrange(len(lines))
                lines[place], lines[other] = lines[other], lines[place]
            case _:
                at = dice.randrange(len(lines[place]) + 1)
                lines[place] = lines[place][:at] + dice.choice(string.printable) + lines[place][at:]
    ensure_read("\n".join(lines))


EXPRESSIONS = st.recursive(
    st.sampled_from(
        [
            "x",
            "self",
            "nn",
            "torch",
            "F",
            "1",
            "0",
            "-1",
            "2.5",
            "None",
            "'a'",
            "()",
            "[]",
            "{}",
            "model",
            "self.conv_1",
            "y",
        ]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner, st.sampled_from("+-*/%@|&<>")).map(lambda t: f"({t[0]} {t[2]} {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
        st.tuples(
            inner, st.sampled_from(["relu", "view", "size", "shape", "append", "items", "x", "Conv2d", "mean"])
        ).map(lambda t: f"{t[0]}.{t[1]}"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]} for x in {t[1]}]"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.lists(inner, max_size=3).map(lambda t: f"[{', '.join(t)}]"),
        st.lists(inner, max_size=3).map(lambda t: f"F.relu({', '.join(t)})"),
        st.lists(inner, max_size=3).map(lambda t: f"torch.cat({', '.join(t)})"),
        st.lists(inner, max_size=3).map(lambda t: f"nn.Conv2d({', '.join(t)})"),
        inner.map(lambda t: f"(lambda x: {t})"),
        inner.map(lambda t: f"{{1: {t}}}"),
        inner.map(lambda t: f"(not {t})"),
        inner.map(lambda t: f"f'{{{t}}}'" if "'" not in t and "\\" not in t else t),
    ),
    max_leaves=12,
)
STATEMENTS = st.one_of(
    EXPRESSIONS.map(lambda t: f"x = {t}"),
    EXPRESSIONS.map(lambda t: f"self.conv_1 = {t}"),
    EXPRESSIONS.map(lambda t: f"x, y = {t}"),
    EXPRESSIONS.map(lambda t: f"x += {t}"),
    EXPRESSIONS.map(lambda t: f"for y in {t}: x = y"),
    EXPRESSIONS.map(lambda t: f"if {t}: x = self.conv_1(x)"),
    EXPRESSIONS.map(lambda t: f"return {t}"),
    EXPRESSIONS,
)


@given(st.lists(STATEMENTS, min_size=1, max_size=5), st.lists(STATEMENTS, max_size=3))
@settings(max_examples=150, deadline=4_000)
def test_no_program_breaks_the_reader(forward: list[str], init: list[str]) -> None:
    code = CELL.replace(
        "        x = self.conv_1(x)", "\n".join(f"        {line}" for line in [*forward, "x = self.conv_1(x)"]), 1
    )
    code = code.replace(
        "super().__init__()", "\n".join(["super().__init__()", *(f"        {line}" for line in init)]), 1
    )
    ensure_read(code)
