from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.graph.free_code import inputs_used, parse, problem_in


@pytest.mark.parametrize(
    ("code", "setup", "above"),
    [
        ("x = x * torch.sigmoid(x)", "", ""),
        ("x.mean(dim=1)", "", ""),
        ("for _ in range(3):\n    x = F.relu(x)", "", ""),
        ("x = torch.cat([part * 2 for part in (x1, x2)], dim=1)", "", ""),
        ("x = self.scale * x", "self.scale = nn.Parameter(torch.ones(1))", ""),
        ("x = swish(x) if self.training else x", "", "def swish(x):\n    return x * torch.sigmoid(x)"),
        ("x = x * math.pi * FACTOR", "", "import math\nFACTOR = 2"),
        ("x = (lambda y: y + 1)(x)", "", ""),
        ("    x = x + 1\n    x = x * 2", "", ""),
    ],
)
def test_code_that_knows_all_its_names_is_well(code: str, setup: str, above: str) -> None:
    assert problem_in(code, setup, above) is None


@pytest.mark.parametrize(
    ("code", "setup", "above", "param", "line", "words"),
    [
        ("x = (", "", "", "code", 1, "no valid Python: '(' was never closed"),
        ("", "", "", "code", 1, "There is no code"),
        ("y = x + 1\nz = y", "", "", "code", 2, "never gives x a value"),
        ("x = x + 1\nx = x + oddity", "", "", "code", 2, "The name 'oddity' is not known"),
        ("x = self.scale * x", "", "", "code", 1, "self.scale is used, but"),
        ("x = x\nreturn x", "", "", "code", 2, "return cannot stand here"),
        ("import os\nx = x", "", "", "code", 1, "an import cannot stand here"),
        ("x1 = x1 + 1\nx = x1", "", "", "code", 1, "x1 may be used, but not be given another value"),
        ("torch = x\nx = torch", "", "", "code", 1, "torch may be used"),
        ("x = x", "scale = 1", "", "setup", 1, "has to set an attribute"),
        ("x = x", "self.a = Oddity()", "", "setup", 1, "'Oddity' is not known"),
        ("x = x", "", "print(1)", "above", 1, "Only imports, functions"),
        ("x = x", "", "import os; A = 1", "above", 1, "a line of its own"),
        ("x = x", "", "from __future__ import annotations", "above", 1, "cannot stand in a cell"),
        ("x = x", "", "from . import layers", "above", 1, "cannot stand in a cell"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    code: str, setup: str, above: str, param: str, line: int, words: str
) -> None:
    found = problem_in(code, setup, above)
    assert found is not None
    assert (found[0], found[1].line) == (param, line)
    assert words in found[1].message


@pytest.mark.parametrize("text", ["\0", "\ud800", "-" * 1_990 + "1", "(" * 2_000, "a." * 990 + "a", "x=" * 990 + "1"])
def test_code_that_breaks_a_parser_is_a_problem_or_none_but_no_crash(text: str) -> None:
    problem_in(text, text, text)


@settings(max_examples=50)
@given(st.text(max_size=60), st.text(alphabet="x1=+ \n()[]:lambdforsetuc.", max_size=40))
def test_no_text_crashes_the_check(anything: str, likely: str) -> None:
    for text in (anything, likely):
        problem_in(text, text, text)
        inputs_used(text)


def test_the_inputs_that_code_names_are_counted() -> None:
    assert [inputs_used(text) for text in ("x + 1", "x1 + x3", "x10 + x2", "(")] == [0, 3, 10, 0]


def test_code_is_never_run(capsys: pytest.CaptureFixture[str]) -> None:
    problem_in("print('run')\nx = x", "self.a = print('run')", "A = print('run')")
    assert capsys.readouterr().out == ""


def test_equal_code_is_parsed_once() -> None:
    assert parse("x = x + 1") is parse("x = x + 1")
