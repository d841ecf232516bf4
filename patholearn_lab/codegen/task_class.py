"""What a network that derives from the library's task class says about how it learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.heads import SPLITS
from patholearn_lab.codegen.reading import TASK
from patholearn_lab.codegen.symbols import Built, Instance
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.learning.settings import IN_CONSTANTS, TRAINING
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.spec import Param

_OUTPUT = "Output"
_NO_SETTINGS = frozenset({"task", "width", "metrics"})
"""Arguments of an output that are no settings of its node."""


def task_settings(reading: Reading) -> dict[str, dict[str, ParamValue]] | None:
    """Return the settings of the outputs, those of the training at the first; None for another class."""
    begun = _begun(reading)
    if begun is None:
        return None
    names = tuple(reading.outputs) or ("",)
    found: dict[str, dict[str, ParamValue]] = {name: {} for name in names}
    outputs = _outputs(begun)
    if set(outputs) != set(names):
        words = "What the network learns is not what the graph's outputs are called; the cell keeps it."
        reading.issues.append(CodeIssue(code="outputs_differ", severity="error", line=begun.made.lineno, message=words))
    for name in [name for name in names if name in outputs]:
        output = outputs[name]
        kinds = [objective.kind for task, objective in OBJECTIVES.items() if task == _argument(output, 0, "task")]
        params = catalog[kinds[0]].params if kinds else ()
        own = tuple(param for param in params if param not in TRAINING)
        found[name] = _settings(reading, output, own, _NO_SETTINGS)
    params = tuple(param for param in TRAINING if param.name not in IN_CONSTANTS)
    first = names[0]
    return found | {first: found[first] | _settings(reading, begun, params, frozenset({"outputs"}))}


def task_metrics(
    reading: Reading, output: str, usual: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]] | None:
    """Return on which splits each metric of an output is measured; None for another class."""
    begun = _begun(reading)
    made = _outputs(begun).get(output) if begun is not None else None
    if made is None:
        return None
    named = made.keywords.get("metrics") or {}
    if isinstance(named, dict) and named:
        return {str(name): frozenset(map(str, splits)) for name, splits in named.items() if isinstance(splits, list)}
    return {str(name): frozenset(SPLITS) for name in named} if isinstance(named, list) and named else dict(usual)


def _begun(reading: Reading) -> Built | None:
    begun = reading.network.begun if isinstance(reading.network, Instance) else None
    return begun if begun is not None and _is(begun, TASK) else None


def _is(made: Any, name: str) -> bool:
    return isinstance(made, Built) and made.dotted.startswith("patholearn_lab.") and made.dotted.endswith(f".{name}")


def _outputs(begun: Built) -> dict[str, Built]:
    given = _argument(begun, 0, "outputs")
    if _is(given, _OUTPUT):
        return {"": given}
    named = given if isinstance(given, dict) else {}
    return {str(name): made for name, made in named.items() if _is(made, _OUTPUT)}


def _argument(made: Built, place: int, name: str) -> Any:
    return made.positional[place] if len(made.positional) > place else made.keywords.get(name)


def _settings(
    reading: Reading, made: Built, params: tuple[Param, ...], others: frozenset[str]
) -> dict[str, ParamValue]:
    """Return all settings of a call, with the defaults for those that it leaves out."""
    settings: dict[str, ParamValue] = {param.name: param.default for param in params}
    for name, value in made.keywords.items():
        if isinstance(value, (list, tuple)) and name == "class_weights" and all(map(is_plain, value)):
            settings[name] = ", ".join(f"{number:g}" for number in value)
        elif name in settings and is_plain(value):
            settings[name] = value
        elif name not in others:
            what = "cannot be worked out from the cell" if name in settings else "is no setting of it"
            words = f"{name} of {made.dotted.rpartition('.')[2]} {what}; the cell keeps it."
            reading.issues.append(
                CodeIssue(code="unknown_setting", severity="error", line=made.made.lineno, message=words)
            )
    return settings
