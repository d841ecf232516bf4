"""How ``forward`` uses a node that is no plain call: the statement of its kind with the names put in."""

from __future__ import annotations

import ast
import re

from patholearn_lab.codegen.source import split, with_comment

_NAMES = re.compile(r"\b(OUT|CALL|INS|IN\d*)\b")


def statement_lines(
    indent: int,
    statement: str,
    variable: str,
    called: str,
    inputs: list[str],
    arguments: list[str],
    comment: str = "",
) -> list[str]:
    """Return a kind's statement (`NodeSpec.statement`) as code, on several lines where one does not hold it.

    Parameters
    ----------
    indent
        Blanks before it.
    statement
        The statement of the kind.
    variable, called, inputs
        What ``OUT``, ``CALL`` and ``IN``, ``IN2``, … stand for.
    arguments
        What the call gets beside the arguments of the statement: those of a function.
    comment
        What is said behind it, where there is room.
    """
    left, _, right = statement.partition(" = ")
    names = {"OUT": variable, "CALL": called, "IN": inputs[0], "INS": ", ".join(inputs)}
    names |= {f"IN{number}": name for number, name in enumerate(inputs, 1)}
    opening = f"{' ' * indent}{_put(left, names)} = "
    call = ast.parse(right, mode="eval").body
    if isinstance(call, ast.Call):
        parts = [*map(ast.unparse, call.args), *map(ast.unparse, call.keywords)]
        written = [piece for part in parts for piece in (inputs if part == "INS" else [_put(part, names)])]
        return split(f"{opening}{_put(ast.unparse(call.func), names)}(", [*written, *arguments], ")", comment)
    return [with_comment(f"{opening}{_put(right, names)}", comment)]


def setup_lines(indent: int, statement: str) -> list[str]:
    """Return a statement of ``__init__`` (`NodeSpec.setups`), on several lines where one does not hold it."""
    parsed = ast.parse(statement).body[0]
    value = parsed.value if isinstance(parsed, (ast.Expr, ast.Assign)) else None
    if not isinstance(value, ast.Call):
        return [f"{' ' * indent}{statement}"]
    parts = [ast.get_source_segment(statement, part) or "" for part in (*value.args, *value.keywords)]
    opening = statement[: value.func.end_col_offset] if value.func.end_col_offset else statement
    return split(f"{' ' * indent}{opening}(", parts, ")")


def _put(text: str, names: dict[str, str]) -> str:
    return _NAMES.sub(lambda match: names[match[1]], text)
