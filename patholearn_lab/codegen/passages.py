"""A cell as passages: each statement with the comments and blank lines above it, nested as classes and functions are.

The syntax tree says where statements begin and end; their text, and all between them, stays exactly as it was written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NETWORK = "class of the network"
"""The key of the network's class, whatever it is called."""


@dataclass
class Passage:
    """A statement, or several that share a line.

    Parameters
    ----------
    key
        What makes it the same statement as one in another version of the cell.
    above
        The comments and blank lines above it.
    lines
        Its own lines; of a class or function only those before its body.
    plain
        Its code without comments and formatting; of a class or function that of its head.
    body, below
        The passages inside, and the comments and blank lines below the last of them; None for simple statements.
    nodes
        The nodes that it computes, for a statement of ``forward``.
    """

    key: str
    above: list[str]
    lines: list[str]
    plain: str
    statement: ast.stmt
    body: list[Passage] | None = None
    below: list[str] = field(default_factory=list)
    nodes: tuple[str, ...] = ()

    def text(self) -> list[str]:
        """Return all its lines, those above it included."""
        inner = [line for passage in self.body or () for line in passage.text()]
        return [*self.above, *self.lines, *inner, *self.below]


@dataclass
class Cell:
    """A whole cell: its passages, and what stands below the last."""

    body: list[Passage]
    below: list[str]

    def text(self) -> str:
        """Return the code."""
        return "\n".join([line for passage in self.body for line in passage.text()] + self.below)


def cell_of(code: str, module: ast.Module, network: str | None, uses: Mapping[str, tuple[int, int]]) -> Cell:
    """Return a cell as passages.

    Parameters
    ----------
    code, module
        The text and its syntax tree.
    network
        The name of the network's class.
    uses
        The lines of ``forward`` that compute each node.
    """
    lines = code.split("\n")
    nodes: dict[int, tuple[str, ...]] = {}
    for node, (first, last) in uses.items():
        for line in range(first, last + 1):
            nodes[line] = (*nodes.get(line, ()), node)
    body, end = _passages(module.body, lines, 0, network or "", nodes)
    return Cell(body, lines[end:])


def _passages(
    statements: Sequence[ast.stmt], lines: list[str], start: int, network: str, nodes: Mapping[int, tuple[str, ...]]
) -> tuple[list[Passage], int]:
    """Return the passages of a block whose lines begin at `start` (from 0), and where the line after it is."""
    found: list[Passage] = []
    for statement in statements:
        first, last = _first_line(statement), statement.end_lineno or statement.lineno
        if first <= start:  # Behind a semicolon, on the line of the statement before.
            if found:
                found[-1].plain += f"; {ast.unparse(statement)}"
                found[-1].key = found[-1].plain
                found[-1].lines += lines[start:last]
            start = max(start, last)
            continue
        above = lines[start : first - 1]
        own = nodes.get(statement.lineno, ())
        passage = Passage(_key(statement, network, own), above, lines[first - 1 : last], _plain(statement), statement)
        passage.nodes = own
        inner = _inner(statement)
        if inner and inner[0].lineno > statement.lineno:
            begin = _first_line(inner[0]) - 1
            while begin > first and (not lines[begin - 1].strip() or lines[begin - 1].lstrip().startswith("#")):
                begin -= 1
            passage.lines = lines[first - 1 : begin]
            passage.body, end = _passages(inner, lines, begin, "", nodes)
            passage.below = lines[end:last]
        found.append(passage)
        start = last
    return found, start


def _inner(statement: ast.stmt) -> Sequence[ast.stmt]:
    return statement.body if isinstance(statement, (ast.ClassDef, ast.FunctionDef)) else ()


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _key(statement: ast.stmt, network: str, nodes: tuple[str, ...]) -> str:
    if nodes:
        return f"computes {' '.join(nodes)}"
    match statement:
        case ast.ClassDef(name=name) if name == network:
            return NETWORK
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return f"defines {name}"
        case ast.Assign(targets=[ast.Attribute() | ast.Name() as target]) if _is_set_once(target):
            return f"sets {ast.unparse(target)}"
        case ast.Return():
            return "returns"
    return ast.unparse(statement)


def _is_set_once(target: ast.expr) -> bool:
    """Return whether a target names its statement: an attribute or a constant does, ``x`` does not."""
    return isinstance(target, ast.Attribute) or (isinstance(target, ast.Name) and target.id not in ("x", "y", "out"))


def _plain(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef():
            bases = ", ".join(map(ast.unparse, [*statement.bases, *statement.keywords]))
            return f"class {statement.name}({bases})"
        case ast.FunctionDef():
            return f"def {statement.name}({ast.unparse(statement.args)})"
    return ast.unparse(statement)
