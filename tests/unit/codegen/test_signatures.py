"""The table of torch's signatures is what the installed torch has."""

from __future__ import annotations

import inspect
from typing import Any, get_overloads

import pytest
import torch

from patholearn_lab.codegen.signatures import REQUIRED, known, signature

_PARTS = {"NLLLoss2d": "NLLLoss", "max_pool2d": "_max_pool2d", "adaptive_max_pool2d": "_adaptive_max_pool2d"}
"""What really has the arguments of a function that only passes them on."""


def in_torch(dotted: str) -> Any:
    """Return what a dotted name stands for."""
    _, *middle, name = dotted.split(".")
    found: Any = torch
    for part in middle:
        found = getattr(found, part)
    return getattr(found, _PARTS.get(name, name))


def parameters(dotted: str) -> list[dict[str, Any]]:
    """Return the parameters of a callable with their defaults, once for each way in which it can be called."""
    found = in_torch(dotted)
    try:
        overloads = get_overloads(found.__init__) if inspect.isclass(found) else ()
        ways = [*map(inspect.signature, overloads), inspect.signature(found)]
    except ValueError:
        return [schema(one) for one in torch._C._jit_get_schemas_for_operator(f"aten::{found.__name__}")]
    return [python(way) for way in ways]


def python(way: inspect.Signature) -> dict[str, Any]:
    """Return the parameters of a Python function, but for private ones; a function among the defaults by its name."""
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        one.name: REQUIRED if one.default is one.empty else getattr(one.default, "__name__", one.default)
        for one in way.parameters.values()
        if one.name != "self" and not one.name.startswith("_") and one.kind not in kinds
    }


def schema(one: Any) -> dict[str, Any]:
    """Return the parameters of an operator that is written in C++."""
    return {
        "input" if argument.name == "self" else argument.name: (
            (tuple(argument.default_value) if isinstance(argument.default_value, list) else argument.default_value)
            if argument.has_default_value()
            else REQUIRED
        )
        for argument in one.arguments
    }


def agrees(written: dict[str, Any], real: dict[str, Any]) -> bool:
    """Return whether a line of the table is one way to call something.

    None stands for what another way leaves out and for an empty row, a number for a row of two such numbers.
    """
    return list(written) == list(real) and all(
        value == real[name] or (value is None and real[name] in (REQUIRED, ())) or real[name] == (value, value)
        for name, value in written.items()
    )


@pytest.mark.parametrize("dotted", known())
def test_a_signature_is_that_of_the_installed_torch(dotted: str) -> None:
    own = signature(dotted)
    assert own is not None
    ways = parameters(dotted)
    assert any(agrees(dict(own.defaults), way) for way in ways), (own, ways)


@pytest.mark.parametrize("dotted", ["torch.nn.Conv2d", "torch.flatten", "torch.nn.GRU"])
def test_another_default_or_order_would_be_noticed(dotted: str) -> None:
    own = signature(dotted)
    assert own is not None
    name = list(own.defaults)[-2]
    other = dict(own.defaults) | {name: "other"}
    assert not any(agrees(other, way) for way in parameters(dotted))
    turned = dict(reversed(own.defaults.items()))
    assert not any(agrees(turned, way) for way in parameters(dotted))
