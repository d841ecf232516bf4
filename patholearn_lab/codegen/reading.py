"""A cell read without running it: by the syntax tree alone, so that it is safe to take from anyone."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.cell import CellFacts, SyntaxProblem
from patholearn_lab.errors import TooLargeError

MAX_BYTES = 200_000
MAX_NESTING = 150
"""How deep the syntax tree of a cell may be: `copy.deepcopy` takes six calls a level, of the thousand that may nest."""
TASK = "Task"
"""The library's class of networks that bring their loss, metrics and optimizer along."""
_SCALARS = (bool, int, float, str, type(None))


def read_cell(code: str) -> CellFacts:
    """Return what the cell says about itself: the network's class, and the constants at the top.

    Raises
    ------
    TooLargeError
        When the code has more than 200,000 characters.
    """
    parsed = parse(code)
    if isinstance(parsed, SyntaxProblem):
        return CellFacts(syntax_error=parsed)
    constants = _constants(parsed)
    return CellFacts(
        class_name=derived_class(parsed, LEARNING),
        settings=_settings(constants),
        inputs=inputs_in(constants),
        targets=targets_of(constants),
    )


LEARNING = ("LightningModule", TASK)
"""What the class of a network that can be trained derives from."""


def network_class(module: ast.Module) -> str | None:
    """Return the class of the network: the last one that can be trained, else the last ``nn.Module``."""
    return derived_class(module, LEARNING) or derived_class(module, ("Module",))


def derived_class(module: ast.Module, ends: tuple[str, ...]) -> str | None:
    """Return the last class that derives from one whose name ends like this, directly or through others of the cell."""
    found: list[str] = []
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            bases = [_last_name(base) for base in node.bases]
            if any(base in found or base.endswith(ends) for base in bases):
                found.append(node.name)
    return found[-1] if found else None


def parse(code: str) -> ast.Module | SyntaxProblem:
    """Return the syntax tree, or why there is none. Raises TooLargeError beyond 200,000 characters."""
    if len(code) > MAX_BYTES:
        raise TooLargeError(
            f"The cell has {len(code):,} characters; at most {MAX_BYTES:,} are read.",
            "Move data out of the cell into a file.",
            limit=MAX_BYTES,
        )
    with warnings.catch_warnings():
        # An invalid escape in somebody's string is no business of ours.
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(code)
        except SyntaxError as error:
            return SyntaxProblem(line=error.lineno or 1, message=_in_words(code, error))
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            # Null bytes, lone surrogates, and nesting deeper than the parser's own limit.
            return SyntaxProblem(line=1, message=f"This cannot be read as Python: {error or type(error).__name__}.")
    line = _line_too_deep(tree)
    if line is not None:
        message = f"More than {MAX_NESTING} levels are nested here; give parts of it names of their own."
        return SyntaxProblem(line=line, message=message)
    return tree


def _line_too_deep(tree: ast.Module) -> int | None:
    """Return where the syntax tree is deeper than `MAX_NESTING`, which Python's own functions on trees cannot take."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_NESTING):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return next((node.lineno for node in level if isinstance(node, (ast.expr, ast.stmt))), None)


def _in_words(code: str, error: SyntaxError) -> str:
    lines = code.splitlines()
    line = lines[error.lineno - 1].lstrip() if error.lineno and error.lineno <= len(lines) else ""
    if line.startswith(("%", "!")):
        return f"A line that begins with {line[0]!r} is a notebook command. The job runs plain Python: remove the line."
    return f"This is no valid Python: {error.msg}."


def inputs_in(constants: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a cell's ``forward`` takes: what ``INPUTS = ["images", "features"]`` says, else the images."""
    named = constants.get("INPUTS")
    if isinstance(named, (list, tuple)) and named and all(isinstance(part, str) for part in named):
        return tuple(named)
    return ("images",)


def targets_of(constants: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a cell's outputs are compared with, each once: what its batches have to hold besides the images.

    Parameters
    ----------
    constants
        The names and values at the top of a cell. ``TARGET = "masks"`` belongs to one output,
        ``TARGETS = {"diagnosis": "labels", "nuclei": "masks"}`` to several; labels where there is neither.
    """
    named = constants.get("TARGETS")
    if isinstance(named, dict) and named and all(isinstance(target, str) for target in named.values()):
        return tuple(dict.fromkeys(named.values()))
    target = constants.get("TARGET")
    return (target,) if isinstance(target, str) and target else ("labels",)


def _settings(constants: Mapping[str, Any]) -> dict[str, bool | int | float | str | None]:
    return {name: value for name, value in constants.items() if isinstance(value, _SCALARS)}


def _constants(module: ast.Module) -> dict[str, Any]:
    """Return what is written in capitals at the top, where it is a literal."""
    constants: dict[str, Any] = {}
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        if name.isupper():
            constant = _constant(value)
            if constant is not None:
                constants[name] = constant[0]
    return constants


def _constant(value: ast.expr) -> tuple[Any] | None:
    """Return the value of a literal in a tuple of one, or None where it has to be computed."""
    try:
        return (ast.literal_eval(value),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _last_name(base: ast.expr) -> str:
    match base:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.Subscript(value=inner):
            return _last_name(inner)
    return ""
