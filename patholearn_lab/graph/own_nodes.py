"""Researchers' own classes as kinds of nodes: declared by what Python knows about them already.

The signature of ``__init__`` gives the parameters, the source gives the class above the network, and a `Trial` gives
the shapes. The trial is handed in, because it needs torch (:mod:`patholearn_lab.tracing.own_nodes`).
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.class_source import ClassSource
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.parts import ParamType
from patholearn_lab.graph.spec import Argument, Category, NodeSpec, Param, Port, PortType, Shape, Values

Limits: TypeAlias = Mapping[str, tuple[float | None, float | None]]
_TYPES: dict[type, ParamType] = {bool: "bool", int: "int", float: "float", str: "text"}
_FIRST_SIZES = frozenset({"in_channels", "channels", "num_channels", "num_features"})
_LAST_SIZES = frozenset({"in_features", "features", "input_size", "embed_dim", "d_model", "dim"})


@dataclass(frozen=True)
class Tried:
    """What a module gives for inputs of certain shapes: the shape of its output, its weights and its multiply-adds."""

    shape: Shape
    parameters: int
    multiply_adds: int


Trial: TypeAlias = Callable[[Values, Mapping[str, int], tuple[Shape, ...]], Tried]
"""Makes the module with these settings and sizes of its inputs, and tries it.

Raises `ShapeProblem` where it does not take the inputs."""


def declare(
    cls: type,
    trial: Trial,
    *,
    inputs: Mapping[str, tuple[PortType, ...]],
    output: tuple[PortType, ...],
    label: str = "",
    category: Category = "Own",
    limits: Limits | None = None,
) -> NodeSpec:
    """Return the kind of a class.

    Parameters
    ----------
    cls
        A class of modules.
    trial
        Finds the shapes.
    inputs, output
        What each input of ``forward`` takes, in order, and what comes out; the same as at the first input where empty.
    label, category
        What it is called, and where in the palette it stands.
    limits
        The least and the greatest value of parameters; None for an open end.

    Raises
    ------
    InvalidInputError
        When an argument of ``__init__`` is of a type that no node can keep, or has no default and does not follow from
        the inputs; or when the source of the class cannot stand in a cell.
    """
    name = cls.__name__
    label = label or " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)) or name
    source = ClassSource.of(cls)
    params, arguments = _parameters(cls, dict(limits or {}))

    def tried(values: Values, shapes: tuple[Shape, ...]) -> Tried:
        derived = {item.name: item.derived(values, shapes) for item in arguments if item.derived is not None}
        return trial(values, derived, shapes)

    about = (inspect.getdoc(cls) or f"A class of your own, {name}.").strip()
    first = about.partition("\n")[0].strip()
    return NodeSpec(
        kind=kind_of(name),
        label=label,
        category=category,
        summary=first if first.endswith(".") else f"{first}.",
        target=source.target,
        source=source.text,
        imports=source.imports,
        stem=re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()[:40],
        inputs=tuple(Port(name=key, label=key.capitalize(), types=kinds) for key, kinds in inputs.items()),
        outputs=(Port(name="output", label="Output", types=output, same_as=None if output else next(iter(inputs))),),
        params=params,
        shape=lambda values, shapes: tried(values, shapes).shape,
        parameters=lambda values, shapes, _output: tried(values, shapes).parameters,
        multiply_adds=lambda values, shapes, _output: tried(values, shapes).multiply_adds,
        arguments=arguments,
        help=f"{about}\n",
        own=True,
    )


def register(spec: NodeSpec) -> None:
    """Put a researcher's kind on the palette, in the place of an earlier one of that name."""
    for kind in catalog:
        other = catalog[kind]
        if kind != spec.kind and other.source and other.target == spec.target:
            raise InvalidInputError(
                f"The class name {spec.target!r} is taken by the node {other.label!r}, which is there already.",
                "Give the class another name.",
            )
    catalog.replace(spec.kind, spec)


def own_kinds() -> list[str]:
    """Return the kinds that researchers added in this process."""
    return [kind for kind in catalog if catalog[kind].own]


def kind_of(class_name: str) -> str:
    """Return the kind of a class: ``own_gated_block`` for ``GatedBlock``. No kind of the library begins so."""
    return "own_" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).lower()


def _parameters(cls: type, limits: dict[str, tuple[float | None, float | None]]) -> tuple[tuple[Param, ...], Any]:
    params: list[Param] = []
    arguments: list[Argument] = []
    hints = _hints(cls)
    for name, parameter in list(inspect.signature(cls.__init__).parameters.items())[1:]:  # type: ignore[misc]
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        required = parameter.default is parameter.empty
        if required and name in _FIRST_SIZES | _LAST_SIZES:
            place = 0 if name in _FIRST_SIZES else -1
            arguments.append(Argument(name, derived=_size_at(place), positional=not params))
            continue
        if required:
            raise InvalidInputError(
                f"{cls.__name__}: the argument {name!r} of __init__ has no default, so a node cannot have it.",
                f"Give it a default, such as {name}: int = 8. Sizes that follow from the input need "
                "none if they are called in_channels or in_features.",
            )
        params.append(_param(cls, name, hints.get(name), parameter.default, *limits.pop(name, (None, None))))
        arguments.append(Argument(name, default=parameter.default))
    if limits:
        raise InvalidInputError(
            f"{cls.__name__}: there are limits for {sorted(limits)[0]!r}, which is no argument of __init__.",
            "Limits are given by the names of the arguments.",
        )
    return tuple(params), tuple(arguments)


def _size_at(place: int) -> Callable[[Values, tuple[Shape, ...]], int]:
    return lambda _values, shapes: shapes[0][place]


def _param(cls: type, name: str, hint: Any, default: ParamValue, minimum: float | None, maximum: float | None) -> Param:
    hint = type(default) if hint is None else hint
    if get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint):
        hint = next(part for part in get_args(hint) if part is not type(None))
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    kind: ParamType | None = "choice" if choices else _TYPES.get(hint)
    if kind is None or not all(isinstance(choice, str) for choice in choices):
        raise InvalidInputError(
            f"{cls.__name__}: the argument {name!r} of __init__ is of the type "
            f"{getattr(hint, '__name__', hint)}, which no setting of a node can be.",
            "Take int, float, bool, str or Literal of texts, and a default.",
        )
    return Param(
        name=name,
        type=kind,
        default=float(default) if kind == "float" and isinstance(default, int) else default,
        label=name.replace("_", " ").capitalize(),
        help=f"The argument {name} of {cls.__name__}.",
        choices=choices,
        minimum=minimum,
        maximum=maximum,
    )


def _hints(cls: type) -> dict[str, Any]:
    try:
        return get_type_hints(cls.__init__)  # type: ignore[misc]
    except (NameError, TypeError) as error:
        raise InvalidInputError(
            f"{cls.__name__}: the annotations of __init__ cannot be read: {error}.",
            "Import what they name before the class.",
        ) from error
