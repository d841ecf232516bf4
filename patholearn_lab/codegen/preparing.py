"""What ``__init__`` does with a network once it is made, read back into the parameters of its node.

The statements (`NodeSpec.setups`) are collected while ``__init__`` is walked through, and read when ``forward`` uses
the network, because only there is its kind settled.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.matching import Match, kinds_of
from patholearn_lab.codegen.source import literal
from patholearn_lab.codegen.symbols import Built, Scope, UnreadableError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.setups import fill, find_setup, setups_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import Code, NodeSpec, Setup, Shape

_COMPOUND = (ast.For, ast.If, ast.While, ast.With, ast.Try, ast.Match)


def note_setup(statement: ast.stmt, own: str, attributes: Mapping[str, Any], scope: Scope) -> bool:
    """Note a statement of ``__init__`` at the networks that it changes; return whether there is one.

    Parameters
    ----------
    statement
        The statement.
    own
        What the object is called there: ``self``.
    attributes
        The object's attributes before the statement.
    scope
        The names there; constants among them are put into the statement.
    """
    found = False
    for name in changed_attributes(statement, own):
        layer = attributes.get(name)
        if isinstance(layer, Built) and any(spec.setups for spec in kinds_of(layer.dotted)):
            layer.setups.append((f"{own}.{name}", _Constants(scope).visit(copy.deepcopy(statement))))
            found = True
    return found


def with_setups(found: Match, layer: Built, shapes: tuple[Shape, ...]) -> Match:
    """Return a network with the parameters that the statements about it tell.

    Raises
    ------
    UnreadableError
        When a statement does what no parameter stands for, or two of them stand in an order that means something else.
    """
    spec = found.spec
    if not spec.setups:
        return found
    params = dict(found.params)
    told: list[tuple[Setup, Mapping[str, Any], ast.stmt]] = []
    for name, statement in layer.setups:
        text = ast.unparse(statement)
        read = find_setup(spec, text, name)
        if read is None:
            first = text.partition("\n")[0]
            raise UnreadableError(
                f"“{first}” does with {name} what no setting of a {spec.label} does.", statement.lineno
            )
        told.append((*read, statement))
        params |= read[0].read(read[1])
    defaults = {param.name: param.default for param in spec.params}
    kept: dict[str, ParamValue] = {
        name: value for name, value in params.items() if value is not None and value != defaults[name]
    }
    values, problems = values_of(spec, kept)
    if problems:
        message = f"These are no settings of a {spec.label}: {problems[0].message}"
        raise UnreadableError(message, told[-1][2].lineno if told else layer.made.lineno)
    return replace(found, params=kept, remarks=_remarks(spec, values, told, shapes, layer))


def _remarks(
    spec: NodeSpec,
    values: Mapping[str, Any],
    told: list[tuple[Setup, Mapping[str, Any], ast.stmt]],
    shapes: tuple[Shape, ...],
    layer: Built,
) -> tuple[tuple[int, str], ...]:
    """Return the lines that are not what the graph writes for these parameters, each with what it writes."""
    try:
        written = setups_of(spec, values, shapes)
    except ShapeProblem:
        return ()  # The check says what is wrong with the network itself.
    places = [[setup for setup, _ in written].index(setup) for setup, _, _ in told if setup in dict(written)]
    if places != sorted(set(places)):
        raise UnreadableError(
            f"In this order, the statements about {layer.setups[0][0]} do what no setting of a {spec.label} does.",
            told[-1][2].lineno,
        )
    due = dict(written)
    found = {setup for setup, _, _ in told}
    missing = [setup for setup in due if setup not in found]
    remarks = []
    for setup, holes, statement in told:
        if setup in due and all(_agrees(holes[hole], due[setup][hole]) for hole in holes):
            continue
        if setup not in due and not missing:
            continue  # It changes nothing about a network with these settings.
        fitting = setup if setup in due else missing.pop(0)
        text = fill(fitting, layer.setups[0][0], {hole: literal(value) for hole, value in due[fitting].items()})
        remarks.append((statement.lineno, f"The graph writes “{text}” here, which is what fits this network."))
    return tuple(remarks)


def _agrees(given: Any, wanted: Any) -> bool:
    """Return whether a hole holds what is wanted; a size that the cell works out itself does."""
    return given == wanted or (isinstance(given, Code) and not isinstance(wanted, Code))


def changed_attributes(statement: ast.stmt, own: str) -> list[str]:
    """Return the attributes of the object that a statement may change without giving them another value."""
    match statement:
        case ast.Assign(targets=targets):
            parts: list[ast.AST] = [target for target in targets if not _is_own(target, own)]
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            parts = [] if _is_own(target, own) else [target]
        case ast.Expr() | ast.Delete():
            parts = [statement]
        case _:
            parts = [statement] if isinstance(statement, _COMPOUND) else []
    found = [
        node.attr for part in parts for node in ast.walk(part) if isinstance(node, ast.Attribute) and _is_own(node, own)
    ]
    return list(dict.fromkeys(found))


def _is_own(node: ast.AST, own: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own


class _Constants(ast.NodeTransformer):
    """Puts the values of plain names in their places: ``nn.Linear(512, CLASSES)`` is ``nn.Linear(512, 2)``."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self._scope.find(node.id)
        plain = isinstance(node.ctx, ast.Load) and is_plain(value)
        return ast.copy_location(ast.Constant(value), node) if plain else node
