"""The statements of kinds (`NodeSpec.statement`), recognized in a cell: ``x, _ = self.gru(x)``, ``x = x[:, 0]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from patholearn_lab.codegen.matching import Match, kinds_of
from patholearn_lab.codegen.symbols import Signal
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.inference import RANKS
from patholearn_lab.graph.spec import NodeSpec


@dataclass(frozen=True)
class Idiom:
    """One statement of a kind.

    Parameters
    ----------
    spec, params
        The kind, and the parameters that the statement stands for.
    value
        Its right side.
    several
        Whether its left side takes a tuple apart.
    """

    spec: NodeSpec
    params: Mapping[str, ParamValue]
    value: ast.expr
    several: bool

    @cached_property
    def calls(self) -> bool:
        """Whether it calls a layer."""
        return any(isinstance(node, ast.Name) and node.id == "CALL" for node in ast.walk(self.value))


def idiom_of(value: ast.expr) -> Iterator[tuple[Match, ast.expr]]:
    """Give what an expression without a layer may stand for, each with the expression of its one input."""
    if not isinstance(value, (ast.Call, ast.Subscript)):
        return
    for idiom in _plain_idioms(catalog.version).get(_outermost(value), ()):
        found: list[ast.expr] = []
        if _unify(idiom.value, value, found) and len(found) == 1:
            yield Match(idiom.spec, dict(idiom.params)), found[0]


def fits(found: Match, signal: Signal) -> bool:
    """Return whether a tensor is of a type that the kind takes; an unknown shape is not."""
    ranks = {RANKS[name] for name in found.spec.inputs[0].types}
    return signal.shape is not None and len(signal.shape) in ranks


def layer_idiom(dotted: str, inputs: Sequence[Signal], prefer: str | None = None) -> tuple[Idiom, list[Signal]] | None:
    """Return how a layer is used that is called with these tensors, and which of them is at which of its inputs.

    None where none of its kinds has a statement of that form: a plain call. Where several have it, `prefer` is taken.
    """
    for spec in sorted(kinds_of(dotted), key=lambda spec: spec.kind != prefer):
        for idiom in _idioms(catalog.version):
            if idiom.spec is not spec or not isinstance(idiom.value, ast.Call) or not idiom.calls:
                continue
            places = [_input_number(argument) for argument in idiom.value.args]
            if len(places) != len(inputs):
                continue
            by_port: dict[int, Signal] = {}
            if all(by_port.setdefault(place, signal) == signal for place, signal in zip(places, inputs, strict=True)):
                return idiom, [by_port[place] for place in sorted(by_port)]
    return None


def class_kind(definition: ast.ClassDef) -> str | None:
    """Return the name of the class of a kind (`NodeSpec.source`) that is written in the cell as the kind has it."""
    known = _classes(catalog.version).get(definition.name)
    return known[1] if known is not None and known[0] == ast.dump(definition) else None


def _input_number(argument: ast.expr) -> int:
    """Return 2 for ``IN2``, and 1 for ``IN`` and for a method of it, such as ``IN.long()``."""
    name = next(node.id for node in ast.walk(argument) if isinstance(node, ast.Name))
    return int(name.removeprefix("IN") or 1)


def _unify(pattern: ast.AST, code: ast.AST, found: list[ast.expr]) -> bool:
    """Return whether code has the form of a pattern; `found` gets what stands in the place of ``IN``."""
    if isinstance(pattern, ast.Name) and pattern.id == "IN" and isinstance(code, ast.expr):
        found.append(code)
        return True
    if type(pattern) is not type(code):
        return False
    for name, wanted in ast.iter_fields(pattern):
        given = getattr(code, name, None)
        if isinstance(wanted, list):
            if not isinstance(given, list) or len(wanted) != len(given):
                return False
            if not all(_unify(one, other, found) for one, other in zip(wanted, given, strict=True)):
                return False
        elif isinstance(wanted, ast.AST):
            if not isinstance(given, ast.AST) or not _unify(wanted, given, found):
                return False
        elif wanted != given:
            return False
    return True


@lru_cache(maxsize=4)
def _idioms(_version: int) -> tuple[Idiom, ...]:
    made: list[Idiom] = []
    for kind in catalog:
        spec = catalog[kind]
        texts: list[tuple[Mapping[str, ParamValue], str]] = [({}, spec.statement)]
        texts += [(variant.params, variant.statement) for variant in spec.variants]
        for params, text in texts:
            statement = ast.parse(text).body[0] if text else None
            if isinstance(statement, ast.Assign):
                several = isinstance(statement.targets[0], ast.Tuple)
                made.append(Idiom(spec, params, statement.value, several))
    return tuple(made)


def _outermost(value: ast.expr) -> str:
    """Return what an expression does last: the name of the method, or ``[]``."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name)):
            return name
        case ast.Subscript():
            return "[]"
    return ""


@lru_cache(maxsize=4)
def _plain_idioms(version: int) -> Mapping[str, tuple[Idiom, ...]]:
    """Return the idioms without a layer by what they do last."""
    found: dict[str, tuple[Idiom, ...]] = {}
    for idiom in _idioms(version):
        if not idiom.calls:
            name = _outermost(idiom.value)
            found[name] = (*found.get(name, ()), idiom)
    return found


@lru_cache(maxsize=4)
def _classes(_version: int) -> Mapping[str, tuple[str, str]]:
    """Return the classes of kinds by their names, each as its tree and the target that it is."""
    found: dict[str, tuple[str, str]] = {}
    for spec in (catalog[kind] for kind in catalog if catalog[kind].source):
        for node in ast.parse(spec.source).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = (ast.dump(node), spec.target)
    return found
