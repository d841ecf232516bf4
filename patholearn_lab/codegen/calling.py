"""What calls give: layers of torch, functions and classes of the cell, builtins, methods."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from patholearn_lab.codegen import expressions, tensors
from patholearn_lab.codegen.holders import call_holder_method, holder_of
from patholearn_lab.codegen.own_blocks import Blocks, KnownBlock, NoBlocks
from patholearn_lab.codegen.sketch import Sketch
from patholearn_lab.codegen.symbols import (
    Bag,
    Built,
    ExhaustedError,
    Holder,
    Instance,
    Method,
    Named,
    OwnClass,
    OwnFunction,
    Partial,
    Signal,
    Super,
    Unknown,
    UnreadableError,
    signals_in,
)
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.spec import BATCH, no_cost

MAX_STEPS = 100_000
MAX_DEPTH = 80
"""Of expressions and calls in one another; Python itself allows about five times as many."""
_IGNORED = frozenset({"builtins.print", "builtins.super"})


_NO_BLOCKS = NoBlocks()


class Caller(ABC):
    """Works out calls; what they do to tensors is drawn into `sketch`.

    Parameters
    ----------
    sketch
        The graph in the making.
    kinds
        What kinds the layers of the graph had before, by their names: the choice where a call stands for several.
    blocks
        Tells which objects are blocks of the graph.
    """

    def __init__(self, sketch: Sketch, kinds: Mapping[str, str], blocks: Blocks = _NO_BLOCKS) -> None:
        self.sketch = sketch
        self.repeated: list[tuple[str, int]] = []
        self.opened: dict[str, int] = {}
        self.blocks = blocks
        self._kinds = kinds
        self._steps = 0
        self._depth = 0
        self._ready: dict[int, Any] = {}
        """Values of expressions that were worked out ahead, because working them out twice would draw them twice."""

    @abstractmethod
    def call_own(self, function: OwnFunction, positional: tuple[Any, ...], keywords: dict[str, Any], line: int) -> Any:
        """Return what a function of the cell returns."""

    @abstractmethod
    def make(self, of: OwnClass, positional: tuple[Any, ...], keywords: dict[str, Any], line: int) -> Instance:
        """Return an object of a class of the cell."""

    @abstractmethod
    def keep(self, owner: Instance, name: str, value: Any) -> None:
        """Make something an attribute of an object, and call its layers after it."""

    @abstractmethod
    def hyperparameters(self, owner: Instance) -> dict[str, Any]:
        """Return the arguments with which an object is being made."""

    @contextmanager
    def deeper(self, line: int) -> Iterator[None]:
        """Go one level deeper. Raises UnreadableError where that is too deep."""
        if self._depth >= MAX_DEPTH:
            raise UnreadableError("This is nested too deeply to be read.", line)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def step(self, node: ast.AST) -> None:
        """Count the work; raises ExhaustedError where it is too much."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise ExhaustedError(
                "Reading this cell would take too many steps: loops are unrolled, and these never seem to end.",
                getattr(node, "lineno", 1),
            )

    def apply(
        self, function: Any, positional: tuple[Any, ...], keywords: dict[str, Any], node: ast.Call | ast.AST
    ) -> Any:
        """Return what a call gives. Raises UnreadableError."""
        line = getattr(node, "lineno", 1)
        inputs = [*signals_in(positional), *signals_in(keywords)]
        try:
            match function:
                case OwnFunction():
                    return self.call_own(function, positional, keywords, line)
                case OwnClass():
                    made = self.make(function, positional, keywords, line)
                    made.positional, made.keywords = positional, keywords
                    made.made = node if isinstance(node, ast.Call) else None
                    return made
                case Instance():
                    return self._call_instance(function, positional, keywords, node)
                case Holder():
                    return self._call_holder(function, positional, node)
                case Built() if inputs:
                    return self._call_layer(function, inputs, line)
                case Named():
                    return self._call_named(function.dotted, positional, keywords, node)
                case Method():
                    return self._call_method(function.owner, function.name, positional, keywords, node)
                case Partial():
                    given = (*function.positional, *positional)
                    return self.apply(function.function, given, function.keywords | keywords, node)
        except UnreadableCallError as error:
            text = str(error)
            raise UnreadableError(f"This cannot be drawn: {text}.", line) from error
        if inputs:
            raise UnreadableError("What this does with the tensor is not known here.", line)
        return Unknown()

    def attribute(self, owner: Any, name: str) -> Any:
        """Return ``owner.name``."""
        match owner:
            case Named(dotted=dotted):
                return Named(f"{dotted}.{name}")
            case Instance(attributes=attributes, of=of):
                if name in attributes:
                    return attributes[name]
                if name in of.methods:
                    return self._method(of, of.methods[name], owner)
                held = of.scope.names.get(name)
                return Method(owner, name) if held is None else held
            case OwnClass(methods=methods) if name in methods:
                return self._method(owner, methods[name], None)
            case OwnClass(scope=scope):
                return scope.names.get(name, Unknown())
            case Bag(values=values):
                return values.get(name, Unknown())
            case Signal(shape=shape) if name in ("shape", "ndim"):
                whole = Unknown() if shape is None else (BATCH, *shape)
                return len(whole) if name == "ndim" and isinstance(whole, tuple) else whole
            case Signal() if name in ("device", "dtype"):
                return Unknown()
            case Holder(items=items) if name in items:
                return items[name]
            case Unknown():
                return owner
        return Method(owner, name)

    def _method(self, of: OwnClass, definition: ast.FunctionDef, owner: Instance | None) -> Any:
        """Return a method of an object or a class; of a property, its value."""
        decorators = {ast.unparse(item).rpartition(".")[2] for item in definition.decorator_list}
        if "classmethod" in decorators:
            return OwnFunction(definition, of.scope, of)
        function = OwnFunction(definition, of.scope, owner)
        if owner is not None and decorators & {"property", "cached_property"}:
            return self.call_own(function, (), {}, definition.lineno)
        return function

    def _call_named(self, dotted: str, positional: tuple[Any, ...], keywords: dict[str, Any], node: ast.AST) -> Any:
        name = dotted.removeprefix("builtins.")
        if name == "getattr" and len(positional) >= 2 and isinstance(positional[1], str):
            return self.attribute(positional[0], positional[1])
        if name == "setattr" and len(positional) == 3 and isinstance(positional[0], Instance):
            self.keep(positional[0], str(positional[1]), positional[2])
            return None
        if dotted in _IGNORED:
            return Unknown()
        if dotted == "functools.partial" and positional:
            return Partial(positional[0], positional[1:], keywords)
        if dotted == "types.SimpleNamespace":
            return Bag(keywords)
        if name == "len" and len(positional) == 1 and isinstance(positional[0], Signal):
            return BATCH
        holder = holder_of(dotted, positional, keywords)
        if holder is not None:
            return holder
        if dotted.startswith("builtins.") and not (name == "sum" and signals_in(positional)):
            return expressions.call_builtin(name, positional, keywords)
        if signals_in(positional) or signals_in(keywords):
            return tensors.call_function(self.sketch, dotted, positional, keywords)
        return Built(dotted, positional, keywords, node) if isinstance(node, ast.Call) else Unknown()

    def _call_method(
        self, owner: Any, name: str, positional: tuple[Any, ...], keywords: dict[str, Any], node: ast.AST
    ) -> Any:
        match owner:
            case Signal():
                return tensors.call_method(self.sketch, owner, name, positional, keywords)
            case Super():
                return self._call_super(owner, name, positional, keywords, node)
            case Holder() | Built() | Instance() if name in ("forward", "__call__"):
                return self.apply(owner, positional, keywords, node)
            case Holder() | Built() | Instance() if name in ("to", "cuda", "cpu", "train", "eval", "requires_grad_"):
                return owner
            case Holder():
                return call_holder_method(owner, name, positional)
            case Instance() if name in ("add_module", "register_module", "register_buffer") and len(positional) == 2:
                self.keep(owner, str(positional[0]), positional[1])
                return None
            case Instance() if name == "save_hyperparameters":
                owner.attributes["hparams"] = Bag(self.hyperparameters(owner))
                return None
            case Instance() if name == "children":
                return _layers(owner)
            case Built() if name == "clone":
                return Built(owner.dotted, owner.positional, owner.keywords | keywords, owner.made)
            case list() | dict() | str() | tuple():
                return expressions.call_method(owner, name, positional, keywords)
        if signals_in(positional) or signals_in(keywords):
            raise UnreadableError("What this does with the tensor is not known here.", getattr(node, "lineno", 1))
        return Unknown()

    def _call_super(
        self, owner: Super, name: str, positional: tuple[Any, ...], keywords: dict[str, Any], node: ast.AST
    ) -> Any:
        for base in owner.bases:
            if isinstance(base, OwnClass) and name in base.methods:
                function = OwnFunction(base.methods[name], base.scope, owner.owner)
                return self.call_own(function, positional, keywords, getattr(node, "lineno", 1))
            if name == "__init__" and isinstance(base, Named) and isinstance(node, ast.Call):
                owner.owner.begun = Built(base.dotted, positional, keywords, node)
            if name == "__init__" and base == Named("torch.nn.Sequential"):
                holder = holder_of("torch.nn.Sequential", positional, keywords)
                for key, layer in holder.items.items() if holder else ():
                    self.keep(owner.owner, key, layer)
        if signals_in(positional):
            layers = _layers(owner.owner)
            return self._chain(layers, positional, node)
        return Unknown()

    def _call_instance(
        self, owner: Instance, positional: tuple[Any, ...], keywords: dict[str, Any], node: ast.AST
    ) -> Any:
        inputs = signals_in(positional)
        block = self.blocks.block_of(self, owner, inputs, getattr(node, "lineno", 1)) if inputs else None
        if block is not None:
            return self._call_block(owner, block, inputs, getattr(node, "lineno", 1))
        method = self.attribute(owner, "forward")
        if isinstance(method, OwnFunction):
            return self.call_own(method, positional, keywords, getattr(node, "lineno", 1))
        layers = _layers(owner)
        return self._chain(layers, positional, node)

    def _call_block(self, owner: Instance, block: KnownBlock, inputs: list[Signal], line: int) -> Any:
        """Draw a block of the graph as one node; it gives one tensor, or a tuple of them."""
        if owner.made is None:
            raise UnreadableCallError("it is not made by a call in the cell")
        found = block.match(owner.positional, owner.keywords)
        layer = Built(
            owner.of.definition.name, (), {}, owner.made, owner.name, numbered=owner.numbered, used=owner.used
        )
        signals = self.sketch.add_all(found, inputs, layer)
        owner.used, owner.is_block = owner.used + 1, True
        if owner.used > 1:
            self.repeated.append((owner.name, line))
        return signals[0] if len(signals) == 1 else tuple(signals)

    def _call_holder(self, holder: Holder, positional: tuple[Any, ...], node: ast.AST) -> Any:
        if holder.style != "sequential":
            raise UnreadableCallError("a list of layers is not called itself, only the layers in it")
        return self._chain(list(holder.items.values()), positional, node)

    def _chain(self, layers: list[Any], positional: tuple[Any, ...], node: ast.AST) -> Any:
        if not positional:
            return Unknown()
        value = positional[0]
        for layer in layers:
            self.step(node)
            value = self.apply(layer, (value,), {}, node)
        return value

    def _call_layer(self, layer: Built, inputs: list[Signal], line: int) -> Any:
        given = tensors.use_layer(self.sketch, layer, inputs, self._kinds.get(layer.name))
        (signal,) = signals_in(given)
        layer.used += 1
        spec = self.sketch.nodes[signal.node].spec
        if layer.used > 1 and (spec.parameters is not no_cost or spec.outcome is not None):
            self.repeated.append((layer.name, line))
        return given


def _layers(owner: Instance) -> list[Any]:
    return [value for value in owner.attributes.values() if isinstance(value, (Built, Holder, Instance))]
