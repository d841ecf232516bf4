"""What the names of a cell stand for while it is read: numbers and texts as they are, everything else as a symbol.

Nothing of the cell is ever run. A layer is the written call that would make it, a tensor is the node that it comes
from, and what the reading cannot know is `Unknown`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any, Literal

from patholearn_lab.graph.spec import Pad, Shape


class UnreadableError(Exception):
    """Something in the cell that no graph can show; the message is a sentence."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class ExhaustedError(Exception):
    """The cell asks for more work than a reading may take."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True)
class Named:
    """Something imported or built in, by its dotted name: ``torch.nn.Conv2d``, ``builtins.range``."""

    dotted: str


@dataclass(eq=False)
class Built:
    """What a call of something imported would make: ``nn.Conv2d(1, 6, 5)``.

    `name` is where the network keeps it; it is `numbered` where that is a place in a row of layers. `setups` are the
    statements of ``__init__`` that change it, each with what it is called there (`preparing.py`).
    """

    dotted: str
    positional: tuple[Any, ...]
    keywords: dict[str, Any]
    made: ast.Call
    name: str = ""
    numbered: bool = False
    used: int = 0
    setups: list[tuple[str, ast.stmt]] = field(default_factory=list)


@dataclass(eq=False)
class Holder:
    """A Sequential, ModuleList or ModuleDict with its layers by name, in order."""

    style: Literal["sequential", "list", "dict"]
    items: dict[str, Any]
    name: str = ""


@dataclass(eq=False)
class OwnClass:
    """A class that the cell defines."""

    definition: ast.ClassDef
    bases: tuple[Any, ...]
    scope: Scope
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)


@dataclass(eq=False)
class OwnFunction:
    """A function that the cell defines, with the object (or class) that it is called on where it is a method."""

    definition: ast.FunctionDef | ast.Lambda
    scope: Scope
    owner: Instance | OwnClass | None = None


@dataclass(eq=False)
class Instance:
    """An object of a class of the cell, with its attributes and the call that made it.

    `is_block` once it was drawn as one node. `begun` is the call of its base's ``__init__``, where that base is
    imported and takes arguments.
    """

    of: OwnClass
    attributes: dict[str, Any] = field(default_factory=dict)
    positional: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    made: ast.Call | None = None
    name: str = ""
    numbered: bool = False
    used: int = 0
    is_block: bool = False
    begun: Built | None = None


@dataclass(frozen=True)
class Method:
    """A method of a symbol or of a plain value: ``x.flatten``, ``layers.append``."""

    owner: Any
    name: str


@dataclass(frozen=True)
class Partial:
    """What ``functools.partial`` makes: a call with some of its arguments."""

    function: Any
    positional: tuple[Any, ...]
    keywords: dict[str, Any]


@dataclass(eq=False)
class Bag:
    """Values under names: a ``SimpleNamespace``, and the ``hparams`` that ``save_hyperparameters()`` keeps."""

    values: dict[str, Any]


@dataclass(frozen=True)
class Super:
    """What ``super()`` gives: the same object, seen as what its class derives from."""

    owner: Instance
    bases: tuple[Any, ...]


@dataclass(frozen=True)
class Signal:
    """A tensor: the node and port that it comes from, and its shape where that is known.

    `pad` is what ``F.pad`` has put around it since; `shape` is that from before.
    """

    node: str
    port: str
    shape: Shape | None
    pad: Pad | None = None


@dataclass(frozen=True)
class Unknown:
    """A value that the reading cannot know."""


class Scope:
    """Names and their values, with those of the scope around it."""

    def __init__(self, around: Scope | None = None, names: dict[str, Any] | None = None) -> None:
        self.names: dict[str, Any] = {} if names is None else names
        self._around = around

    def find(self, name: str) -> Any:
        """Return what the name stands for; `Unknown` where nobody said."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope._around
        return Unknown()


def signals_in(value: Any, depth: int = 4) -> list[Signal]:
    """Return the tensors in a value, those in lists and tuples included."""
    if isinstance(value, Signal):
        return [value]
    if depth and isinstance(value, (list, tuple, dict)):
        inner = value.values() if isinstance(value, dict) else value
        return [signal for item in inner for signal in signals_in(item, depth - 1)]
    return []
