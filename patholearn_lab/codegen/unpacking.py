"""``a, b = x.chunk(2, dim=1)``: a statement with several results, as one statement for each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from patholearn_lab.codegen.symbols import Scope, Signal
from patholearn_lab.graph.spec import Shape

_ARGUMENTS = {"chunk": ("chunks", "dim"), "split": ("split_size_or_sections", "dim"), "unbind": ("dim",)}
_OTHER_NAMES = {"split_size": "split_size_or_sections"}


def unpacked(statement: ast.stmt) -> list[ast.stmt]:
    """Return ``a = x.chunk(2, dim=1)[0]`` and ``b = x.chunk(2, dim=1)[1]``; nothing for any other statement."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=names) | ast.List(elts=names)], value=ast.Call() as call):
            if _parts(call) is None or not all(isinstance(name, ast.Name) for name in names):
                return []
            return [
                ast.copy_location(
                    ast.Assign([name], ast.Subscript(call, ast.Constant(place), ast.Load()), lineno=statement.lineno),
                    statement,
                )
                for place, name in enumerate(names)
            ]
    return []


def shapes_of_parts(statement: ast.stmt, scope: Scope) -> list[Shape | None]:
    """Return the shape of each result, without the batch; None where only running it would tell."""
    call = statement.value if isinstance(statement, ast.Assign) else None
    names = statement.targets[0] if isinstance(statement, ast.Assign) else None
    found = _parts(call) if isinstance(call, ast.Call) else None
    assert found is not None
    assert isinstance(names, (ast.Tuple, ast.List))
    how, tensor, given = found
    signal = scope.find(tensor)
    shape = signal.shape if isinstance(signal, Signal) else None
    shapes: list[Shape | None] = list(_shapes(how, given, shape, len(names.elts))) if shape is not None else []
    return shapes if len(shapes) == len(names.elts) else [None] * len(names.elts)


def _parts(call: ast.Call) -> tuple[str, str, dict[str, Any]] | None:
    """Return what divides which tensor, and its arguments by name; None for any other call."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="torch"), attr=how) if call.args and how in _ARGUMENTS:
            first, values = call.args[0], call.args[1:]
        case ast.Attribute(value=first, attr=how) if how in _ARGUMENTS:
            values = call.args
        case _:
            return None
    if not isinstance(first, ast.Name) or len(values) > len(_ARGUMENTS[how]):
        return None
    named = [*zip(_ARGUMENTS[how], values, strict=False), *((word.arg or "", word.value) for word in call.keywords)]
    try:
        given = {_OTHER_NAMES.get(name, name): ast.literal_eval(value) for name, value in named}
    except ValueError:
        given = {}
    return how, first.id, given


def _shapes(how: str, given: dict[str, Any], shape: Shape, count: int) -> Iterator[Shape]:
    axis = given.get("dim", 0)
    axis = axis - 1 if isinstance(axis, int) and axis > 0 else axis + len(shape) if isinstance(axis, int) else None
    if axis is None or not 0 <= axis < len(shape) or given.get("dim", 0) == 0:
        return  # Along the batch, or along an axis that is not known.
    for size in _sizes(how, given, shape[axis], count):
        yield shape[:axis] + shape[axis + 1 :] if size is None else (*shape[:axis], size, *shape[axis + 1 :])


def _sizes(how: str, given: dict[str, Any], total: int, count: int) -> Sequence[int | None]:
    if how == "unbind":
        return [None] * total
    size = given.get("chunks" if how == "chunk" else "split_size_or_sections")
    if isinstance(size, (list, tuple)) and all(isinstance(part, int) for part in size) and sum(size) == total:
        return list(size)
    if not isinstance(size, int) or size < 1 or count > total:
        return []
    step = ceil(total / size) if how == "chunk" else size
    return [min(step, total - start) for start in range(0, total, step)]
