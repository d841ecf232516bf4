"""What ``__init__`` does with a module behind the line that makes it, written and read from the same `Setup`s.

``self.backbone.requires_grad_(False)`` is one: a statement with holes, matched as Python reads it, so that blanks and
quotation marks do not matter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Code, NodeSpec, Setup, Shape, Values

_HOLE = re.compile(r"\b[A-Z][A-Z]+\b")


def setups_of(spec: NodeSpec, values: Values, inputs: tuple[Shape, ...]) -> list[tuple[Setup, Mapping[str, Any]]]:
    """Return the statements that a node needs, in order, each with what stands in its holes."""
    found = ((setup, setup.write(values, inputs)) for setup in spec.setups)
    return [(setup, holes) for setup, holes in found if holes is not None]


def fill(setup: Setup, name: str, holes: Mapping[str, str]) -> str:
    """Return the statement as code: `name` is what the module is called, and the holes hold Python already."""
    return _HOLE.sub(lambda match: {"NAME": name, **holes}[match[0]], setup.statement)


def read_setup(spec: NodeSpec, statement: str, name: str) -> dict[str, ParamValue] | None:
    """Return the parameters that a statement about the module called `name` tells; None where no setup is like it.

    They stand above those of the call (`calls.read_call`); a parameter of None has its default.

    Parameters
    ----------
    spec
        The kind of the module.
    statement
        One Python statement.
    name
        What the module is called: ``self.backbone``.
    """
    found = find_setup(spec, statement, name)
    return None if found is None else dict(found[0].read(found[1]))


def find_setup(spec: NodeSpec, statement: str, name: str) -> tuple[Setup, Mapping[str, Any]] | None:
    """Return the setup that a statement is, and what stands in its holes; see `read_setup`."""
    try:
        text = ast.unparse(ast.parse(statement))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for setup in spec.setups:
        match = _pattern(setup, name).fullmatch(text)
        if match is not None:
            return setup, {hole: _value(part) for hole, part in match.groupdict().items()}
    return None


def _pattern(setup: Setup, name: str) -> re.Pattern[str]:
    template = ast.unparse(ast.parse(setup.statement))
    parts: list[str] = []
    seen: set[str] = set()
    end = 0
    for match in _HOLE.finditer(template):
        parts.append(re.escape(template[end : match.start()]))
        hole = match[0]
        if hole == "NAME":
            parts.append(re.escape(name))
        else:
            parts.append(f"(?P={hole})" if hole in seen else f"(?P<{hole}>.+?)")
            seen.add(hole)
        end = match.end()
    return re.compile("".join([*parts, re.escape(template[end:])]))


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Code(text)
