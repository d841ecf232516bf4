"""Arithmetic, comparisons, builtins and methods of plain values, each with a bound on what it may cost.

This is the whole of Python that is worked out while a cell is read: numbers, texts, lists, dictionaries. Whatever is
not in these tables is `Unknown`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from patholearn_lab.codegen.symbols import Holder, Unknown
from patholearn_lab.graph.spec import BATCH

MAX_NUMBER = 2**53
MAX_LENGTH = 10_000
"""Of a list, a text or a range."""
_MAX_EXPONENT = 64

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_PLAIN = (bool, int, float, str, type(None))


def is_plain(value: Any) -> bool:
    """Return whether a value is a number, a text, a truth value or None."""
    return isinstance(value, _PLAIN)


def is_flat(value: Any) -> bool:
    """Return whether a value is plain, or a row of plain ones: comparing what is nested could take forever."""
    if isinstance(value, (list, tuple)):
        return all(is_plain(item) or item is BATCH for item in value)
    return is_plain(value) or (isinstance(value, dict) and all(map(is_plain, value)))


def binary(sign: type[ast.operator], left: Any, right: Any) -> Any:
    """Return the result of an operation on plain values, `Unknown` where it is not one of them or too large."""
    function = _BINARY.get(sign)
    if function is None or not _may_combine(sign, left, right):
        return Unknown()
    try:
        return bounded(function(left, right))
    except (ArithmeticError, TypeError, ValueError):
        return Unknown()


def unary(sign: type[ast.unaryop], value: Any) -> Any:
    """Return ``-value`` and the like."""
    if not is_plain(value) or sign not in _UNARY:
        return Unknown()
    try:
        return _UNARY[sign](value)
    except TypeError:
        return Unknown()


def compare(sign: type[ast.cmpop], left: Any, right: Any) -> Any:
    """Return ``left < right`` and the like."""
    if sign in (ast.Is, ast.IsNot) and (left is None or right is None):
        return (left is right) is (sign is ast.Is) if not isinstance(left, Unknown) else Unknown()
    if not (is_flat(left) and is_flat(right)):
        return Unknown()
    try:
        return bool(_COMPARED[sign](left, right))
    except TypeError:
        return Unknown()


def bounded(value: Any) -> Any:
    """Return a value that is not too large to go on with, else `Unknown`."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return value if abs(value) <= MAX_NUMBER or value in (math.inf, -math.inf) else Unknown()
    if isinstance(value, (str, list, tuple, dict)) and len(value) > MAX_LENGTH:
        return Unknown()
    return value


def _may_combine(sign: type[ast.operator], left: Any, right: Any) -> bool:
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if numbers:
        return sign is not ast.Pow or abs(right) <= _MAX_EXPONENT
    if sign is ast.Add:
        return any(isinstance(left, kind) and isinstance(right, kind) for kind in (str, list, tuple))
    if sign is ast.Mult:
        row, times = (left, right) if isinstance(right, int) else (right, left)
        return isinstance(row, (str, list, tuple)) and isinstance(times, int) and len(row) * times <= MAX_LENGTH
    return False


def _range(*bounds: Any) -> Any:
    steps = range(*bounds)
    return list(steps) if len(steps) <= MAX_LENGTH else Unknown()


def _items(value: Any) -> list[Any]:
    if isinstance(value, Holder):
        return list(value.items) if value.style == "dict" else list(value.items.values())
    if not isinstance(value, (list, tuple, dict, str)):
        raise TypeError(value)
    return list(value)


BUILTINS: Mapping[str, Callable[..., Any]] = {
    "range": _range,
    "len": lambda value: len(_items(value)),
    "list": lambda value=(): _items(value),
    "tuple": lambda value=(): tuple(_items(value)),
    "dict": lambda value=(), **more: dict(value, **more),
    "zip": lambda *rows: [tuple(row) for row in zip(*map(_items, rows), strict=False)],
    "enumerate": lambda row, start=0: [(start + index, item) for index, item in enumerate(_items(row))],
    "reversed": lambda row: _items(row)[::-1],
    "sorted": lambda row: sorted(_items(row)),
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "abs": abs,
    "round": round,
    "min": min,
    "max": max,
    "sum": lambda row, start=0: sum(_items(row), start),
}

_OF_FLAT_VALUES = frozenset({"sorted", "int", "float", "bool", "str", "abs", "round", "min", "max", "sum"})
_METHODS: Mapping[type, frozenset[str]] = {
    list: frozenset({"append", "extend", "insert", "pop", "copy", "index", "count", "reverse"}),
    dict: frozenset({"items", "keys", "values", "get", "update", "pop", "copy"}),
    str: frozenset({"lower", "upper", "strip", "split", "startswith", "endswith", "join"}),
    tuple: frozenset({"index", "count"}),
}


def call_builtin(name: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Return what a builtin gives for plain values; `Unknown` where it is none of `BUILTINS` or refuses them."""
    function = BUILTINS.get(name)
    if function is None or (name in _OF_FLAT_VALUES and not all(map(is_flat, positional))):
        return Unknown()
    try:
        return bounded(function(*positional, **keywords))
    except (ArithmeticError, TypeError, ValueError):
        return Unknown()


def call_method(owner: Any, name: str, positional: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Return what a method of a list, dictionary or text gives; lists and dictionaries change in place."""
    if name not in _METHODS.get(type(owner), frozenset()):
        return Unknown()
    if name in ("index", "count", "pop", "get") and not all(map(is_plain, positional[:1])):
        return Unknown()
    if name == "extend" and positional:
        positional = (_items(positional[0]) if isinstance(positional[0], Holder) else positional[0],)
    try:
        result = getattr(owner, name)(*positional, **keywords)
    except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError):
        return Unknown()
    if isinstance(owner, (list, dict)) and len(owner) > MAX_LENGTH:
        owner.clear()
        return Unknown()
    return list(result) if name in ("items", "keys", "values") else bounded(result)


def subscript(owner: Any, index: Any) -> Any:
    """Return ``owner[index]`` of a list, tuple, dictionary, text or holder of layers."""
    if isinstance(owner, Holder):
        if owner.style != "dict":
            row = list(owner.items.values())
            if isinstance(index, slice):
                return Holder(owner.style, {str(place): item for place, item in enumerate(row[index])}, owner.name)
            return row[index] if isinstance(index, int) and -len(row) <= index < len(row) else Unknown()
        return owner.items.get(str(index), Unknown())
    if not isinstance(owner, (list, tuple, dict, str)):
        return Unknown()
    try:
        return owner[index]
    except (LookupError, TypeError, ValueError):
        return Unknown()
