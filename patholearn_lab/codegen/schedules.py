"""The schedule that a cell gives its optimizer, read into the settings of the output node."""

from __future__ import annotations

import ast
from typing import Any

from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.signatures import signature
from patholearn_lab.codegen.symbols import Built, Instance, Method
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.learning.schedules import EPOCHS, MODULE, SCHEDULES, WARMUP, Schedule

_USUAL: dict[str, Any] = {"interval": "epoch", "frequency": 1, "monitor": None}
"""What Lightning takes where a schedule comes without a word."""


def read_schedule(value: Any, *, epochs: Any, remembers: bool) -> tuple[dict[str, ParamValue], list[CodeIssue]]:
    """Return the settings of a schedule, and what of it the graph does not take over.

    Parameters
    ----------
    value
        What ``configure_optimizers`` returns.
    epochs
        What the cell says about how long it trains.
    remembers
        Whether the optimizer has a momentum that a one-cycle schedule changes by default.
    """
    parts = list(dict.fromkeys(_schedules(value)))
    if not parts:
        return {"schedule": "none"}, []
    outer, *inner = parts
    name = next((name for name, one in SCHEDULES.items() if outer.dotted == f"{MODULE}.{one.target}"), None)
    try:
        if name == "warmup_cosine":
            return {"schedule": name, **_warmup(outer, inner, epochs)}, []
        if name is None or inner:
            raise UnreadableCallError("the graph has no schedule like this")
        settings, remarks = _settings(name, outer, epochs, remembers)
        remarks += _differences(SCHEDULES[name], outer, value)
    except UnreadableCallError as error:
        return {}, [_not_read(made, str(error)) for made in parts]
    return {"schedule": name, **settings}, remarks


def _settings(name: str, made: Built, epochs: Any, remembers: bool) -> tuple[dict[str, ParamValue], list[CodeIssue]]:
    schedule, given = SCHEDULES[name], _given(made)
    settings: dict[str, ParamValue] = {}
    for argument in schedule.arguments:
        value = given.pop(argument.name)
        if not is_plain(value) or value is None:
            raise UnreadableCallError(f"the value of {argument.name} shows only when the cell runs")
        settings[argument.param or argument.name] = value
    if settings.get("decay") == schedule.usual_decay:
        settings["decay"] = None
    for keyword, text in schedule.computed.items():
        if _words(given.pop(keyword)) not in {text, *([str(epochs)] if text == EPOCHS else [])}:
            raise UnreadableCallError(f"the graph takes {keyword}={text}")
    known = signature(made.dotted)
    usual = dict(known.defaults) if known else {}
    if name == "one_cycle":
        usual["cycle_momentum"] = remembers
    extra = [argument for argument, value in given.items() if argument != "optimizer" and value != usual[argument]]
    return settings, [_unknown(made, argument) for argument in extra]


def _given(made: Built) -> dict[str, Any]:
    """Return the arguments of a schedule, with torch's defaults for those that are left out."""
    known = signature(made.dotted)
    if known is None:
        raise UnreadableCallError("the graph has no schedule like this")
    return dict(known.defaults) | known.bind(made.positional, made.keywords)


def _warmup(outer: Built, inner: list[Built], epochs: Any) -> dict[str, ParamValue]:
    """Return the settings of a slow start before a cosine."""
    if [part.dotted for part in inner] != [f"{MODULE}.LinearLR", f"{MODULE}.CosineAnnealingLR"]:
        raise UnreadableCallError("the graph has one such schedule, a LinearLR before a CosineAnnealingLR")
    start, cosine = map(_given, inner)
    length = start["total_iters"]
    if not isinstance(length, int) or _given(outer)["milestones"] != [length]:
        raise UnreadableCallError("total_iters of the first and milestones of both have to be the same number")
    if start["start_factor"] != WARMUP or start["end_factor"] != 1 or cosine["eta_min"] != 0:
        raise UnreadableCallError(f"the graph takes start_factor={WARMUP}, end_factor=1 and eta_min=0")
    rest = cosine["T_max"]
    written = _argument(inner[1].made, "T_max", 1).replace(" ", "")
    usual = f"max(1,{EPOCHS}-{length})", f"{EPOCHS}-{length}"
    if written not in usual and not (isinstance(epochs, int) and rest == epochs - length):
        raise UnreadableCallError(f"the graph takes T_max=max(1, {EPOCHS} - {length})")
    return {"warmup_epochs": length}


def _differences(schedule: Schedule, made: Built, value: Any) -> list[CodeIssue]:
    """Return what Lightning is told otherwise than the graph would."""
    told = _USUAL | (_configuration(made, value) or {})
    wanted = _USUAL | dict(schedule.configuration)
    return [
        _not_read(made, f"the graph sets {key!r} to {wanted[key]!r} here")
        for key in _USUAL
        if told[key] != wanted[key] and (key != "monitor" or schedule.configuration.get(key))
    ]


def _configuration(made: Built, value: Any, depth: int = 5) -> dict[str, Any] | None:
    """Return the dictionary that holds a schedule: ``{"scheduler": …, "interval": "step"}``."""
    if not depth or not isinstance(value, (dict, list, tuple)):
        return None
    if isinstance(value, dict) and value.get("scheduler") is made:
        return value
    own = {key: item for key, item in value.items() if key in _USUAL} if isinstance(value, dict) else {}
    for item in value.values() if isinstance(value, dict) else value:
        if item is made and own:
            return own
        found = _configuration(made, item, depth - 1)
        if found is not None:
            return found
    return None


def _schedules(value: Any, depth: int = 5) -> list[Built]:
    """Return the schedules in what ``configure_optimizers`` returns, those that another is made of included."""
    inner: list[Any] = []
    found: list[Built] = []
    match value:
        case Built(dotted=dotted, positional=positional, keywords=keywords):
            found += [value] if dotted.startswith(f"{MODULE}.") else []
            inner += [*positional, *keywords.values()]
        case dict():
            inner += value.values()
        case list() | tuple():
            inner += value
    return found + [made for item in inner for made in _schedules(item, depth - 1)] if depth else found


def _argument(made: ast.Call, name: str, place: int) -> str:
    """Return an argument of a call as it is written."""
    named = next((keyword.value for keyword in made.keywords if keyword.arg == name), None)
    found = named or (made.args[place] if len(made.args) > place else None)
    return ast.unparse(found) if found is not None else ""


def _words(value: Any) -> str:
    """Return ``self.trainer.max_epochs`` for what the reading knows by these words, and numbers as they are."""
    match value:
        case Method(owner=owner, name=name):
            return f"{_words(owner)}.{name}"
        case Instance():
            return "self"
    return str(value) if is_plain(value) else ""


def _not_read(made: Built, why: str) -> CodeIssue:
    words = (
        f"The graph does not take over “{ast.unparse(made.made)}”, which changes the learning rate: {why}. "
        "Choose the schedule at the output node; the cell keeps this line."
    )
    return CodeIssue(code="schedule_not_read", severity="warning", line=made.made.lineno, message=words)


def _unknown(made: Built, argument: str) -> CodeIssue:
    words = f"The output node has no setting for {argument} of the schedule; the cell keeps it."
    return CodeIssue(code="unknown_setting", severity="error", line=made.made.lineno, message=words)
