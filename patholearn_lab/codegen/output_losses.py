"""The loss of an output as the cell computes it, read into the parameters of its node."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.losses import LossCall, LossSum, read_loss, usual_arguments
from patholearn_lab.codegen.symbols import Built, Instance, OwnFunction
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.learning.losses import LOSSES, SOURCES, Loss, Term
from patholearn_lab.graph.spec import REQUIRED


def read_output_loss(reading: Reading, output: str, task: Task) -> dict[str, ParamValue]:
    """Return the loss of an output with its settings and its weight; what the graph cannot say becomes an issue.

    Parameters
    ----------
    reading
        The cell.
    output
        What it calls the output; empty where there is one.
    task
        What the output learns.
    """
    total = read_loss(reading)
    if total is None:
        step = reading.walker.attribute(reading.network, "training_step")
        if isinstance(step, OwnFunction):
            _say(reading, step.definition.lineno, "The loss that this step returns cannot be followed")
        return {}
    for line, text in total.rest:
        _say(reading, line, f"The graph has no part of a loss like “{text}”")
    _say_edited(reading, total)
    calls = [(call, weight) for call, weight in total.calls if call.output == output]
    if not calls:
        return {} if total.rest else {"weight": 0.0}
    loss = _loss_of(task, [call for call, _ in calls])
    weights = {weight for _, weight in calls}
    if loss is None or len(weights) > 1 or (not output and weights != {1.0}):
        _say(reading, calls[0][0].line, f"The graph has no loss for {_what(task)} like this one")
        return {}
    settings: dict[str, ParamValue] = {"loss": loss.name, **({"weight": weights.pop()} if output else {})}
    for call, _ in calls:
        settings |= _settings(reading, next(term for term in loss.terms if term.function == call.function), call)
    return settings


def _loss_of(task: Task, calls: Sequence[LossCall]) -> Loss | None:
    """Return the loss that calls just these functions."""
    functions = sorted(call.function for call in calls)
    weighted = any(call.weights for call in calls)
    for loss in LOSSES:
        same = sorted(term.function for term in loss.terms) == functions
        if task in loss.tasks and same and weighted == any(term.weighted for term in loss.terms):
            return loss
    return None


def _settings(reading: Reading, term: Term, call: LossCall) -> dict[str, ParamValue]:
    settings: dict[str, ParamValue] = {}
    usual = usual_arguments(call.function)
    for argument in term.arguments:
        default = usual.get(argument.name) if argument.default is REQUIRED else argument.default
        value = call.arguments.get(argument.name, default)
        if is_plain(value):
            settings[argument.param or argument.name] = value
    known = {argument.name for argument in term.arguments}
    for name in sorted(call.arguments.keys() - known):
        if call.arguments[name] != usual.get(name):
            _say(reading, call.line, f"The output node has no setting for {name} of {call.function}", "unknown_setting")
    weights = _weights(reading, call.weights) if call.weights else None
    return settings if weights is None else settings | {"class_weights": weights}


def _weights(reading: Reading, attribute: str) -> str | None:
    """Return the class weights that an attribute of the network holds, as the output node has them."""
    held: Any = reading.network.attributes.get(attribute) if isinstance(reading.network, Instance) else None
    if not isinstance(held, Built) or held.dotted != "torch.tensor" or not held.positional:
        return None
    row = held.positional[0]
    are_numbers = isinstance(row, list) and all(isinstance(number, (int, float)) for number in row)
    return ", ".join(f"{number:g}" for number in row) if are_numbers else None


def _say_edited(reading: Reading, total: LossSum) -> None:
    """Say which functions of losses are no longer those of the graph."""
    called = {call.function for call, _ in total.calls}
    own = [item for item in reading.body if isinstance(item, ast.FunctionDef) and item.name in called & SOURCES.keys()]
    for function in own:
        if ast.dump(function) != _sources()[function.name]:
            _say(reading, function.lineno, f"“{function.name}” was changed, and the graph has the usual one")


@cache
def _sources() -> Mapping[str, str]:
    return {name: ast.dump(ast.parse(text).body[0]) for name, text in SOURCES.items()}


def _what(task: Task) -> str:
    return {"multilabel": "several labels", "classification": "classes"}.get(task, f"a {task}")


def _say(reading: Reading, line: int, what: str, code: str = "loss_not_read") -> None:
    issue = CodeIssue(code=code, severity="error", line=line, message=f"{what}; the cell keeps it.")
    if issue not in reading.issues:
        reading.issues.append(issue)
