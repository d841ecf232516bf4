"""The lines of code nodes: as their author wrote them, with the names of the cell put in through the syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from patholearn_lab.codegen.names import RESERVED
from patholearn_lab.graph.free_code import Piece, parse, set_attributes
from patholearn_lab.graph.spec import Values


@dataclass(frozen=True)
class FreeLines:
    """The code of one code node.

    Parameters
    ----------
    code, setup
        The statements of ``forward`` and of ``__init__``, without problems (`graph/free_code.py`).
    imports, above
        The import statements and the other statements for above the network.
    attributes
        What the attributes of ``self`` are called that it sets.
    local_names
        What the names are called that it gives a value to in ``forward``, so that no other node's is overwritten.
    """

    code: Piece
    setup: Piece
    imports: tuple[str, ...]
    above: str
    attributes: Mapping[str, str]
    local_names: Mapping[str, str]

    @property
    def keeps_inputs(self) -> bool:
        """Whether an input may be read after x got its first value, so that x must not be the input's variable."""
        return len(self.code.tree.body) > 1 and any(re.fullmatch(r"x\d+", name.id) for name in self.code.names)

    def init(self) -> list[str]:
        """Return the lines for ``__init__``."""
        return _indented(self.setup, self._renamed(self.setup, {}))

    def forward(self, variable: str, inputs: list[str]) -> list[str]:
        """Return the lines for ``forward``: from the `inputs`' variables to `variable`."""
        names = {f"x{number}": name for number, name in enumerate(inputs, 1)}
        if self.code.expression:
            lines = self._renamed(self.code, {"x": inputs[0], **names})
            first = self.code.tree.body[0].lineno - 1
            lines[first] = f"{variable} = {lines[first]}"
            return _indented(self.code, lines)
        lines = _indented(self.code, self._renamed(self.code, {"x": variable, **names}))
        begins = variable != inputs[0] and _reads_x(self.code)
        return [f"        {variable} = {inputs[0]}", *lines] if begins else lines

    def _renamed(self, piece: Piece, names: Mapping[str, str]) -> list[str]:
        """Return the lines of a piece with other names; everything else, comments included, stays as it is."""
        names = {**self.local_names, **names}
        edits: list[tuple[int, int, int, str]] = []
        for node in ast.walk(piece.tree):
            match node:
                case ast.Name(id=name) | ast.arg(arg=name) if name in names:
                    edits.append((node.lineno, node.col_offset, len(name.encode()), names[name]))
                case ast.Attribute(value=ast.Name(id="self"), attr=name) if name in self.attributes:
                    end, length = node.end_col_offset or 0, len(name.encode())
                    edits.append((node.end_lineno or node.lineno, end - length, length, self.attributes[name]))
        # Columns of the syntax tree count bytes.
        lines = [line.encode() for line in piece.text.split("\n")]
        for line, start, length, name in sorted(edits, reverse=True):
            text = lines[line - 1]
            lines[line - 1] = text[:start] + name.encode() + text[start + length :]
        return [line.decode() for line in lines]


def free_lines(
    names: Mapping[str, str], nodes: Mapping[str, Values], arguments: Iterable[str] = ()
) -> dict[str, FreeLines]:
    """Return the lines of the code nodes of a network.

    Parameters
    ----------
    names
        What the code calls the layers, by node.
    nodes
        The parameters of the code nodes, by node, in the order in which they are computed.
    arguments
        What ``forward`` takes: variables that no code node may overwrite by a name of its own.
    """
    variables = {*names.values(), *arguments}
    taken = {*variables, *RESERVED}
    made: dict[str, FreeLines] = {}
    for node, values in nodes.items():
        code, setup, above = (parse(values[name]) for name in ("code", "setup", "above"))
        attributes = _free(set_attributes(setup), names[node], taken)
        taken |= set(attributes.values())
        local_names = _free(sorted(code.assigned - {"x"}), names[node], variables)
        imports, others = _parted(above)
        made[node] = FreeLines(code, setup, imports, others, attributes, local_names)
    return made


def _free(wanted: Iterable[str], prefix: str, taken: Container[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in wanted:
        other, number = name, 1
        while other in taken:
            other, number = f"{prefix}_{name}" + (f"_{number}" if number > 1 else ""), number + 1
        found[name] = other
    return found


def _parted(piece: Piece) -> tuple[tuple[str, ...], str]:
    """Return the import statements of a piece, one name each, and the text of all else."""
    imports: list[str] = []
    lines = piece.text.split("\n")
    for statement in piece.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            origin = f"from {statement.module} " if isinstance(statement, ast.ImportFrom) else ""
            for alias in statement.names:
                imports.append(f"{origin}import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""))
            for number in range(statement.lineno - 1, statement.end_lineno or statement.lineno):
                lines[number] = ""
    return tuple(imports), "\n".join(lines).strip()


def _reads_x(piece: Piece) -> bool:
    return any(name.id == "x" and isinstance(name.ctx, ast.Load) for name in piece.names)


def _indented(piece: Piece, lines: list[str]) -> list[str]:
    """Return the lines as they stand in a method; the inside of a text that spans lines must not move."""
    inside = {
        number
        for node in ast.walk(piece.tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr))
        for number in range(node.lineno + 1, (node.end_lineno or node.lineno) + 1)
    }
    if not piece.text:
        return []
    return [line if number in inside or not line.strip() else f"        {line}" for number, line in enumerate(lines, 1)]
