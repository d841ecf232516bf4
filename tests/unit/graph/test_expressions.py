from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.graph.expressions import ExpressionError, evaluate, names_in, python_text
from patholearn_lab.graph.quantities import Quantity

NAMES = {"channels": 8, "stride": 2, "mode": "max", "kernel": (1, 7), "bias": True}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("=channels", 8),
        ("= channels*4", 32),
        ("=(channels + 1) // stride - 3", 1),
        ("=-channels + 10", 2),
        ("=mode", "max"),
        ("=kernel", (1, 7)),
        ("=bias", True),
        ("=7", 7),
    ],
)
def test_an_expression_has_this_value(text: str, value: object) -> None:
    assert evaluate(text, NAMES) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("=", "is no expression"),
        ("=channels channels", "is no expression"),
        ("=width", "uses 'width', which is no parameter of the block"),
        ("=channels / 2", "may hold whole numbers"),
        ("=channels ** 9", "may hold whole numbers"),
        ("=print(1)", "may hold whole numbers"),
        ("=channels.real", "may hold whole numbers"),
        ("=[1][0]", "may hold whole numbers"),
        ("=1.5", "may hold whole numbers"),
        ("=True", "may hold whole numbers"),
        ("=channels // 0", "divides by zero"),
        ("=mode * 2", "calculates with 'max', which is no whole number"),
        ("=bias + 1", "calculates with True, which is no whole number"),
        ("=9007199254740992 * 9007199254740992", "beyond 2^53"),
        ("=" + "1+" * 200 + "1", "longer than 200 characters"),
        ("=\x00", "is no expression"),
        ("=" + "(" * 150, "is no expression"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, NAMES)
    assert words in str(caught.value)


@given(st.text(max_size=250))
def test_no_text_does_harm(text: str) -> None:
    try:
        value = evaluate(f"={text}", NAMES)
    except ExpressionError:
        return
    assert value in NAMES.values() or isinstance(value, int)


def test_an_expression_is_written_as_python() -> None:
    assert python_text("=channels*4") == "channels * 4"
    assert names_in("=channels*4 + stride") == {"channels", "stride"}


@given(
    st.integers(1, 50), st.integers(1, 50), st.lists(st.tuples(st.sampled_from("+-*/"), st.integers(0, 9)), max_size=6)
)
def test_a_quantity_is_written_as_what_it_is(first: int, second: int, steps: list[tuple[str, int]]) -> None:
    made, other = Quantity(first, "a"), Quantity(second, "b")
    for sign, number in steps:
        right = other if number % 3 == 0 else number
        if sign == "+":
            made = right + made if number % 2 else made + right
        elif sign == "-":
            made = right - made if number % 2 else made - right
        elif sign == "*":
            made = right * made if number % 2 else made * right
        elif right:
            made = made // right
    assert eval(repr(made), {"a": first, "b": second}) == int(made)
    assert f"{made}" == str(int(made))
