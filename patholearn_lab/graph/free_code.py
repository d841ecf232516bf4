"""The free code of a code node: parsed, never run. What it may use, and what is wrong with it.

A code node has three pieces: the statements of ``forward``, the attributes that they need from ``__init__``, and the
imports, functions and constants that both need above the network. They use the names of the emitted cell.
"""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

CELL_NAMES = frozenset({"F", "L", "nn", "torch", "torchmetrics"})
"""What every cell imports."""

_INPUT = re.compile(r"x([1-9]\d?)")
_BUILTINS = frozenset(dir(builtins))
_WORDS: dict[type[ast.AST], str] = {
    ast.FunctionDef: "a function",
    ast.AsyncFunctionDef: "a function",
    ast.ClassDef: "a class",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
    ast.Return: "return",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Await: "await",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
}
"""What may not stand in ``forward``'s statements, and what to call it."""


@dataclass(frozen=True)
class CodeProblem:
    """What is wrong with a piece of code, as a sentence, and on which of its lines (from 1)."""

    message: str
    line: int


@dataclass(frozen=True)
class Piece:
    """A piece of Python, parsed.

    Parameters
    ----------
    text
        Its source, moved to the left margin.
    tree
        Its syntax tree; empty where there is a `problem`.
    problem
        Why it is no Python.
    """

    text: str
    tree: ast.Module
    problem: CodeProblem | None = None

    @property
    def names(self) -> list[ast.Name]:
        """The names that occur in it, in no particular order."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Name)]

    @property
    def assigned(self) -> set[str]:
        """The names that it gives a value to, those of comprehensions and lambdas included."""
        stored = {name.id for name in self.names if not isinstance(name.ctx, ast.Load)}
        return stored | {node.arg for node in ast.walk(self.tree) if isinstance(node, ast.arg)}

    @property
    def expression(self) -> bool:
        """Whether it is one expression, whose value is the output."""
        return len(self.tree.body) == 1 and isinstance(self.tree.body[0], ast.Expr)


@lru_cache(maxsize=512)
def parse(text: str) -> Piece:
    """Return a piece of code, parsed. Equal texts are parsed once."""
    text = textwrap.dedent(text.replace("\r\n", "\n").replace("\t", "    ")).strip("\n")
    nothing = ast.Module(body=[], type_ignores=[])
    with warnings.catch_warnings():
        # An invalid escape in somebody's string is no business of ours.
        warnings.simplefilter("ignore")
        try:
            return Piece(text, ast.parse(text))
        except SyntaxError as error:
            return Piece(text, nothing, CodeProblem(f"This is no valid Python: {error.msg}", error.lineno or 1))
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            # Null bytes, lone surrogates, and nesting deeper than the parser's own limit.
            return Piece(
                text, nothing, CodeProblem(f"This cannot be read as Python: {error or type(error).__name__}", 1)
            )


@lru_cache(maxsize=512)
def problem_in(code: str, setup: str, above: str) -> tuple[str, CodeProblem] | None:
    """Return the first problem of a code node, and which of the three parameters has it; None where all is well."""
    found = (
        *(("above", problem) for problem in _above(parse(above))),
        *(("setup", problem) for problem in _setup(parse(setup), parse(above))),
        *(("code", problem) for problem in _forward(parse(code), parse(setup), parse(above))),
    )
    return found[0] if found else None


def inputs_used(code: str) -> int:
    """Return the largest number of an input that the code names: 2 for ``x1 * x2``; 0 where it names only ``x``."""
    return max((int(match[1]) for name in parse(code).names if (match := _INPUT.fullmatch(name.id))), default=0)


def set_attributes(piece: Piece) -> list[str]:
    """Return the attributes of ``self`` that a piece gives a value to, in order."""
    return [
        target.attr
        for statement in piece.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if _of_self(target) and isinstance(target, ast.Attribute)
    ]


def defined(piece: Piece) -> set[str]:
    """Return the names that the statements above a network define."""
    names: set[str] = set()
    for statement in piece.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in statement.names}
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(statement.name)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            names |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _stored(node)}
    return names


def _above(piece: Piece) -> Iterator[CodeProblem]:
    if piece.problem:
        yield piece.problem
    last_line = 0
    for statement in piece.tree.body:
        if statement.lineno <= last_line:
            yield CodeProblem("Each statement has to stand on a line of its own", statement.lineno)
        last_line = statement.end_lineno or statement.lineno
        if isinstance(statement, ast.ImportFrom) and (statement.level or statement.module == "__future__"):
            yield CodeProblem("This import cannot stand in a cell", statement.lineno)
        if not isinstance(statement, (*_DEFINING, ast.Assign, ast.AnnAssign)):
            yield CodeProblem(
                "Only imports, functions, classes and constants can stand above the network", statement.lineno
            )


def _setup(piece: Piece, above: Piece) -> Iterator[CodeProblem]:
    if piece.problem:
        yield piece.problem
    for statement in piece.tree.body:
        if not (isinstance(statement, ast.Assign) and all(map(_of_self, statement.targets))):
            yield CodeProblem("Each statement has to set an attribute: self.name = …", statement.lineno)
    yield from _unknown(piece, {"self"} | defined(above))


def _forward(piece: Piece, setup: Piece, above: Piece) -> Iterator[CodeProblem]:
    if piece.problem:
        yield piece.problem
        return
    if not piece.tree.body:
        yield CodeProblem("There is no code. It has to give x a value: x = …", 1)
        return
    for node in ast.walk(piece.tree):
        if type(node) in _WORDS:
            yield CodeProblem(f"{_WORDS[type(node)]} cannot stand here", getattr(node, "lineno", 1))
    for name in sorted(piece.assigned):
        if name in CELL_NAMES or name == "self" or _INPUT.fullmatch(name):
            line = next((node.lineno for node in piece.names if node.id == name and _stored(node)), 1)
            yield CodeProblem(f"{name} may be used, but not be given another value", line)
    if not piece.expression and "x" not in piece.assigned:
        yield CodeProblem("It never gives x a value, and x is what the node gives: x = …", len(piece.text.splitlines()))
    inputs = {name.id for name in piece.names if _INPUT.fullmatch(name.id)}
    yield from _unknown(piece, {"x", "self"} | inputs | defined(above))
    known = set(set_attributes(setup)) | _OF_EVERY_NETWORK
    for node in ast.walk(piece.tree):
        if isinstance(node, ast.Attribute) and _of_self(node) and node.attr not in known:
            yield CodeProblem(f"self.{node.attr} is used, but the network's __init__ does not set it", node.lineno)


def _unknown(piece: Piece, known: Iterable[str]) -> Iterator[CodeProblem]:
    usable = {*known, *CELL_NAMES, *_BUILTINS, *piece.assigned}
    for name in sorted(piece.names, key=lambda name: (name.lineno, name.col_offset)):
        if name.id not in usable:
            yield CodeProblem(f"The name {name.id!r} is not known", name.lineno)


def _of_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"


def _stored(name: ast.Name) -> bool:
    return not isinstance(name.ctx, ast.Load)


_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_OF_EVERY_NETWORK = frozenset({"training", "device", "dtype", "current_epoch", "global_step"})
"""Attributes that every LightningModule has and that ``forward`` may want."""
