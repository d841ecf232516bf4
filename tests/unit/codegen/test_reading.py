from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.codegen import CellFacts, read_cell
from patholearn_lab.errors import TooLargeError

CELL = """\
import lightning as L
DATASET = "digits"
EPOCHS: int = 3
BATCH_SIZE = 32
RATE = -0.5
NAMES = ["a"]
COMPUTED = 2 + len("x")
lower = 1


class Helper:
    WIDTH = 7


class First(L.LightningModule):
    pass


class Second(lightning.pytorch.LightningModule):
    pass
"""


def test_a_cell_tells_its_class_and_its_constants() -> None:
    facts = read_cell(CELL)
    assert facts.class_name == "Second"
    assert facts.settings == {"DATASET": "digits", "EPOCHS": 3, "BATCH_SIZE": 32, "RATE": -0.5}
    assert facts.syntax_error is None


def test_a_cell_without_a_network_has_no_class() -> None:
    assert read_cell("x = 1") == CellFacts()


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("x = 1\nclass A(:\n", 2, "no valid Python"),
        ("x = 1\n\n%matplotlib inline\n", 3, "begins with '%' is a notebook command"),
        ("!pip install torch", 1, "begins with '!'"),
        ("def f():\nreturn 1", 2, "no valid Python"),
        ("x = '\0'", 1, "P"),
        ("(" * 5000 + ")" * 5000, 1, "P"),
        ("x = '\udc80'", 1, "P"),
    ],
)
def test_what_is_no_python_is_told_with_its_line(code: str, line: int, words: str) -> None:
    facts = read_cell(code)
    assert facts.syntax_error is not None
    assert facts.syntax_error.line == line
    assert words in facts.syntax_error.message


def test_nothing_of_the_cell_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    read_cell(f"import pathlib\nTRAP = pathlib.Path({str(trap)!r}).touch()\npathlib.Path({str(trap)!r}).touch()")
    assert not trap.exists()


def test_a_cell_too_large_is_refused_with_the_limit() -> None:
    with pytest.raises(TooLargeError, match="200,001 characters"):
        read_cell("#" * 200_001)


def test_an_invalid_escape_in_a_string_is_no_concern() -> None:
    assert read_cell('NAME = "\\d"').settings == {"NAME": "\\d"}


PIECES = st.sampled_from(
    [
        "class A(L.LightningModule):",
        "DATASET =",
        " ",
        "\n",
        "    ",
        "(",
        ")",
        "[",
        "'",
        '"""',
        "\\",
        ":",
        "1e999",
        "\0",
        "é",
        "lambda",
        "@",
        "*",
    ]
)


@given(st.text() | st.lists(PIECES).map("".join))
def test_no_text_makes_the_reader_fail(code: str) -> None:
    facts = read_cell(code)
    assert facts.syntax_error is None or (facts.class_name is None and not facts.settings)
