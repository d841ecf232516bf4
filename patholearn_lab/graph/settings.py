"""The parameters of a node, with defaults filled in, and what is wrong with those that were given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import NodeSpec, Param, Values


@dataclass(frozen=True)
class SettingProblem:
    """A parameter that cannot be used as it is, and a value that could."""

    code: str
    param: str
    message: str
    better: ParamValue
    """What to set it to; None resets it to its default."""


def values_of(spec: NodeSpec, params: Mapping[str, ParamValue]) -> tuple[Values, list[SettingProblem]]:
    """Return all values of a node of that kind, and the problems; where there is one, the default stands in."""
    values: dict[str, ParamValue] = {}
    problems: list[SettingProblem] = []
    for param in spec.params:
        given = params.get(param.name)
        if given is None:
            values[param.name] = param.default
            continue
        value = _as_declared(param, given)
        found = list(_problems(param, value))
        problems += found
        values[param.name] = param.default if found else value
    return values, problems


def unknown_params(spec: NodeSpec, params: Mapping[str, ParamValue]) -> list[str]:
    """Return the names of parameters that the kind does not have."""
    return sorted(set(params) - {param.name for param in spec.params})


def _as_declared(param: Param, value: ParamValue) -> ParamValue:
    """Return 3.0 as 3 for an int and 1 as 1.0 for a float: a browser does not tell them apart."""
    if isinstance(value, bool):
        return value
    if param.type == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    if param.type == "float" and isinstance(value, int):
        return float(value)
    return value


_TYPES = {"int": int, "float": float, "bool": bool, "choice": str, "text": str, "dataset": str}
_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "on or off",
    "choice": "one of its choices",
    "text": "a text",
    "dataset": "the id of a data set",
}


def _problems(param: Param, value: ParamValue) -> Iterator[SettingProblem]:
    label = f"“{param.label}”"
    if not isinstance(value, _TYPES[param.type]) or (isinstance(value, bool) and param.type != "bool"):
        yield SettingProblem(
            "parameter_type", param.name, f"{label} must be {_TYPE_WORDS[param.type]}, but it is {value!r}.", None
        )
    elif param.type == "choice" and value not in param.choices:
        yield SettingProblem(
            "parameter_choice",
            param.name,
            f"{label} must be one of {', '.join(param.choices)}, but it is {value!r}.",
            None,
        )
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if param.minimum is not None and value < param.minimum:
            yield _out_of_range(param, value, f"at least {_number(param.minimum)}", param.minimum)
        elif param.maximum is not None and value > param.maximum:
            yield _out_of_range(param, value, f"at most {_number(param.maximum)}", param.maximum)


def _out_of_range(param: Param, value: float, rule: str, bound: float) -> SettingProblem:
    better = int(bound) if param.type == "int" else bound
    return SettingProblem(
        "parameter_range", param.name, f"“{param.label}” must be {rule}, but it is {_number(value)}.", better
    )


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"
