"""The signatures of torch's layers and functions, so that positional arguments get their names without importing torch.

``signatures.txt`` has one a line; a test compares them with the installed torch.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from patholearn_lab.graph.calls import UnreadableCallError

REQUIRED: Any = object()
"""The default of a parameter that has none."""


@dataclass(frozen=True)
class Signature:
    """The parameters of a callable with their defaults, in order; `open` where it takes any further positional ones."""

    defaults: Mapping[str, Any]
    open: bool = False

    def bind(self, positional: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given arguments by their names. Raises UnreadableCallError where they do not fit."""
        names = list(self.defaults)
        if len(positional) > len(names) and not self.open:
            raise UnreadableCallError(f"it has {len(positional)} arguments, but takes {len(names)} at most")
        bound = dict(zip(names, positional, strict=False))
        for name, value in keywords.items():
            if name in bound:
                raise UnreadableCallError(f"the argument {name!r} is given twice")
            if name not in self.defaults:
                raise UnreadableCallError(f"it has no argument {name!r}")
            bound[name] = value
        return bound


@cache
def signature(dotted: str) -> Signature | None:
    """Return the signature of ``torch.nn.Conv2d`` and the like, or None where it is not known."""
    text = _texts().get(dotted)
    if text is None:
        return None
    arguments = _arguments(text)
    missing = len(arguments.args) - len(arguments.defaults)
    defaults: dict[str, Any] = {argument.arg: REQUIRED for argument in arguments.args[:missing]}
    for argument, default in zip(arguments.args[missing:], arguments.defaults, strict=True):
        defaults[argument.arg] = ast.literal_eval(default)
    return Signature(defaults, open=arguments.vararg is not None)


def known() -> tuple[str, ...]:
    """Return the dotted names whose signatures are known."""
    return tuple(_texts())


def _arguments(text: str) -> ast.arguments:
    function = ast.parse(f"def f{text}: ...").body[0]
    assert isinstance(function, ast.FunctionDef), text
    return function.args


@cache
def _texts() -> Mapping[str, str]:
    text = (files("patholearn_lab.codegen") / "signatures.txt").read_text(encoding="utf-8")
    return {line[: line.index("(")]: line[line.index("(") :] for line in text.splitlines()}
