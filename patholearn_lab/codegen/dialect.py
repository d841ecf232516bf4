"""A cell in the names of its author: ``tnn.Conv2d`` or ``Conv2d`` for ``nn.Conv2d``, as the author's imports say.

So that a change of the graph goes into a cell whose author imports torch's modules in another way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping


def in_dialect_of(author: ast.Module, code: str) -> str:
    """Return code that a graph was written as, with the author's names for what both import.

    Every line stays on its line. An import that the author has in another form is written as the author has it.

    Parameters
    ----------
    author
        The cell as its author left it.
    code
        What the graph is written as.
    """
    theirs = dict(_imported(author))
    used = {node.id for node in ast.walk(author) if isinstance(node, ast.Name)}
    module = ast.parse(code)
    renamed: dict[str, str] = {}
    """The graph's name for a module, and the author's."""
    edits: list[tuple[ast.AST, str]] = []
    for statement in module.body:
        if not isinstance(statement, (ast.Import, ast.ImportFrom)) or len(statement.names) != 1:
            continue
        ((dotted, name),) = _names_of(statement)
        if dotted in theirs and theirs[dotted][0] != name and name not in used:
            renamed[name], written = theirs[dotted]
            edits.append((statement, written))
    meant = {name: dotted for dotted, name in _plain(module).items()}
    for node in ast.walk(module):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                direct = theirs.get(f"{meant.get(name, '')}.{attribute}")
                if direct and not _writes(author, theirs, meant[name], attribute):
                    edits.append((node, direct[0]))
                elif name in renamed:
                    edits.append((node.value, renamed[name]))
    return _edited(code, edits)


def _imported(module: ast.Module) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield what a cell imports: its dotted name, what it is called there, and the statement."""
    for statement in module.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            for dotted, name in _names_of(statement):
                yield dotted, (name, ast.unparse(statement))


def _plain(module: ast.Module) -> dict[str, str]:
    return {dotted: name for dotted, (name, _) in _imported(module)}


def _names_of(statement: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in statement.names:
        if isinstance(statement, ast.ImportFrom):
            yield f"{statement.module}.{alias.name}", alias.asname or alias.name
        elif alias.asname or "." not in alias.name:
            yield alias.name, alias.asname or alias.name


def _writes(author: ast.Module, theirs: Mapping[str, tuple[str, str]], dotted: str, attribute: str) -> bool:
    """Return whether the author also writes ``nn.Conv2d`` in full, so that the graph's way is theirs, too."""
    name = theirs.get(dotted, ("", ""))[0]
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in ast.walk(author)
    )


def _edited(code: str, edits: list[tuple[ast.AST, str]]) -> str:
    """Return the code with other text in the place of some parts of it, each on one line."""
    lines = [line.encode() for line in code.split("\n")]
    for node, text in sorted(edits, key=lambda edit: _place(edit[0]), reverse=True):
        line, start, end = _place(node)
        lines[line] = lines[line][:start] + text.encode() + lines[line][end:]
    return b"\n".join(lines).decode()


def _place(node: ast.AST) -> tuple[int, int, int]:
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.lineno - 1, node.col_offset, node.end_col_offset or node.col_offset
