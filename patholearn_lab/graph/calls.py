"""The torch call of a node, written from its parameters and read back into them, both from the same `Argument`s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.quantities import NAMED
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import REQUIRED, Argument, Call, NodeSpec, Pad, Shape, Values


class UnreadableCallError(ValueError):
    """A call that no node of the kind stands for; the message says why, as the end of a sentence."""


def write_call(spec: NodeSpec, values: Values, inputs: tuple[Shape, ...]) -> Call:
    """Return the torch call of a node: what torch would take anyway is left out."""
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for argument in spec.arguments:
        value = _value(argument, values, inputs)
        if argument.positional and len(keywords) == 0:
            positional.append(value)
        elif argument.default is REQUIRED or value != argument.default or isinstance(value, NAMED):
            keywords[argument.name] = value
    target = spec.target_for(values, inputs) if spec.target_for else spec.target.format(**values)
    return Call(tuple(positional), keywords, target, spec.pad(values, inputs) if spec.pad else None)


def read_target(spec: NodeSpec, dotted: str) -> dict[str, ParamValue] | None:
    """Return the parameters that a dotted name stands for, ``{}`` where there are none; None where it is another's."""
    if dotted in (spec.target, *spec.aliases) and "{" not in dotted:
        return {}
    before, brace, rest = spec.target.partition("{")
    name, _, after = rest.partition("}")
    value = dotted.removeprefix(before).removesuffix(after)
    if not brace or dotted != f"{before}{value}{after}" or not value.isidentifier():
        return None
    param = spec.param(name)
    assert param is not None, f"{spec.kind} declares no parameter {name!r}"
    if param.type == "choice" and value not in param.choices:
        return None
    return {} if _is_default(spec, name, value) else {name: value}


def read_call(spec: NodeSpec, positional: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, ParamValue]:
    """Return the parameters of the node that a torch call stands for; what is missing has torch's default.

    Parameters
    ----------
    spec
        The kind.
    positional, keywords
        The arguments as plain values; positional ones are those of the declaration, in its order. A tensor that a
        function is called with is not among them.

    Raises
    ------
    UnreadableCallError
        When an argument is unknown, has a value that the kind cannot have, or is missing.
    """
    if len(positional) > len(spec.arguments):
        raise UnreadableCallError(f"it has {len(positional)} arguments, but {spec.label} takes {len(spec.arguments)}")
    given = {argument.name: value for argument, value in zip(spec.arguments, positional, strict=False)}
    known = {argument.name for argument in spec.arguments}
    for name, value in keywords.items():
        if name not in known:
            raise UnreadableCallError(f"{spec.label} has no argument {name!r} that a node could keep")
        if name in given:
            raise UnreadableCallError(f"the argument {name!r} is given twice")
        given[name] = value
    params: dict[str, ParamValue] = {}
    for argument in spec.arguments:
        if argument.derived is not None and argument.read is None:
            continue
        if argument.name not in given and argument.default is REQUIRED:
            raise UnreadableCallError(f"the argument {argument.name!r} is missing")
        value = given.get(argument.name, argument.default)
        if argument.fixed is not None:
            if value != argument.fixed:
                raise UnreadableCallError(f"{spec.label} always has {argument.name}={argument.fixed!r}, not {value!r}")
        elif argument.read is not None:
            params |= argument.read(value)
        else:
            params |= _as_param(spec, argument, value)
    return {name: value for name, value in params.items() if value is not None and not _is_default(spec, name, value)}


def read_pad(
    spec: NodeSpec, params: Mapping[str, ParamValue], pad: Pad, inputs: tuple[Shape, ...]
) -> dict[str, ParamValue] | None:
    """Return the parameters of a call that follows an ``F.pad``, or None where the two are no ``same_padding``.

    `params` are those that `read_call` gave for the call alone, `inputs` the shapes before the padding.
    """
    if spec.pad is None:
        return None
    same = {**params, "same_padding": True}
    values, problems = values_of(spec, same)
    return same if not problems and spec.pad(values, inputs) == pad else None


def size_text(value: Any) -> ParamValue:
    """Return a size or a row of numbers as a document keeps it: (3, 3) as 3, (1, 7) as ``"1, 7"``."""
    if isinstance(value, (tuple, list)):
        if len(value) == 2 and value[0] == value[1]:
            return int(value[0])
        return ", ".join(str(int(item)) for item in value)
    return value  # type: ignore[no-any-return]


def _value(argument: Argument, values: Values, inputs: tuple[Shape, ...]) -> Any:
    if argument.derived is not None:
        return argument.derived(values, inputs)
    if argument.fixed is not None:
        return argument.fixed
    if argument.write is not None:
        return argument.write(values)
    return values[argument.param or argument.name]


def _as_param(spec: NodeSpec, argument: Argument, value: Any) -> dict[str, ParamValue]:
    name = argument.param or argument.name
    param = spec.param(name)
    assert param is not None, f"{spec.kind} declares no parameter {name!r}"
    if param.type == "size":
        return {name: size_text(value)}
    if param.type == "ints":
        return {name: ", ".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return {name: value}
    raise UnreadableCallError(f"the argument {argument.name!r} is {value!r}, which no node could keep")


def _is_default(spec: NodeSpec, name: str, value: ParamValue) -> bool:
    param = spec.param(name)
    return param is not None and param.default == value and isinstance(param.default, bool) == isinstance(value, bool)
