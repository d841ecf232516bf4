"""How the network of a cell learns, read into the parameters of the output node, and its metrics into metric nodes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.beginning import CONSTANT
from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.heads import SPLITS
from patholearn_lab.codegen.symbols import Built, Instance, OwnFunction, UnreadableError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.learning.losses import IGNORING, LOSSES, Loss
from patholearn_lab.graph.learning.metrics import BY_TASK, MetricKind
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.spec import REQUIRED

_OPTIMIZERS = {optimizer.target: name for name, optimizer in OPTIMIZERS.items()}

_PLAIN = {own: function for function, own in IGNORING.items()}
_FUNCTIONS = {term.function for loss in LOSSES for term in loss.terms} | set(_PLAIN)
_BY_TASK: Mapping[str, Mapping[str, MetricKind]] = {str(task): kinds for task, kinds in BY_TASK.items()}


def read_settings(reading: Reading) -> dict[str, ParamValue]:
    """Return the parameters of the output that the cell sets: ``{"epochs": 8, "optimizer": "adam", …}``."""
    settings: dict[str, ParamValue] = {}
    for constant, param in (("EPOCHS", "epochs"), ("BATCH_SIZE", "batch_size")):
        value = reading.scope.find(constant)
        if isinstance(value, int):
            settings[param] = value
    file = reading.scope.find(CONSTANT)
    settings["weights"] = file if isinstance(file, str) else ""
    return settings | _optimizer(reading) | _loss(reading)


def read_task(reading: Reading) -> Task:
    """Return what the one output of the cell learns: what TARGET says, else one class per image."""
    target = reading.scope.find("TARGET")
    return next((task for task, objective in OBJECTIVES.items() if objective.target == target), "classification")


def read_dataset(reading: Reading) -> str | None:
    """Return the data set that the cell names, or None where it names none."""
    value = reading.scope.find("DATASET")
    return value if isinstance(value, str) else None


def read_metrics(reading: Reading, task: str) -> dict[str, frozenset[str]] | None:
    """Return on which splits each metric of a `task` is measured; None where none could be read."""
    found: dict[str, set[str]] = {}
    if not isinstance(reading.network, Instance):
        return None
    for split in SPLITS:
        collection = reading.network.attributes.get(f"{split}_metrics")
        if not isinstance(collection, Built) or collection.dotted != "torchmetrics.MetricCollection":
            return None
        entries = collection.positional[0] if collection.positional else {}
        for key, metric in entries.items() if isinstance(entries, dict) else ():
            name = _metric(str(key), metric, task)
            if name is not None:
                found.setdefault(name, set()).add(split)
            elif isinstance(metric, Built):
                reading.issues.append(
                    _issue("unknown_metric", metric.made.lineno, f"There is no metric node for {metric.dotted}.")
                )
    return {name: frozenset(splits) for name, splits in found.items()}


def _metric(key: str, metric: Any, task: str) -> str | None:
    """Return which metric of a task this is. Two may be one class with other arguments; the key tells them apart."""
    kinds = _BY_TASK.get(task, {})
    alike = [name for name, kind in kinds.items() if getattr(metric, "dotted", "") == f"torchmetrics.{kind.target}"]
    return key if key in alike else next(iter(alike), None)


def usual_metrics(task: str) -> dict[str, frozenset[str]]:
    """Return what is measured where a graph has no metric nodes."""
    return {next(iter(_BY_TASK[task])): frozenset(SPLITS)} if task in _BY_TASK else {}


def _optimizer(reading: Reading) -> dict[str, ParamValue]:
    value = _returned(reading, "configure_optimizers")
    made = _first_optimizer(value)
    if made is None:
        return {}
    scheduled = _schedule(reading, value)
    if made.dotted not in _OPTIMIZERS:
        words = f"The graph has no optimizer {made.dotted}; the cell keeps it."
        reading.issues.append(_issue("unknown_optimizer", made.made.lineno, words))
        return {}
    settings: dict[str, ParamValue] = {"optimizer": _OPTIMIZERS[made.dotted], **scheduled}
    given = dict(zip(("params", "lr"), made.positional, strict=False)) | made.keywords
    arguments = {argument.name: argument for argument in OPTIMIZERS[str(settings["optimizer"])].arguments}
    for name, argument in arguments.items():
        value = given.get(name, 0.001 if argument.default is REQUIRED else argument.default)
        if is_plain(value):
            settings[argument.param or name] = value
    for name in given.keys() - arguments.keys() - {"params"}:
        words = f"The output node has no setting for {name} of the optimizer; the cell keeps it."
        reading.issues.append(_issue("unknown_setting", made.made.lineno, words))
    return settings


def _schedule(reading: Reading, value: Any) -> dict[str, ParamValue]:
    """Return that there is no schedule where there is none; say of every part of one that the graph keeps its own."""
    parts = _schedules(value)
    for made in dict.fromkeys(parts):
        words = (
            f"The graph does not take over “{ast.unparse(made.made)}”, which changes the learning rate. "
            "Choose the schedule at the output node; the cell keeps this line."
        )
        reading.issues.append(
            CodeIssue(code="schedule_not_read", severity="warning", line=made.made.lineno, message=words)
        )
    return {} if parts else {"schedule": "none"}


def _schedules(value: Any, depth: int = 5) -> list[Built]:
    """Return the schedules in what ``configure_optimizers`` returns, those that another is made of included."""
    inner: list[Any] = []
    found: list[Built] = []
    match value:
        case Built(dotted=dotted, positional=positional, keywords=keywords):
            found += [value] if dotted.startswith("torch.optim.lr_scheduler.") else []
            inner += [*positional, *keywords.values()]
        case dict():
            inner += value.values()
        case list() | tuple():
            inner += value
    return found + [made for item in inner for made in _schedules(item, depth - 1)] if depth else found


def _returned(reading: Reading, method: str) -> Any:
    """Return what a method returns; None where that cannot be read."""
    if not isinstance(reading.network, Instance):
        return None
    function = reading.walker.attribute(reading.network, method)
    if not isinstance(function, OwnFunction):
        return None
    try:
        return reading.walker.apply(function, (), {}, function.definition)
    except UnreadableError as error:
        reading.issues.append(_issue("unreadable", error.line, error.message))
        return None


def _first_optimizer(value: Any, depth: int = 4) -> Built | None:
    """Return the optimizer in ``optimizer``, ``[optimizer], [schedule]`` or ``{"optimizer": …, "lr_scheduler": …}``."""
    if isinstance(value, Built):
        return value if value.dotted.startswith("torch.optim.") and "lr_scheduler" not in value.dotted else None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    found = (_first_optimizer(item, depth - 1) for item in inner) if depth else iter(())
    return next((made for made in found if made is not None), None)


def _loss(reading: Reading) -> dict[str, ParamValue]:
    """Return the loss, where the cell calls just the functions of one, and the settings in these calls."""
    calls = {
        _PLAIN.get(name, name): node
        for definition in reading.classes
        for node in ast.walk(definition)
        if isinstance(node, ast.Call) and (name := _loss_function(reading, node))
    }
    task = read_task(reading)
    weighted = any(keyword.arg == "weight" for node in calls.values() for keyword in node.keywords)
    for loss in LOSSES:
        same = {term.function for term in loss.terms} == set(calls)
        if task in loss.tasks and same and weighted == any(term.weighted for term in loss.terms):
            return {"loss": loss.name} | _loss_settings(reading, loss, calls)
    return {}


def _loss_settings(reading: Reading, loss: Loss, calls: Mapping[str, ast.Call]) -> dict[str, ParamValue]:
    settings: dict[str, ParamValue] = {}
    for term in loss.terms:
        given = {keyword.arg: keyword.value for keyword in calls[term.function].keywords}
        for argument in term.arguments:
            found = given.get(argument.name)
            value = argument.default if found is None else reading.walker.evaluate(found, reading.scope)
            if is_plain(value):
                settings[argument.param or argument.name] = value
    return settings


def _loss_function(reading: Reading, call: ast.Call) -> str:
    """Return a function that is part of a loss as the cell calls it, ``F.cross_entropy`` or ``dice_loss``; else ""."""
    if isinstance(call.func, ast.Name) and call.func.id in _FUNCTIONS:
        return call.func.id
    name = _name(reading, call).replace("torch.nn.functional.", "F.")
    return name if name in _FUNCTIONS else ""


def _name(reading: Reading, call: ast.Call) -> str:
    if not isinstance(call.func, (ast.Attribute, ast.Name)):
        return ""
    named: Any = reading.walker.evaluate(call.func, reading.scope)
    return str(getattr(named, "dotted", ""))


def metric_params(name: str, splits: frozenset[str]) -> dict[str, ParamValue]:
    """Return the parameters of a metric node."""
    params: dict[str, ParamValue] = {} if name == "accuracy" else {"name": name}
    return params | {f"on_{split}": False for split in SPLITS if split not in splits}


def united(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    """Return on which splits metric nodes with these values measure, those of one name together."""
    found: dict[str, frozenset[str]] = {}
    for values in metrics.values():
        splits = frozenset(split for split in SPLITS if values[f"on_{split}"])
        found[str(values["name"])] = found.get(str(values["name"]), frozenset()) | splits
    return {name: splits for name, splits in found.items() if splits}


def _issue(code: str, line: int, message: str) -> CodeIssue:
    return CodeIssue(code=code, severity="error", line=line, message=message)
