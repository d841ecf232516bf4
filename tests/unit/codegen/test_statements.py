from __future__ import annotations

import pytest

from patholearn_lab.codegen.statements import statement_lines


@pytest.mark.parametrize(
    ("statement", "inputs", "arguments", "line"),
    [
        ("OUT, _ = CALL(IN)", ["x"], [], "y, _ = self.gru(x)"),
        (
            "OUT, _ = CALL(IN, IN2, IN2, need_weights=False)",
            ["x", "side"],
            [],
            "y, _ = self.gru(x, side, side, need_weights=False)",
        ),
        ("OUT = CALL(INS)", ["x", "a", "b"], ["dim=1"], "y = self.gru(x, a, b, dim=1)"),
        ("OUT = IN.mean(dim=1)", ["x"], [], "y = x.mean(dim=1)"),
        ("OUT = IN[:, 0]", ["x"], [], "y = x[:, 0]"),
    ],
)
def test_the_names_of_a_statement_are_put_in(
    statement: str, inputs: list[str], arguments: list[str], line: str
) -> None:
    assert statement_lines(0, statement, "y", "self.gru", inputs, arguments) == [line]


def test_a_long_statement_is_split_like_any_call() -> None:
    long = "an_encoder_that_reads_many_words"
    lines = statement_lines(8, "OUT, _ = CALL(IN, IN, IN)", long, f"self.{long}", [long], [], "16 × 64")
    assert lines == [
        f"        {long}, _ = self.{long}(",
        *[f"            {long},"] * 3,
        "        )",
    ]


def test_a_comment_stands_behind_a_statement_where_there_is_room() -> None:
    assert statement_lines(4, "OUT = IN[:, 0]", "x", "", ["x"], [], "64") == ["    x = x[:, 0]  # 64"]


def test_a_name_inside_another_name_is_left_alone() -> None:
    assert statement_lines(0, "OUT = CALL(INNER, IN)", "x", "f", ["x"], []) == ["x = f(INNER, x)"]
