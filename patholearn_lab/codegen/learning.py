"""How the network of a cell learns, read into the parameters of the output node, and its metrics into metric nodes."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.heads import SPLITS
from patholearn_lab.codegen.symbols import Built, Instance, OwnFunction, UnreadableError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.learning.metrics import BY_TASK
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS

_OPTIMIZERS = {optimizer.target: name for name, optimizer in OPTIMIZERS.items()}
_METRICS: dict[str, str] = {}
for _kind in reversed(tuple(BY_TASK["classification"].values())):
    # Two metrics may be one class with different arguments; the name in the cell tells them apart.
    _METRICS[f"torchmetrics.{_kind.target}"] = _kind.name


def read_settings(reading: Reading) -> dict[str, ParamValue]:
    """Return the parameters of the output that the cell sets: ``{"epochs": 8, "optimizer": "adam", …}``."""
    settings: dict[str, ParamValue] = {}
    for constant, param in (("EPOCHS", "epochs"), ("BATCH_SIZE", "batch_size")):
        value = reading.scope.find(constant)
        if isinstance(value, int):
            settings[param] = value
    return settings | _optimizer(reading) | _loss(reading)


def read_dataset(reading: Reading) -> str | None:
    """Return the data set that the cell names, or None where it names none."""
    value = reading.scope.find("DATASET")
    return value if isinstance(value, str) else None


def read_metrics(reading: Reading) -> dict[str, frozenset[str]] | None:
    """Return on which splits each metric is measured; None where the cell has no metrics that could be read."""
    found: dict[str, set[str]] = {}
    if not isinstance(reading.network, Instance):
        return None
    for split in SPLITS:
        collection = reading.network.attributes.get(f"{split}_metrics")
        if not isinstance(collection, Built) or collection.dotted != "torchmetrics.MetricCollection":
            return None
        entries = collection.positional[0] if collection.positional else {}
        for metric in entries.values() if isinstance(entries, dict) else entries:
            if isinstance(metric, Built) and metric.dotted in _METRICS:
                found.setdefault(_METRICS[metric.dotted], set()).add(split)
            elif isinstance(metric, Built):
                reading.issues.append(
                    _issue("unknown_metric", metric.made.lineno, f"There is no metric node for {metric.dotted}.")
                )
    return {name: frozenset(splits) for name, splits in found.items()}


def _optimizer(reading: Reading) -> dict[str, ParamValue]:
    made = _returned(reading, "configure_optimizers")
    if made is None:
        return {}
    if made.dotted not in _OPTIMIZERS:
        words = f"The graph has no optimizer {made.dotted}; the cell keeps it."
        reading.issues.append(_issue("unknown_optimizer", made.made.lineno, words))
        return {}
    settings: dict[str, ParamValue] = {"optimizer": _OPTIMIZERS[made.dotted]}
    given = dict(zip(("params", "lr"), made.positional, strict=False)) | made.keywords
    names = {"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"}
    usual = {"learning_rate": 0.001, "weight_decay": 0.0}
    if settings["optimizer"] == "sgd":
        usual["momentum"] = 0.0
    if settings["optimizer"] == "adamw":
        usual["weight_decay"] = 0.01
    settings |= usual
    for name, value in given.items():
        if name in names and is_plain(value):
            settings[names[name]] = value
        elif name != "params":
            words = f"The output node has no setting for {name} of the optimizer; the cell keeps it."
            reading.issues.append(_issue("unknown_setting", made.made.lineno, words))
    return settings


def _returned(reading: Reading, method: str) -> Built | None:
    """Return the first optimizer that a method returns."""
    if not isinstance(reading.network, Instance):
        return None
    function = reading.walker.attribute(reading.network, method)
    if not isinstance(function, OwnFunction):
        return None
    try:
        value: Any = reading.walker.apply(function, (), {}, function.definition)
    except UnreadableError as error:
        reading.issues.append(_issue("unreadable", error.line, error.message))
        return None
    return value if isinstance(value, Built) else None


def _loss(reading: Reading) -> dict[str, ParamValue]:
    for definition in reading.classes:
        for node in ast.walk(definition):
            if isinstance(node, ast.Call) and _name(reading, node) == "torch.nn.functional.cross_entropy":
                smoothing = next((k.value for k in node.keywords if k.arg == "label_smoothing"), None)
                value = reading.walker.evaluate(smoothing, reading.scope) if smoothing is not None else 0.0
                return {"label_smoothing": value} if is_plain(value) else {}
    return {}


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
