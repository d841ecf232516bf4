"""Code nodes in ``forward``: those that the graph had, and new ones for statements that no other node can show."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patholearn_lab.codegen.free_code import free_lines
from patholearn_lab.codegen.identity import Emitted
from patholearn_lab.codegen.matching import Match
from patholearn_lab.codegen.symbols import Built, Instance, Scope, Signal, signals_in
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.free_code import CELL_NAMES, problem_in
from patholearn_lab.graph.parts import MAX_TEXT
from patholearn_lab.graph.settings import values_of

_OUT = "plab_out"
_IN = "plab_in_"


@dataclass(frozen=True)
class FreePattern:
    """The statements that a code node was written as, with placeholders for its variables."""

    name: str
    params: Mapping[str, Any]
    inputs: int
    statements: tuple[ast.stmt, ...]

    def find(self, body: Sequence[ast.stmt]) -> dict[str, str] | None:
        """Return what the placeholders stand for where the statements begin with these, else None."""
        if len(body) < len(self.statements):
            return None
        bound: dict[str, str] = {}
        pairs = zip(self.statements, body, strict=False)
        return bound if all(_agree(pattern, node, bound) for pattern, node in pairs) else None


def patterns_of(document: Document, emitted: Emitted) -> list[FreePattern]:
    """Return the patterns of a document's code nodes."""
    values = {
        key: values_of(catalog["code"], document.nodes[key].params)[0]
        for key in emitted.layers
        if document.nodes[key].kind == "code"
    }
    found: list[FreePattern] = []
    for key, lines in free_lines(emitted.names, values, emitted.arguments).items() if values else ():
        count = len(emitted.topology.incoming[key])
        inputs = [f"{_IN}{number}" for number in range(1, count + 1)]
        for variable in (_OUT, *inputs[:1]):
            text = "def f():\n" + "\n".join(lines.forward(variable, inputs))
            try:
                written = ast.parse(text).body[0]
            except SyntaxError:
                continue
            assert isinstance(written, ast.FunctionDef)
            name = emitted.names[key]
            found.append(FreePattern(name, document.nodes[key].params, count, tuple(written.body)))
    return found


@dataclass(frozen=True)
class Placed:
    """Where a code node stands: the tensors that it reads, the places of inputs that it leaves unread, its variable."""

    tensors: list[Signal]
    unread: tuple[int, ...]
    variable: str


def placed(pattern: FreePattern, bound: Mapping[str, str], scope: Scope) -> Placed | None:
    """Return where a pattern's node stands, or None where its variables are no tensors."""
    names = [bound.get(f"{_IN}{number}") for number in range(1, pattern.inputs + 1)]
    inputs = [scope.find(name) for name in names if name is not None]
    tensors = [value for value in inputs if isinstance(value, Signal)]
    variable = bound.get(_OUT) or bound.get(f"{_IN}1")
    if variable is None or not tensors or len(tensors) < len(inputs):
        return None
    return Placed(tensors, tuple(place for place, name in enumerate(names) if name is None), variable)


def new_code(
    statement: ast.stmt, scope: Scope, network: Any, module: Sequence[ast.stmt]
) -> tuple[Match, list[Signal], str] | None:
    """Return a code node for a statement, the tensors that go into it, and the variable that gets its output.

    None where the statement has no tensor, sets several names, or needs what a code node cannot have.
    """
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    if _is_prepared(statement, network):
        return None  # A code node makes its layers, and does nothing else with them.
    match statement:
        case ast.AugAssign(target=ast.Name(id=name)):
            changed = {name}
        case _:
            changed = set()
    loaded = dict.fromkeys([*sorted(changed), *(node.id for node in names if isinstance(node.ctx, ast.Load))])
    inputs = {name: value for name in loaded if isinstance(value := scope.find(name), Signal)}
    hidden = any(signals_in(scope.find(name)) for name in loaded if name not in inputs)
    is_return = isinstance(statement, ast.Return)
    if not inputs or hidden or (len(stored) != 1 and not is_return):
        return None
    output = "return" if is_return else next(iter(stored))
    code = _renamed(statement, output, list(inputs))
    if code is None:
        return None
    setup, needed = _setup(statement, network)
    above = _above(needed | set(loaded), module)
    params = {name: text for name, text in (("code", code), ("setup", setup), ("above", above)) if text}
    if problem_in(code, setup, above) or any(len(text) > MAX_TEXT for text in params.values()):
        return None
    return Match(catalog["code"], dict(params)), list(inputs.values()), output


def _is_prepared(statement: ast.stmt, network: Any) -> bool:
    """Return whether ``__init__`` changes a layer that the statement uses once it is made."""
    attributes = network.attributes if isinstance(network, Instance) else {}
    used = (attributes.get(node.attr) for node in ast.walk(statement) if isinstance(node, ast.Attribute))
    return any(isinstance(layer, Built) and layer.setups for layer in used)


def _renamed(statement: ast.stmt, output: str, inputs: list[str]) -> str | None:
    """Return the statement with the names of a code node: x, or x1, x2, … where several tensors come in."""
    single = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return))
    if len(inputs) > 1 and not single:
        return None
    tree: ast.stmt = copy.deepcopy(statement)
    names = {name: f"x{number}" if len(inputs) > 1 else "x" for number, name in enumerate(inputs, 1)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) or not single:
                node.id = names.get(node.id, "x" if node.id == output else node.id)
            elif node.id == output:
                node.id = "x"
    match tree:
        case ast.Return(value=ast.expr() as value):
            return f"x = {ast.unparse(value)}"
        case ast.AugAssign(op=sign, value=value):
            left = ast.Name(names.get(output, "x"), ast.Load())
            return f"x = {ast.unparse(ast.BinOp(left, sign, value))}"
    return ast.unparse(tree)


def _setup(statement: ast.stmt, network: Any) -> tuple[str, set[str]]:
    """Return the lines of ``__init__`` that set the attributes a statement uses, and the names in them."""
    used = {
        node.attr
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    }
    start = network.of.methods.get("__init__") if isinstance(network, Instance) else None
    lines = [
        item
        for item in (start.body if start else ())
        if isinstance(item, ast.Assign)
        and any(isinstance(target, ast.Attribute) and target.attr in used for target in item.targets)
    ]
    return "\n".join(map(ast.unparse, lines)), {name for item in lines for name in _names(item)}


def _above(needed: set[str], module: Sequence[ast.stmt]) -> str:
    """Return the imports, functions, classes and constants of the cell that these names come from."""
    chosen: dict[int, ast.stmt] = {}
    waiting = sorted(needed - CELL_NAMES)
    seen = set(waiting) | CELL_NAMES
    while waiting:
        name = waiting.pop()
        for place, item in enumerate(module):
            if name in set(_defined(item)) and place not in chosen:
                chosen[place] = item
                more = set(_names(item)) - seen
                seen |= more
                waiting += sorted(more)
    return "\n".join(ast.unparse(chosen[place]) for place in sorted(chosen))


def _defined(item: ast.stmt) -> Iterator[str]:
    match item:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _names(item: ast.AST) -> Iterable[str]:
    return (node.id for node in ast.walk(item) if isinstance(node, ast.Name))


def _agree(pattern: Any, node: Any, bound: dict[str, str]) -> bool:
    """Return whether two trees are the same but for placeholders, which stand for the same names throughout."""
    if isinstance(pattern, ast.Name) and pattern.id.startswith((_OUT, _IN)):
        return isinstance(node, ast.Name) and bound.setdefault(pattern.id, node.id) == node.id
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, ast.AST):
        return all(
            _agree(getattr(pattern, name, None), getattr(node, name, None), bound)
            for name in pattern._fields
            if name not in ("ctx", "type_comment", "kind")
        )
    if isinstance(pattern, list):
        return len(pattern) == len(node) and all(_agree(*pair, bound) for pair in zip(pattern, node, strict=True))
    return bool(pattern == node)
