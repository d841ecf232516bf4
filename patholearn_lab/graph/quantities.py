"""Values that remember how they are written, to see what the numbers of a network follow from.

Shape rules calculate with them as with any number: 64 that is ``channels``, times 4, is 256 that is ``channels * 4``.
So one walk through a block tells what each argument of its layers is in terms of the block's parameters.
"""

from __future__ import annotations

from typing import Any

MAX_LENGTH = 120
"""Characters of an expression; what would become longer is a plain number."""
_SUM, _PRODUCT, _ATOM = 1, 2, 3


class Quantity(int):
    """A whole number, or a truth value, with the expression that it comes from. `repr` is the expression."""

    expression: str
    _binds: int

    def __new__(cls, value: int, expression: str, binds: int = _ATOM) -> Quantity:
        """Make a number that is written as `expression`, whose last operation binds that strongly."""
        made = super().__new__(cls, value)
        made.expression = expression
        made._binds = binds
        return made

    def __repr__(self) -> str:
        return self.expression

    def __str__(self) -> str:
        return int.__repr__(self)

    def __add__(self, other: Any) -> Any:
        return _combined(int.__add__(self, other), self, "+", other, _SUM, neutral=0)

    def __radd__(self, other: Any) -> Any:
        return self if other == 0 else _combined(int.__add__(self, other), other, "+", self, _SUM)

    def __sub__(self, other: Any) -> Any:
        return _combined(int.__sub__(self, other), self, "-", other, _SUM, neutral=0)

    def __rsub__(self, other: Any) -> Any:
        return _combined(int.__rsub__(self, other), other, "-", self, _SUM)

    def __mul__(self, other: Any) -> Any:
        return _combined(int.__mul__(self, other), self, "*", other, _PRODUCT, neutral=1)

    def __rmul__(self, other: Any) -> Any:
        return self if other == 1 else _combined(int.__mul__(self, other), other, "*", self, _PRODUCT)

    def __floordiv__(self, other: Any) -> Any:
        return _combined(int.__floordiv__(self, other), self, "//", other, _PRODUCT, neutral=1)

    def __rfloordiv__(self, other: Any) -> Any:
        return _combined(int.__rfloordiv__(self, other), other, "//", self, _PRODUCT)


class NamedFloat(float):
    """A number that is written as a name."""

    expression: str

    def __repr__(self) -> str:
        return self.expression


class NamedText(str):
    """A text that is written as a name."""

    expression: str

    def __repr__(self) -> str:
        return self.expression


class NamedRow(tuple[int, ...]):
    """A row of numbers that is written as a name."""

    expression: str

    def __repr__(self) -> str:
        return self.expression


NAMED = (Quantity, NamedFloat, NamedText, NamedRow)


def named(value: Any, name: str) -> Any:
    """Return a value that is written as `name`; nothing can be put in the place of None."""
    if isinstance(value, int):
        return Quantity(value, name)
    kinds: tuple[tuple[type, Any], ...] = ((float, NamedFloat), (str, NamedText), (tuple, NamedRow))
    for plain, kind in kinds:
        if isinstance(value, plain):
            made = kind(value)
            made.expression = name
            return made
    return value


def _combined(value: Any, left: Any, sign: str, right: Any, binds: int, neutral: int | None = None) -> Any:
    if value is NotImplemented or not isinstance(value, int):
        return value
    if neutral is not None and not isinstance(right, Quantity) and right == neutral:
        return left
    # What stands on the right needs more parentheses than it seems: a - (b + c), a // (b * c), a * (b // c).
    text = f"{_part(left, binds)} {sign} {_part(right, binds + (sign != '+'))}"
    return Quantity(value, text, binds) if len(text) <= MAX_LENGTH else value


def _part(value: Any, binds: int) -> str:
    if not isinstance(value, Quantity) or value._binds >= binds:
        return repr(value)
    return f"({value!r})"
