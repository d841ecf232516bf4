"""Expressions over the parameters of a block: ``=channels``, ``=channels * 4``, ``=(width + 1) // 2``.

They come from documents, so nothing is run: the syntax tree is walked, and all it may hold are whole numbers, names,
``+ - * //`` and parentheses. A name alone passes on whatever its parameter is, a text or a truth value as well.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from patholearn_lab.graph.parts import MAX_NUMBER

SIGN = "="
MAX_LENGTH = 200
"""Characters of an expression; its tree is no deeper than that."""

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


class ExpressionError(ValueError):
    """An expression that has no value; the message is the end of a sentence that names it."""


def is_expression(value: object) -> bool:
    """Return whether the value of a parameter inside a block is an expression."""
    return isinstance(value, str) and value.startswith(SIGN)


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression such as ``=channels * 4``.

    Parameters
    ----------
    expression
        The text, with the sign in front.
    names
        The values of the block's parameters.

    Raises
    ------
    ExpressionError
        When it is no such expression, uses a name that is none, or its value is no whole number up to 2^53.
    """
    return _value(parse(expression), names)


def python_text(expression: str) -> str:
    """Return an expression as Python writes it: ``=channels*4`` is ``channels * 4``. Raises ExpressionError."""
    return ast.unparse(parse(expression))


def names_in(expression: str) -> set[str]:
    """Return the names that an expression uses. Raises ExpressionError."""
    return {node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name)}


@lru_cache(maxsize=1_000)
def parse(expression: str) -> ast.expr:
    """Return the syntax tree of an expression. Raises ExpressionError."""
    if len(expression) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    try:
        tree = ast.parse(expression.removeprefix(SIGN).strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError("is no expression") from error
    for node in ast.walk(tree):
        if not _is_allowed(node):
            raise ExpressionError("may hold whole numbers, names of the block's parameters, + - * // and parentheses")
    return tree


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is int and node.value <= MAX_NUMBER
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    if isinstance(node, ast.BinOp):
        return type(node.op) in _OPERATORS
    return isinstance(node, (ast.Name, ast.Load, ast.USub, *_OPERATORS))


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            if name not in names:
                known = ", ".join(names) or "none"
                raise ExpressionError(f"uses {name!r}, which is no parameter of the block (there are: {known})")
            return names[name]
        case ast.Constant(value=number):
            return number
        case ast.UnaryOp(operand=operand):
            return -_whole(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _whole(left, names), _whole(right, names)
            if isinstance(op, ast.FloorDiv) and second == 0:
                raise ExpressionError("divides by zero")
            result = _OPERATORS[type(op)](first, second)
            if abs(result) > MAX_NUMBER:
                raise ExpressionError("gives a number beyond 2^53")
            return result
    raise ExpressionError("is no expression")


def _whole(node: ast.expr, names: Mapping[str, Any]) -> int:
    value = _value(node, names)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ExpressionError(f"calculates with {value!r}, which is no whole number")
    return value
