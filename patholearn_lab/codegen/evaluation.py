"""The value of an expression of the cell, worked out on the syntax tree: constants, layers, tensors."""

from __future__ import annotations

import ast
from abc import abstractmethod
from typing import Any

from patholearn_lab.codegen import expressions, tensors
from patholearn_lab.codegen.calling import Caller
from patholearn_lab.codegen.idioms import fits, idiom_of
from patholearn_lab.codegen.symbols import (
    Bag,
    Holder,
    Instance,
    Method,
    Named,
    OwnFunction,
    Scope,
    Signal,
    Super,
    Unknown,
    UnreadableError,
)
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.spec import BATCH

MAX_STEPS = 100_000
MAX_DEPTH = 80
"""Of expressions and calls in one another; Python itself allows about five times as many."""
_IGNORED = frozenset({"builtins.print", "builtins.super"})


class Evaluator(Caller):
    """Works out expressions; what they do to tensors is drawn into the sketch."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a name, an attribute or several of them a value."""

    def evaluate(self, node: ast.expr, scope: Scope) -> Any:
        """Return the value of an expression. Raises UnreadableError where it does to tensors what no node does."""
        if id(node) in self._ready:
            return self._ready.pop(id(node))
        self.step(node)
        with self.deeper(node.lineno):
            return self._value(node, scope)

    def truth(self, value: Any, node: ast.expr) -> bool:
        """Return whether a value counts as true. Raises UnreadableError where that shows only when the cell runs."""
        if isinstance(value, (Unknown, Signal, Method)) or value is BATCH:
            raise UnreadableError(
                "Which way this goes shows only when the cell runs; a graph goes one way.", node.lineno
            )
        return len(value.items) > 0 if isinstance(value, Holder) else bool(value)

    def row(self, value: Any, node: ast.AST) -> list[Any]:
        """Return the items of something to loop over. Raises UnreadableError where they are not known."""
        if isinstance(value, Holder):
            return list(value.items) if value.style == "dict" else list(value.items.values())
        if isinstance(value, (list, tuple, dict, str)):
            return list(value)
        raise UnreadableError("What this loops over shows only when the cell runs.", getattr(node, "lineno", 1))

    def _value(self, node: ast.expr, scope: Scope) -> Any:
        for found, inner in idiom_of(node):
            value = self.evaluate(inner, scope)
            if isinstance(value, Signal) and fits(found, value):
                return self.sketch.add(found, [value])
            self._ready[id(inner)] = value
        match node:
            case ast.Constant(value=value):
                return value if expressions.is_plain(value) else Unknown()
            case ast.Name(id=name):
                return self._name(name, scope)
            case ast.Attribute(value=inner, attr=name):
                return self.attribute(self.evaluate(inner, scope), name)
            case ast.Call():
                return self._call(node, scope)
            case ast.BinOp():
                return self._operation(node, scope)
            case ast.UnaryOp(op=sign, operand=operand):
                value = self.evaluate(operand, scope)
                if isinstance(value, Signal):
                    raise UnreadableError("There is no node for this sign before a tensor.", node.lineno)
                return expressions.unary(type(sign), value)
            case ast.BoolOp(op=sign, values=values):
                value = None
                for part in values:
                    value = self.evaluate(part, scope)
                    if self.truth(value, part) is isinstance(sign, ast.Or):
                        break
                return value
            case ast.Compare(left=left, ops=[sign], comparators=[right]):
                return self._compare(sign, self.evaluate(left, scope), self.evaluate(right, scope))
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                chosen = body if self.truth(self.evaluate(test, scope), test) else otherwise
                return self.evaluate(chosen, scope)
            case ast.Subscript(value=inner, slice=index):
                return self._subscript(node, self.evaluate(inner, scope), self.evaluate(index, scope))
            case ast.Slice(lower=lower, upper=upper, step=stride):
                parts = [self.evaluate(part, scope) if part else None for part in (lower, upper, stride)]
                return slice(*parts) if all(part is None or isinstance(part, int) for part in parts) else Unknown()
            case ast.Tuple(elts=parts):
                return tuple(self._spread(parts, scope))
            case ast.List(elts=parts):
                return self._spread(parts, scope)
            case ast.Dict(keys=keys, values=values):
                return self._dictionary(keys, values, scope)
            case ast.ListComp(elt=item, generators=loops) | ast.GeneratorExp(elt=item, generators=loops):
                return [self.evaluate(item, inner) for inner in self._loops(loops, scope)]
            case ast.DictComp(key=key, value=item, generators=loops):
                pairs = [(self.evaluate(key, inner), self.evaluate(item, inner)) for inner in self._loops(loops, scope)]
                return dict(pairs) if all(expressions.is_plain(name) for name, _ in pairs) else Unknown()
            case ast.JoinedStr(values=parts):
                return self._text(parts, scope)
            case ast.Lambda():
                return OwnFunction(node, scope)
            case ast.NamedExpr(target=target, value=inner):
                value = self.evaluate(inner, scope)
                self.bind(target, value, scope)
                return value
        return Unknown()

    def _name(self, name: str, scope: Scope) -> Any:
        value = scope.find(name)
        return Named(f"builtins.{name}") if isinstance(value, Unknown) and name in _BUILTIN_NAMES else value

    def _call(self, node: ast.Call, scope: Scope) -> Any:
        function = self.evaluate(node.func, scope)
        if function == Named("builtins.super") and isinstance(scope.find("__owner__"), Instance):
            return Super(scope.find("__owner__"), scope.find("__class__").bases)
        positional = tuple(self._spread(node.args, scope))
        keywords: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                keywords[keyword.arg] = value
            elif isinstance(value, dict):
                keywords |= {str(key): item for key, item in value.items()}
        return self.apply(function, positional, keywords, node)

    def _operation(self, node: ast.BinOp, scope: Scope) -> Any:
        # ``a + b + c`` is a tree that leans to the left; its terms are one node with three inputs.
        terms, inner = [node.right], node.left
        while isinstance(inner, ast.BinOp) and type(inner.op) is type(node.op):
            terms.append(inner.right)
            inner = inner.left
        values = [self.evaluate(term, scope) for term in (inner, *reversed(terms))]
        if any(isinstance(value, Signal) for value in values):
            try:
                return tensors.combine(self.sketch, tensors.SIGNS.get(type(node.op), ""), values)
            except UnreadableCallError as error:
                raise UnreadableError(f"This cannot be drawn: {error}.", node.lineno) from error
        result = values[0]
        for value in values[1:]:
            result = expressions.binary(type(node.op), result, value)
        return result

    def _compare(self, sign: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(sign, (ast.Is, ast.IsNot)) and (left is None) != (right is None):
            return Unknown() if isinstance(left, Unknown) else isinstance(sign, ast.IsNot)
        return expressions.compare(type(sign), left, right)

    def _subscript(self, node: ast.Subscript, owner: Any, index: Any) -> Any:
        if isinstance(owner, Bag):
            return owner.values.get(str(index), Unknown())
        if isinstance(owner, Signal):
            raise UnreadableError("There is no node for a part of a tensor.", node.lineno)
        return expressions.subscript(owner, index)

    def _spread(self, parts: list[ast.expr], scope: Scope) -> list[Any]:
        values: list[Any] = []
        for part in parts:
            if isinstance(part, ast.Starred):
                values += self.row(self.evaluate(part.value, scope), part)
            else:
                values.append(self.evaluate(part, scope))
        return values

    def _dictionary(self, keys: list[ast.expr | None], values: list[ast.expr], scope: Scope) -> Any:
        result: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            item = self.evaluate(value, scope)
            if key is None:
                result |= item if isinstance(item, dict) else {}
                continue
            name = self.evaluate(key, scope)
            if not expressions.is_plain(name):
                return Unknown()
            result[name] = item
        return result

    def _loops(self, loops: list[ast.comprehension], scope: Scope) -> list[Scope]:
        scopes = [Scope(scope)]
        for loop in loops:
            grown: list[Scope] = []
            for outer in scopes:
                for item in self.row(self.evaluate(loop.iter, outer), loop.iter):
                    self.step(loop.iter)
                    inner = Scope(outer)
                    self.bind(loop.target, item, inner)
                    if all(self.truth(self.evaluate(test, inner), test) for test in loop.ifs):
                        grown.append(inner)
            scopes = grown
        return scopes

    def _text(self, parts: list[ast.expr], scope: Scope) -> Any:
        text = ""
        for part in parts:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            value = self.evaluate(inner, scope)
            if not expressions.is_plain(value) or (isinstance(part, ast.FormattedValue) and part.format_spec):
                return Unknown()
            text += str(value)
        return expressions.bounded(text)


_BUILTIN_NAMES = frozenset({*expressions.BUILTINS, "super", "getattr", "setattr", "print", "hasattr"})
