"""The loss of a cell as a sum of weighted calls, found by walking through the step that computes it.

``loss = diagnosis_loss + 0.5 * nuclei_loss`` becomes the calls behind both names, each with the output that it is
about and its weight, however the author has spread them over lines and methods.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from patholearn_lab.codegen.entry import Reading
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.signatures import REQUIRED, signature
from patholearn_lab.codegen.symbols import Built, Instance, Named, OwnFunction, UnreadableError
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.learning.losses import IGNORING, LOSSES, SOURCES

_PLAIN = {own: function for function, own in IGNORING.items()}
_TORCH = {
    term.function: f"torch.nn.functional.{term.function[2:]}"
    for loss in LOSSES
    for term in loss.terms
    if term.function.startswith("F.")
}
_MODULES = {
    "torch.nn.CrossEntropyLoss": "F.cross_entropy",
    "torch.nn.BCEWithLogitsLoss": "F.binary_cross_entropy_with_logits",
    "torch.nn.MSELoss": "F.mse_loss",
    "torch.nn.L1Loss": "F.l1_loss",
    "torch.nn.HuberLoss": "F.huber_loss",
}
_MAX_DEPTH = 20


@dataclass(frozen=True)
class LossCall:
    """One call in the loss.

    Parameters
    ----------
    function
        As the graph's cells call it: ``F.cross_entropy``, ``dice_loss``.
    output
        The output that it is about; empty where there is one.
    arguments
        Those behind the two tensors that are given, as plain values where the cell says what they are.
    weights
        The attribute that holds a weight per class; None where it takes none.
    line
        Where it stands.
    """

    function: str
    output: str
    arguments: Mapping[str, Any]
    weights: str | None
    line: int


@dataclass(frozen=True)
class LossSum:
    """Calls with what each is multiplied by; `rest` are the lines of what is added besides."""

    calls: tuple[tuple[LossCall, float], ...] = ()
    rest: tuple[tuple[int, str], ...] = ()

    def times(self, factor: float) -> LossSum:
        """Return every part multiplied."""
        return replace(self, calls=tuple((call, weight * factor) for call, weight in self.calls))

    def plus(self, other: LossSum) -> LossSum:
        """Return the sum of two."""
        return LossSum((*self.calls, *other.calls), (*self.rest, *other.rest))


@dataclass(frozen=True)
class _Answers:
    """What the network gives, or that of one output."""

    output: str | None = None


_Value: TypeAlias = "LossSum | _Answers | float | None"


def read_loss(reading: Reading) -> LossSum | None:
    """Return the loss that the training step of a cell returns; None where that cannot be followed."""
    if not isinstance(reading.network, Instance):
        return None
    walk = _Walk(reading)
    for name in ("training_step", "_step"):
        value = walk.method(name, [])
        if isinstance(value, LossSum) and value.calls:
            return value
    return None


@dataclass
class _Walk:
    reading: Reading
    depth: int = field(default=0)

    def method(self, name: str, arguments: Sequence[_Value]) -> _Value:
        """Return what a method of the network gives."""
        function = self.reading.walker.attribute(self.reading.network, name)
        if not isinstance(function, OwnFunction) or isinstance(function.definition, ast.Lambda):
            return None
        if self.depth >= _MAX_DEPTH:
            return None
        names = [argument.arg for argument in function.definition.args.args[1:]]
        given: dict[str, _Value] = {**dict.fromkeys(names), **dict(zip(names, arguments, strict=False))}
        self.depth += 1
        try:
            return self._body(function.definition.body, given)
        finally:
            self.depth -= 1

    def _body(self, body: Sequence[ast.stmt], names: dict[str, _Value]) -> _Value:
        for statement in body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    names[name] = self._value(value, names)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    names[name] = self._value(value, names)
                case ast.AugAssign(target=ast.Name(id=name), op=sign, value=value):
                    names[name] = _combined(sign, names.get(name), self._value(value, names), statement)
                case ast.Return(value=ast.expr() as value):
                    return self._returned(value, names)
                case _:
                    names |= dict.fromkeys(_stored(statement))
        return None

    def _returned(self, value: ast.expr, names: Mapping[str, _Value]) -> _Value:
        if isinstance(value, ast.Dict):  # Lightning takes {"loss": loss, …} as well.
            pairs = zip(value.keys, value.values, strict=True)
            found = [part for key, part in pairs if isinstance(key, ast.Constant) and key.value == "loss"]
            return self._value(found[0], names) if found else None
        return self._value(value, names)

    def _value(self, node: ast.expr, names: Mapping[str, _Value]) -> _Value:
        self.depth += 1
        try:
            return self._value_of(node, names) if self.depth < _MAX_DEPTH * 4 else None
        finally:
            self.depth -= 1

    def _value_of(self, node: ast.expr, names: Mapping[str, _Value]) -> _Value:
        match node:
            case ast.Name(id=name) if name in names:
                return names[name]
            case ast.Name() | ast.Constant() | ast.UnaryOp():
                value = self._plain(node)
                return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
            case ast.BinOp(left=left, op=sign, right=right):
                return _combined(sign, self._value(left, names), self._value(right, names), node)
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))):
                whole = self._value(inner, names)
                return _Answers(key) if isinstance(whole, _Answers) and key in self.reading.outputs else None
            case ast.Attribute() if isinstance(node.value, ast.Name) and node.value.id == "self":
                value = self.reading.network.attributes.get(node.attr)
                return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
            case ast.Call():
                return self._call(node, names)
        return None

    def _call(self, node: ast.Call, names: Mapping[str, _Value]) -> _Value:
        if ast.unparse(node.func) in ("self", "self.forward"):
            return _Answers()
        made = self._loss(node, names)
        if made is not None:
            return LossSum(((made, 1.0),))
        match node.func:
            case ast.Name(id="sum") if node.args and isinstance(node.args[0], (ast.List, ast.Tuple)):
                total: _Value = LossSum()
                for part in node.args[0].elts:
                    total = _combined(ast.Add(), total, self._value(part, names), part)
                return total
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self.method(name, [self._value(argument, names) for argument in node.args])
            case ast.Attribute(value=inner):  # ``scores.float()``, ``loss.mean()``
                value = self._value(inner, names)
                return value if isinstance(value, _Answers) else None
        return None

    def _loss(self, node: ast.Call, names: Mapping[str, _Value]) -> LossCall | None:
        """Return the call of a loss, which is a function, or a module that ``__init__`` made."""
        function, preset = self._function(node.func)
        if not function:
            return None
        positions = list(usual_arguments(function))
        given: dict[str, ast.expr] = dict(zip(positions, node.args, strict=False))
        given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        guess, truth = positions[:2]
        answers = self._value(given.pop(guess), names) if guess in given else None
        given.pop(truth, None)
        weight = given.pop("weight", None)
        weights = ast.unparse(weight).removeprefix("self.") if weight is not None else None
        if isinstance(preset.get("weight"), Built):
            weights = "weight"
        several = len(self.reading.outputs) > 1
        output = answers.output or "" if isinstance(answers, _Answers) else ""
        if several and not output:
            return None
        arguments = {name: self._plain(value) for name, value in given.items()} | {
            name: value for name, value in preset.items() if name != "weight"
        }
        return LossCall(_PLAIN.get(function, function), output, arguments, weights, node.lineno)

    def _function(self, called: ast.expr) -> tuple[str, Mapping[str, Any]]:
        """Return the function that is called, as the graph's cells call it, and the arguments that were set before."""
        if isinstance(called, ast.Name) and called.id in SOURCES:
            return called.id, {}
        value: Any = None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self":
            value = self.reading.network.attributes.get(called.attr)
        elif isinstance(called, (ast.Name, ast.Attribute)):
            value = self.reading.walker.evaluate(called, self.reading.scope)
        if isinstance(value, Named):
            return next((name for name, dotted in _TORCH.items() if dotted == value.dotted), ""), {}
        known = signature(value.dotted) if isinstance(value, Built) and value.dotted in _MODULES else None
        if known is None:
            return "", {}
        try:
            return _MODULES[value.dotted], known.bind(value.positional, value.keywords)
        except UnreadableCallError:
            return "", {}

    def _plain(self, node: ast.expr) -> Any:
        try:
            value = self.reading.walker.evaluate(node, self.reading.scope)
        except UnreadableError:
            return ast.unparse(node)
        return value if is_plain(value) else ast.unparse(node)


def _combined(sign: ast.operator, left: _Value, right: _Value, node: ast.AST) -> _Value:
    """Return a sum or a multiple of losses."""
    numbers = isinstance(left, float), isinstance(right, float)
    match sign, left, right:
        case ast.Mult(), LossSum(), float():
            return left.times(right)
        case ast.Mult(), float(), LossSum():
            return right.times(left)
        case ast.Div(), LossSum(), float() if right:
            return left.times(1 / right)
        case ast.Add(), LossSum(), LossSum():
            return left.plus(right)
        case ast.Sub(), LossSum(), LossSum():
            return left.plus(right.times(-1))
        case ((ast.Add() | ast.Sub()), _, _) if isinstance(left, LossSum) or isinstance(right, LossSum):
            known, other = (left, "right") if isinstance(left, LossSum) else (right, "left")
            assert isinstance(known, LossSum)
            parts = (getattr(node, other, None), getattr(node, "value", None), node)
            part = next(one for one in parts if isinstance(one, ast.AST))
            return replace(known, rest=(*known.rest, (getattr(part, "lineno", 1), ast.unparse(part))))
    if all(numbers):
        assert isinstance(left, float)
        assert isinstance(right, float)
        match sign:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
    return None


def _stored(statement: ast.stmt) -> Iterator[str]:
    return (n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))


@cache
def usual_arguments(function: str) -> Mapping[str, Any]:
    """Return the arguments of a loss in order, with what it takes where one is left out (REQUIRED: there is none)."""
    known = signature(_TORCH.get(function, ""))
    if known is not None:
        return known.defaults
    (written,) = ast.parse(SOURCES[function]).body
    assert isinstance(written, ast.FunctionDef)
    names = [argument.arg for argument in written.args.args]
    defaults = [ast.literal_eval(default) for default in written.args.defaults]
    return dict.fromkeys(names, REQUIRED) | dict(zip(reversed(names), reversed(defaults), strict=False))
