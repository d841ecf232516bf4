"""The source of a class, as it can stand in a cell that knows nothing else of where it came from."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import linecache
import sys
import textwrap
import types
from dataclasses import dataclass
from typing import Any

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.free_code import CELL_NAMES, parse

DECORATOR = "node"
"""What must not come along into the cell."""


@dataclass(frozen=True)
class ClassSource:
    """How a cell gets a class.

    Parameters
    ----------
    target
        Its name in the cell, dotted where it is imported.
    text
        Its source without our decorator; empty where it is imported.
    imports
        The import statements that it needs.
    """

    target: str
    text: str
    imports: tuple[str, ...]

    @classmethod
    def of(cls, of: type) -> ClassSource:
        """Read the source of a class of a notebook; a class of a module is imported.

        Raises
        ------
        InvalidInputError
            When the source cannot be found, or uses what only the notebook knows.
        """
        module = of.__module__
        if module != "__main__" and _is_importable(module, of):
            return cls(f"{module}.{of.__name__}", "", (f"from {module} import {of.__name__}",))
        text = _text(of)
        return cls(of.__name__, text, _imports(of, text))


def _is_importable(module: str, of: type) -> bool:
    if getattr(sys.modules.get(module), of.__name__, of) is not of or "." in of.__qualname__:
        return False
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _text(of: type) -> str:
    """Return the lines of a class. Its methods know their file, also where that is a notebook's cell."""
    functions = [item for item in vars(of).values() if isinstance(item, types.FunctionType)]
    for function in functions:
        lines = linecache.getlines(function.__code__.co_filename)
        piece = parse_module("".join(lines))
        for node in ast.walk(piece) if piece else ():
            if isinstance(node, ast.ClassDef) and node.name == of.__name__ and _holds(node, function):
                others = [item for item in node.decorator_list if not _is_ours(item)]
                own = [lines[number - 1] for item in others for number in _rows(item)]
                body = lines[node.lineno - 1 : node.end_lineno]
                return textwrap.dedent("".join([*own, *body])).strip() + "\n"
    raise InvalidInputError(
        f"The source of the class {of.__name__} cannot be found, so a cell could not contain it.",
        "Define it in a cell of the notebook or in a file, with an __init__ or a forward of its own.",
    )


def parse_module(text: str) -> ast.Module | None:
    """Return the syntax tree of a file, or None where it is no Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def _holds(node: ast.ClassDef, function: types.FunctionType) -> bool:
    return node.lineno <= function.__code__.co_firstlineno <= (node.end_lineno or node.lineno)


def _rows(node: ast.expr) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _is_ours(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == DECORATOR


def _imports(of: type, text: str) -> tuple[str, ...]:
    """Return import statements for the names that the source uses and a cell does not know."""
    piece = parse(text)
    inner = {node.name for node in ast.walk(piece.tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    known = {*CELL_NAMES, *dir(builtins), *piece.assigned, *inner, "__class__"}
    around = vars(sys.modules.get(of.__module__, types.ModuleType("")))
    function = next(item for item in vars(of).values() if isinstance(item, types.FunctionType))
    around = {**around, **function.__globals__}
    statements = []
    for name in sorted({name.id for name in piece.names} - known):
        statement = _import_of(name, around.get(name))
        if statement is None:
            raise InvalidInputError(
                f"The class {of.__name__} uses {name!r}, which the notebook knows and a training would not.",
                "Put it into the class, or into a file that both can import.",
            )
        statements.append(statement)
    return tuple(statements)


def _import_of(name: str, value: Any) -> str | None:
    if isinstance(value, types.ModuleType):
        return f"import {value.__name__}" + ("" if value.__name__ == name else f" as {name}")
    module = getattr(value, "__module__", None)
    own = getattr(value, "__name__", None) or getattr(value, "_name", None) or name
    if not isinstance(module, str) or module == "__main__" or getattr(sys.modules.get(module), own, None) is not value:
        return None
    return f"from {module} import {own}" + ("" if own == name else f" as {name}")
