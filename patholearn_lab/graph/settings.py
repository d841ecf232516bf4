"""The parameters of a node, with defaults filled in, and what is wrong with those that were given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from patholearn_lab.graph.document import ParamType, ParamValue
from patholearn_lab.graph.quantities import NAMED, NamedRow, Quantity
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
    values: dict[str, Value] = {}
    problems: list[SettingProblem] = []
    for param in spec.params:
        given = params.get(param.name)
        if given is None:
            values[param.name] = _default(param)
            continue
        value = _as_declared(param, given)
        # A value that is written as a name was checked when it was a plain one.
        found = [] if isinstance(value, NAMED) else list(_problems(param, value))
        problems += found
        values[param.name] = _default(param) if found else value
    return values, problems


def _default(param: Param) -> Value:
    return None if param.default is None else _as_declared(param, param.default)


def unknown_params(spec: NodeSpec, params: Mapping[str, ParamValue]) -> list[str]:
    """Return the names of parameters that the kind does not have."""
    return sorted(name for name in params if spec.param(name) is None)


def _as_declared(param: Param, value: ParamValue) -> Value:
    """Return 3.0 as 3 for an int and 1 as 1.0 for a float, which a browser does not tell apart; "1, 7" as (1, 7)."""
    if isinstance(value, bool | Quantity | NamedRow):
        return value
    if param.type == "int" and isinstance(value, float) and value.is_integer():
        return int(value)
    if param.type == "float" and isinstance(value, int):
        return float(value)
    if param.type == "size":
        numbers = _whole_numbers(value)
        if numbers and len(numbers) <= 2:
            return numbers[0] if len(set(numbers)) == 1 else numbers
    if param.type == "ints":
        return _whole_numbers(value) or value
    return value


def _whole_numbers(value: ParamValue) -> tuple[int, ...] | None:
    """Return (1, 7) for "1, 7" and (3,) for 3; None for what is no row of whole numbers."""
    if isinstance(value, (int, float)):
        return (int(value),) if float(value).is_integer() else None
    parts = [part for part in re.split(r"[\s,×x]+", str(value).strip(" ()[]")) if part]
    # Longer than any shape, and longer numbers than any size: somebody's prose.
    if not parts or len(parts) > 8 or not all(re.fullmatch(r"-?\d{1,9}", part) for part in parts):
        return None
    return tuple(map(int, parts))


Value: TypeAlias = ParamValue | tuple[int, ...]
"""What a parameter is once it was read: sizes and rows of numbers are tuples."""

_TYPES: dict[ParamType, type | tuple[type, ...]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "choice": str,
    "text": str,
    "code": str,
    "dataset": str,
    "size": (int, tuple),
    "ints": tuple,
}
_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "on or off",
    "choice": "one of its choices",
    "text": "a text",
    "code": "Python, as a text",
    "dataset": "the id of a data set",
    "size": "a whole number, or two with a comma between them (height, width)",
    "ints": "whole numbers with commas between them",
}


def _problems(param: Param, value: Value) -> Iterator[SettingProblem]:
    label = f"“{param.label}”"
    if not isinstance(value, _TYPES[param.type]) or (isinstance(value, bool) and param.type != "bool"):
        yield SettingProblem(
            "parameter_type", param.name, f"{label} must be {_TYPE_WORDS[param.type]}, but it is {value!r}.", None
        )
        return
    if param.type == "choice" and value not in param.choices:
        yield SettingProblem(
            "parameter_choice",
            param.name,
            f"{label} must be one of {', '.join(param.choices)}, but it is {value!r}.",
            None,
        )
        return
    numbers = value if isinstance(value, tuple) else (value,)
    for number in numbers:
        if isinstance(number, (bool, str)) or number is None:
            continue
        if param.minimum is not None and number < param.minimum:
            yield _out_of_range(param, number, f"at least {_number(param.minimum)}", param.minimum)
            return
        if param.maximum is not None and number > param.maximum:
            yield _out_of_range(param, number, f"at most {_number(param.maximum)}", param.maximum)
            return


def _out_of_range(param: Param, value: float, rule: str, bound: float) -> SettingProblem:
    better = int(bound) if param.type in ("int", "size", "ints") else bound
    return SettingProblem(
        "parameter_range", param.name, f"“{param.label}” must be {rule}, but it is {_number(value)}.", better
    )


def _number(value: float) -> str:
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"
