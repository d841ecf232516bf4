"""How the network of a cell learns, read into the parameters of the output node, and its metrics into metric nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.beginning import CONSTANT
from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.heads import SPLITS
from patholearn_lab.codegen.output_losses import read_output_loss
from patholearn_lab.codegen.schedules import read_schedule
from patholearn_lab.codegen.signatures import signature
from patholearn_lab.codegen.symbols import Built, Holder, Instance, OwnFunction, UnreadableError
from patholearn_lab.codegen.task_class import task_metrics, task_settings
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.learning.metrics import BY_TASK, MetricKind
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import with_momentum
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.spec import REQUIRED

_OPTIMIZERS = {optimizer.target: name for name, optimizer in OPTIMIZERS.items()}
_BY_TASK: Mapping[str, Mapping[str, MetricKind]] = {str(task): kinds for task, kinds in BY_TASK.items()}


def read_settings(reading: Reading) -> dict[str, dict[str, ParamValue]]:
    """Return the parameters that the cell sets, by output: ``{"": {"epochs": 8, "optimizer": "adam", …}}``.

    The one output is called ``""``. Of several, the first has the settings of the training.
    """
    settings: dict[str, ParamValue] = {}
    for constant, param in (("EPOCHS", "epochs"), ("BATCH_SIZE", "batch_size")):
        value = reading.scope.find(constant)
        if isinstance(value, int):
            settings[param] = value
    file = reading.scope.find(CONSTANT)
    settings["weights"] = file if isinstance(file, str) else ""
    named = task_settings(reading)
    if named is not None:
        first = next(iter(named))
        return named | {first: settings | named[first]}
    found = {name: read_output_loss(reading, name, read_task(reading, name)) for name in reading.outputs or ("",)}
    first = next(iter(found))
    return found | {first: settings | _optimizer(reading) | found[first]}


def read_task(reading: Reading, output: str = "") -> Task:
    """Return what an output of the cell learns: what TARGET or TARGETS says, else one class per image."""
    targets = reading.scope.find("TARGETS")
    target = targets.get(output) if output and isinstance(targets, dict) else reading.scope.find("TARGET")
    return next((task for task, objective in OBJECTIVES.items() if objective.target == target), "classification")


def read_dataset(reading: Reading) -> str | None:
    """Return the data set that the cell names, or None where it names none."""
    value = reading.scope.find("DATASET")
    return value if isinstance(value, str) else None


def read_metrics(reading: Reading, task: str, output: str = "") -> dict[str, frozenset[str]] | None:
    """Return on which splits each metric of an output with a `task` is measured; None where none could be read."""
    named = task_metrics(reading, output, usual_metrics(task))
    if named is not None:
        return named
    found: dict[str, set[str]] = {}
    if not isinstance(reading.network, Instance):
        return None
    for split in SPLITS:
        collection = reading.network.attributes.get(f"{split}_metrics")
        if output:
            collection = collection.items.get(output) if isinstance(collection, Holder) else None
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
    if made.dotted not in _OPTIMIZERS:
        words = f"The graph has no optimizer {made.dotted}; the cell keeps it."
        reading.issues.append(_issue("unknown_optimizer", made.made.lineno, words))
        return {}
    name = _OPTIMIZERS[made.dotted]
    settings: dict[str, ParamValue] = {"optimizer": name}
    known = signature(made.dotted)
    usual = dict(known.defaults) if known else {}
    given = dict(zip(usual, made.positional, strict=False)) | made.keywords
    arguments = {argument.name: argument for argument in OPTIMIZERS[name].arguments}
    for keyword, argument in arguments.items():
        setting = given.get(keyword, usual.get(keyword) if argument.default is REQUIRED else argument.default)
        if is_plain(setting):
            settings[argument.param or argument.name] = setting
        else:
            words = f"{keyword} of the optimizer cannot be worked out from the cell, so the graph keeps its own."
            reading.issues.append(_issue("unknown_setting", made.made.lineno, words))
    if isinstance(given.get("params"), (list, dict)):
        words = "The graph has one optimizer for all weights, not groups of them; the cell keeps yours."
        reading.issues.append(_issue("unknown_setting", made.made.lineno, words))
    for keyword in given.keys() - arguments.keys() - {"params"}:
        if given[keyword] != usual.get(keyword):
            words = f"The output node has no setting for {keyword} of the optimizer; the cell keeps it."
            reading.issues.append(_issue("unknown_setting", made.made.lineno, words))
    remembers = with_momentum({"momentum": 0, **settings})
    scheduled, remarks = read_schedule(value, epochs=reading.scope.find("EPOCHS"), remembers=remembers)
    reading.issues += remarks
    return settings | scheduled


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
