"""The statements of a cell, walked through in the order in which Python would run them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patholearn_lab.codegen import expressions
from patholearn_lab.codegen.evaluation import Evaluator
from patholearn_lab.codegen.idioms import class_kind
from patholearn_lab.codegen.naming import name_layers
from patholearn_lab.codegen.own_blocks import Blocks, NoBlocks
from patholearn_lab.codegen.preparing import note_setup
from patholearn_lab.codegen.signatures import known
from patholearn_lab.codegen.sketch import Sketch
from patholearn_lab.codegen.symbols import (
    Holder,
    Instance,
    Named,
    OwnClass,
    OwnFunction,
    Scope,
    Signal,
    Unknown,
    UnreadableError,
    signals_in,
)

_NO_BLOCKS = NoBlocks()
_Function = ast.FunctionDef | ast.Lambda


@dataclass(frozen=True)
class Ended:
    """Why a block ended before its last statement: a return with its value, a break or a continue."""

    how: str
    value: Any = None


class Walker(Evaluator):
    """Walks through the cell, and through the functions and classes that it defines."""

    def __init__(self, sketch: Sketch, kinds: Mapping[str, str], blocks: Blocks = _NO_BLOCKS) -> None:
        super().__init__(sketch, kinds, blocks)
        self.troubles: list[UnreadableError] = []
        self._making: dict[int, Scope] = {}
        self.kept: list[ast.stmt] = []
        """Statements about weights, which a graph does not have."""

    def run_module(self, module: ast.Module) -> Scope:
        """Walk through the top of the cell, and return its names. What cannot be read there is `Unknown`."""
        scope = Scope()
        self.run_guarded(module.body, scope)
        return scope

    def run_guarded(self, body: Sequence[ast.stmt], scope: Scope) -> Ended | None:
        """Walk through statements that may fail one by one: what a failed one would have set is `Unknown`."""
        for statement in body:
            try:
                ended = self.run(statement, scope)
            except UnreadableError as error:
                self.troubles.append(error)
                self.forget(statement, scope)
                continue
            if ended is not None:
                return ended
        return None

    def forget(self, statement: ast.stmt, scope: Scope) -> None:
        """Make everything that a statement sets `Unknown`."""
        for node in ast.walk(statement):
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                self.bind(node, Unknown(), scope)

    def run_body(self, body: Sequence[ast.stmt], scope: Scope) -> Ended | None:
        """Walk through statements. Raises UnreadableError at the first that cannot be read."""
        for statement in body:
            ended = self.run(statement, scope)
            if ended is not None:
                return ended
        return None

    def run(self, statement: ast.stmt, scope: Scope) -> Ended | None:
        """Walk through one statement."""
        self.step(statement)
        match statement:
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, self._read_in(statement, value, scope), scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign([target], self._read_in(statement, value, scope), scope)
            case ast.AugAssign():
                self._change(statement, scope)
            case ast.Expr(value=value):
                self._call_for_effect(statement, value, scope)
            case ast.Return(value=value):
                return Ended("return", self._read_in(statement, value, scope) if value else None)
            case ast.If(test=test, body=body, orelse=otherwise):
                goes = self.truth(self.evaluate(test, scope), test)
                return self.run_body(body if goes else otherwise, scope)
            case ast.For():
                return self._loop(statement, scope)
            case ast.FunctionDef(name=name):
                scope.names[name] = OwnFunction(statement, scope)
            case ast.ClassDef():
                known = class_kind(statement)
                scope.names[statement.name] = Named(known) if known else self._define(statement, scope)
            case ast.Import(names=names):
                for alias in names:
                    top = alias.name.partition(".")[0]
                    scope.names[alias.asname or top] = Named(alias.name if alias.asname else top)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                self._import(module, names, scope)
            case ast.Break():
                return Ended("break")
            case ast.Continue():
                return Ended("continue")
            case ast.While():
                return self._while(statement, scope)
            case ast.Match():
                return self._match(statement, scope)
            case ast.Try() | ast.With() | ast.Raise():
                raise UnreadableError(
                    f"A {_WORDS[type(statement)]} statement decides only when the cell runs what happens; a graph "
                    "cannot show it.",
                    statement.lineno,
                )
        return None

    def bind(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Give a name, an attribute, an item or several of them a value."""
        match target:
            case ast.Name(id=name):
                scope.names[name] = value
                if isinstance(value, Signal):
                    self.sketch.call_variable(value.node, name)
            case ast.Attribute(value=inner, attr=name):
                owner = self.evaluate(inner, scope)
                if isinstance(owner, Instance):
                    self.keep(owner, name, value)
            case ast.Subscript(value=inner, slice=index):
                _set_item(self.evaluate(inner, scope), self.evaluate(index, scope), value)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                values = self.row(value, target) if isinstance(value, (list, tuple, Holder)) else []
                if len(values) != len(parts) or any(isinstance(part, ast.Starred) for part in parts):
                    values = [Unknown()] * len(parts)
                for part, item in zip(parts, values, strict=True):
                    self.bind(part, item, scope)
            case ast.Starred(value=inner):
                self.bind(inner, Unknown(), scope)

    def keep(self, owner: Instance, name: str, value: Any) -> None:
        """Make something an attribute of an object, and call its layers after it."""
        owner.attributes[name] = value
        name_layers(value, f"{owner.name}_{name}" if owner.name else name, name.isdigit())

    def call_own(self, function: OwnFunction, positional: tuple[Any, ...], keywords: dict[str, Any], line: int) -> Any:
        """Return what a function of the cell returns, walking through its body."""
        scope = self.arguments_of(function, positional, keywords, line)
        if isinstance(function.definition, ast.Lambda):
            return self.evaluate(function.definition.body, scope)
        with self.deeper(line):
            if function.definition.name == "__init__":
                self._making[id(function.owner)] = scope
                ended = self._run_init(function, scope)
            else:
                ended = self.run_body(function.definition.body, scope)
        return ended.value if ended else None

    def _run_init(self, function: OwnFunction, scope: Scope) -> Ended | None:
        """Walk through an ``__init__``, and note what it does with a network once that is made."""
        names = function.definition.args.args
        for statement in function.definition.body if isinstance(function.definition, ast.FunctionDef) else ():
            before = dict(function.owner.attributes) if isinstance(function.owner, Instance) else {}
            ended = self.run_guarded([statement], scope)
            noted = bool(names) and note_setup(statement, names[0].arg, before, scope)
            if not noted and _is_about_weights(statement):
                self.kept.append(statement)
            if ended is not None:
                return ended
        return None

    def hyperparameters(self, owner: Instance) -> dict[str, Any]:
        """Return the arguments with which an object is being made."""
        start = owner.of.methods.get("__init__")
        if start is None:
            return {}
        names = [argument.arg for argument in (*start.args.args[1:], *start.args.kwonlyargs)]
        scope = self._making.get(id(owner), Scope())
        return {name: scope.find(name) for name in names}

    def make(self, of: OwnClass, positional: tuple[Any, ...], keywords: dict[str, Any], line: int) -> Instance:
        """Return an object of a class of the cell, after its ``__init__``."""
        made = Instance(of)
        start = of.methods.get("__init__")
        if start is not None:
            self.call_own(OwnFunction(start, of.scope, made), positional, keywords, line)
        return made

    def _assign(self, targets: Sequence[ast.expr], value: Any, scope: Scope) -> None:
        for target in targets:
            self.bind(target, value, scope)

    def _read_in(self, statement: ast.stmt, value: ast.expr, scope: Scope) -> Any:
        self.sketch.statement = statement
        result = self.evaluate(value, scope)
        self.sketch.statement = statement
        return result

    def _change(self, statement: ast.AugAssign, scope: Scope) -> None:
        before = self.evaluate(statement.target, scope)
        if isinstance(before, list) and isinstance(statement.op, ast.Add):
            expressions.call_method(before, "extend", (self.evaluate(statement.value, scope),), {})
            return
        whole = ast.copy_location(ast.BinOp(statement.target, statement.op, statement.value), statement)
        self.bind(statement.target, self._read_in(statement, whole, scope), scope)

    def _call_for_effect(self, statement: ast.Expr, value: ast.expr, scope: Scope) -> None:
        result = self._read_in(statement, value, scope)
        # ``x.relu_()`` changes the tensor that the name stands for.
        match value:
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr=method)):
                if method.endswith("_") and not method.endswith("__") and isinstance(result, Signal):
                    self.bind(name, result, scope)

    def _loop(self, statement: ast.For, scope: Scope) -> Ended | None:
        for item in self.row(self.evaluate(statement.iter, scope), statement.iter):
            self.step(statement)
            self.bind(statement.target, item, scope)
            ended = self.run_body(statement.body, scope)
            if ended is not None and ended.how == "break":
                return None
            if ended is not None and ended.how == "return":
                return ended
        return self.run_body(statement.orelse, scope)

    def _while(self, statement: ast.While, scope: Scope) -> Ended | None:
        while self.truth(self.evaluate(statement.test, scope), statement.test):
            self.step(statement)
            ended = self.run_body(statement.body, scope)
            if ended is not None and ended.how == "break":
                return None
            if ended is not None and ended.how == "return":
                return ended
        return self.run_body(statement.orelse, scope)

    def _match(self, statement: ast.Match, scope: Scope) -> Ended | None:
        subject = self.evaluate(statement.subject, scope)
        for case in statement.cases:
            fits = self._fits(case.pattern, subject, scope)
            if fits and (case.guard is None or self.truth(self.evaluate(case.guard, scope), case.guard)):
                return self.run_body(case.body, scope)
        return None

    def _fits(self, pattern: ast.pattern, subject: Any, scope: Scope) -> bool:
        """Return whether a plain value fits a pattern. Raises UnreadableError where that shows only when it runs."""
        match pattern:
            case ast.MatchValue(value=value):
                same = expressions.compare(ast.Eq, subject, self.evaluate(value, scope))
                return self.truth(same, value)
            case ast.MatchSingleton(value=value) if expressions.is_plain(subject):
                return subject is value
            case ast.MatchOr(patterns=patterns):
                return any(self._fits(part, subject, scope) for part in patterns)
            case ast.MatchAs(pattern=inner, name=name):
                fits = inner is None or self._fits(inner, subject, scope)
                if fits and name is not None:
                    scope.names[name] = subject
                return fits
        raise UnreadableError("Which case this is shows only when the cell runs; a graph goes one way.", pattern.lineno)

    def _define(self, definition: ast.ClassDef, scope: Scope) -> OwnClass:
        bases = tuple(self.evaluate(base, scope) for base in definition.bases)
        inner = Scope(scope)
        made = OwnClass(definition, bases, inner)
        for base in reversed(bases):
            if isinstance(base, OwnClass):
                made.methods |= base.methods
                inner.names |= base.scope.names
        made.methods |= {item.name: item for item in definition.body if isinstance(item, ast.FunctionDef)}
        rest = [item for item in definition.body if not isinstance(item, ast.FunctionDef)]
        self.run_guarded(rest, inner)
        inner.names["__class__"] = made
        return made

    def _import(self, module: str, names: Iterable[ast.alias], scope: Scope) -> None:
        for alias in names:
            if alias.name == "*":
                inside = (dotted for dotted in known() if dotted.rpartition(".")[0] == module)
                scope.names |= {dotted.rpartition(".")[2]: Named(dotted) for dotted in inside}
            else:
                scope.names[alias.asname or alias.name] = Named(f"{module}.{alias.name}")

    def arguments_of(
        self, function: OwnFunction, positional: tuple[Any, ...], keywords: dict[str, Any], line: int
    ) -> Scope:
        """Return the names inside a function that is called, before its first statement."""
        wanted = function.definition.args
        scope = Scope(function.scope)
        names = [argument.arg for argument in (*wanted.posonlyargs, *wanted.args)]
        given = (function.owner, *positional) if function.owner is not None and not _is_static(function) else positional
        if function.owner is not None:
            scope.names["__owner__"] = function.owner
        if len(given) > len(names) and wanted.vararg is None:
            raise UnreadableError(f"This call has {len(given)} arguments, but the function takes {len(names)}.", line)
        for name, default in zip(reversed(names), reversed(wanted.defaults), strict=False):
            scope.names[name] = self.evaluate(default, function.scope)
        for argument, preset in zip(wanted.kwonlyargs, wanted.kw_defaults, strict=True):
            scope.names[argument.arg] = self.evaluate(preset, function.scope) if preset else Unknown()
        scope.names |= dict(zip(names, given, strict=False))
        known_names = {*names, *(argument.arg for argument in wanted.kwonlyargs)}
        scope.names |= {name: value for name, value in keywords.items() if name in known_names}
        if wanted.vararg is not None:
            scope.names[wanted.vararg.arg] = given[len(names) :]
        if wanted.kwarg is not None:
            scope.names[wanted.kwarg.arg] = {k: value for k, value in keywords.items() if k not in known_names}
        for name in names:
            scope.names.setdefault(name, Unknown())
        return scope


_WORDS = {ast.Try: "try", ast.With: "with", ast.Raise: "raise"}
_ON_WEIGHTS = frozenset({"apply", "requires_grad_", "load_state_dict"})


def _is_about_weights(statement: ast.stmt) -> bool:
    """Return whether a statement of ``__init__`` sets or freezes weights: ``nn.init.zeros_(self.fc.bias)``."""
    for node in ast.walk(statement):
        match node:
            case ast.Attribute(attr="requires_grad", ctx=ast.Store()):
                return True
            case ast.Call(func=ast.Attribute(value=inner, attr=name)):
                if name in _ON_WEIGHTS or (name.endswith("_") and ast.unparse(inner).endswith("init")):
                    return True
    return False


def _is_static(function: OwnFunction) -> bool:
    decorators = getattr(function.definition, "decorator_list", ())
    return any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in decorators)


def _set_item(owner: Any, index: Any, value: Any) -> None:
    if isinstance(owner, Holder):
        owner.items[str(index)] = value
    elif (isinstance(owner, dict) and expressions.is_plain(index)) or (
        isinstance(owner, list) and isinstance(index, int) and -len(owner) <= index < len(owner)
    ):
        owner[index] = value


def has_signals(names: Iterable[str], scope: Scope) -> list[Signal]:
    """Return the tensors that names stand for, in order, each once."""
    found = [signal for name in names for signal in signals_in(scope.find(name))]
    return list(dict.fromkeys(found))
