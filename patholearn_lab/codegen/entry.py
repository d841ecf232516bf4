"""The network of a cell, found and walked through: which object it is, and what its ``forward`` computes."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from patholearn_lab.codegen.arriving import arriving, said
from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.free_nodes import FreePattern, new_code, placed
from patholearn_lab.codegen.guesses import settle_guesses
from patholearn_lab.codegen.matching import Match, kinds_of
from patholearn_lab.codegen.naming import layers_in, name_layers
from patholearn_lab.codegen.own_blocks import Blocks, NoBlocks
from patholearn_lab.codegen.reading import TASK
from patholearn_lab.codegen.sketch import Sketch
from patholearn_lab.codegen.symbols import (
    Built,
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
from patholearn_lab.codegen.unpacking import shapes_of_parts, unpacked
from patholearn_lab.codegen.walking import Ended, Walker, has_signals
from patholearn_lab.graph.calls import UnreadableCallError
from patholearn_lab.graph.catalog import catalog

_NO_BLOCKS = NoBlocks()


@dataclass
class Reading:
    """What was found in a cell.

    Parameters
    ----------
    sketch
        The graph that the network computes.
    network
        The object that is the network; None where the cell has none.
    end
        What ``forward`` returns; None where that is no tensor.
    scope
        The names at the top of the cell.
    walker
        What walked through it, to work out further expressions.
    body
        The statements at the top of the cell.
    patterns
        The code nodes that were not found yet.
    issues
        What could not be read.
    uses
        The lines of the statement of ``forward`` that draws a node.
    outputs, results
        What the outputs are called where there are several, the first first; and what ``forward`` returns for each.
    guessed
        The nodes whose shapes hang on what a new code node may give.
    """

    sketch: Sketch
    network: Any
    end: Signal | None
    scope: Scope
    walker: Walker
    body: Sequence[ast.stmt]
    patterns: list[FreePattern]
    issues: list[CodeIssue] = field(default_factory=list)
    uses: dict[str, tuple[int, int]] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    results: dict[str, Signal] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)

    @property
    def classes(self) -> list[ast.ClassDef]:
        """The class of the network, and those of the cell that it derives from."""
        found: list[ast.ClassDef] = []
        waiting = [self.network.of] if isinstance(self.network, Instance) else []
        while waiting:
            own = waiting.pop(0)
            found.append(own.definition)
            waiting += [base for base in own.bases if isinstance(base, OwnClass)]
        return found


def read_network(
    module: ast.Module,
    starts: Mapping[str, Signal],
    usual: Sequence[str],
    kinds: Mapping[str, str],
    patterns: Sequence[FreePattern] = (),
    blocks: Blocks = _NO_BLOCKS,
    outputs: Sequence[str] = (),
) -> Reading:
    """Walk through a cell and the ``forward`` of its network.

    Parameters
    ----------
    module
        The parsed cell.
    starts
        What may go into the network, by the part of a batch: images and features.
    usual
        The parts that went into it before.
    kinds
        What kinds the layers of the graph had before, by their names.
    patterns
        The statements of the code nodes that it had.
    blocks
        Tells which objects are its blocks.
    outputs
        What its outputs are called where there are several.

    Raises
    ------
    ExhaustedError
        When that would take too long.
    """
    sketch = Sketch()
    walker = Walker(sketch, kinds, blocks)
    scope = walker.run_module(module)
    network = _find(scope, walker)
    reading = Reading(sketch, network, None, scope, walker, module.body, list(patterns), outputs=outputs)
    if isinstance(network, Holder):
        name_layers(network, "")
    if network is None:
        reading.issues.append(
            CodeIssue(code="no_network", severity="error", line=1, message="The cell has no class of a network.")
        )
        return reading
    sketch.nodes.clear()
    reading.end = _walk_forward(reading, network, starts, usual)
    reading.guessed = settle_guesses(sketch, reading.guessed)
    reading.issues += _repeated(walker) + _opened(walker) + _unused(network) + _kept(walker)
    return reading


def _find(scope: Scope, walker: Walker) -> Any:
    """Return what ``model`` is, else the last network at the top of the cell, else one of the last class."""
    values = scope.names
    candidates = [values.get("model"), *reversed(values.values())]
    for value in candidates:
        if isinstance(value, (Instance, Holder)) and (not isinstance(value, Instance) or _is_module(value.of)):
            return value
    for value in reversed(values.values()):
        if isinstance(value, OwnClass) and _is_module(value):
            try:
                return walker.make(value, (), {}, value.definition.lineno)
            except UnreadableError:
                continue
    return None


_NETWORKS = ("LightningModule", "Module", "Sequential", TASK)


def _is_module(own: OwnClass, depth: int = 20) -> bool:
    for base in own.bases:
        if isinstance(base, Named) and base.dotted.rpartition(".")[2] in (
            "LightningModule",
            "Module",
            "Sequential",
            TASK,
        ):
            return True
        if isinstance(base, OwnClass) and depth and _is_module(base, depth - 1):
            return True
    return False


def _walk_forward(reading: Reading, network: Any, starts: Mapping[str, Signal], usual: Sequence[str]) -> Signal | None:
    walker = reading.walker
    method = walker.attribute(network, "forward") if isinstance(network, Instance) else None
    if not isinstance(method, OwnFunction) or isinstance(method.definition, ast.Lambda):
        reading.sketch.starts = [starts[part] for part in said(reading.scope, usual) if part in starts]
        return _call_whole(reading, _inner(network))
    reading.sketch.starts, odd = arriving(method.definition, reading.scope, reading.body, starts, usual)
    reading.issues += odd
    scope = walker.arguments_of(method, tuple(reading.sketch.starts), {}, method.definition.lineno)
    body = method.definition.body
    place = 0
    while place < len(body):
        statement = body[place]
        before = len(reading.sketch.nodes)
        known = _known_code(reading, body[place:], scope)
        place += known or 1
        ended = None if known else _step(reading, statement, scope)
        last = body[place - 1]
        lines = (statement.lineno, last.end_lineno or last.lineno)
        reading.uses |= dict.fromkeys(list(reading.sketch.nodes)[before:], lines)
        if ended is not None:
            return _returned(reading, ended.value, statement)
    reading.issues.append(_error("no_return", method.definition.lineno, "“forward” returns nothing."))
    return None


def _inner(network: Any) -> Any:
    """Return the network inside a LightningModule that has no ``forward`` of its own."""
    if not isinstance(network, Instance):
        return network
    inner = [
        value
        for value in network.attributes.values()
        if isinstance(value, (Instance, Holder)) or (isinstance(value, Built) and kinds_of(value.dotted))
    ]
    derived = any(base == Named("torch.nn.Sequential") for base in network.of.bases)
    return inner[0] if len(inner) == 1 and not derived else network


def _call_whole(reading: Reading, network: Any) -> Signal | None:
    starts = tuple(reading.sketch.starts)
    made = network.of.definition if isinstance(network, Instance) else None
    line = made.lineno if made else 1
    reading.sketch.statement = made or ast.Pass(lineno=line, end_lineno=line, col_offset=0, end_col_offset=0)
    try:
        return _returned(reading, reading.walker.apply(network, starts, {}, reading.sketch.statement), None)
    except UnreadableError as error:
        reading.issues.append(_error("unreadable", error.line, error.message))
        return next(iter(starts), None)


def _known_code(reading: Reading, body: Sequence[ast.stmt], scope: Scope) -> int:
    """Draw the code node that the next statements are; return how many there are, 0 where they are none."""
    for pattern in reading.patterns:
        bound = pattern.find(body)
        found = placed(pattern, bound, scope) if bound is not None else None
        if found is None:
            continue
        first, last = body[0], body[len(pattern.statements) - 1]
        reading.sketch.statement = ast.Pass(
            lineno=first.lineno, end_lineno=last.end_lineno, col_offset=0, end_col_offset=0
        )
        match = Match(catalog["code"], dict(pattern.params))
        signal = reading.sketch.add(match, found.tensors, name=pattern.name)
        reading.sketch.leave_unread(signal.node, found.unread)
        scope.names[found.variable] = signal
        reading.patterns = [other for other in reading.patterns if other.name != pattern.name]
        return len(pattern.statements)
    return 0


def _new_code(reading: Reading, statement: ast.stmt, scope: Scope, error: UnreadableError) -> Ended | None:
    """Draw a code node for a statement; return None where that cannot be, else how the statement ended."""
    parts = unpacked(statement)
    shapes = shapes_of_parts(statement, scope) if parts else [None]
    codes = [new_code(part, scope, reading.network, reading.body) for part in parts or [statement]]
    found = [code for code in codes if code is not None]
    if len(found) < len(codes):
        return None
    reading.sketch.statement = statement
    signal: Signal | None = None
    for (match, tensors, output), shape in zip(found, shapes, strict=True):
        declared = {} if shape in (None, tensors[0].shape) else {"shape": ", ".join(map(str, shape or ()))}
        signal = reading.sketch.add(replace(match, params={**match.params, **declared}), tensors)
        scope.names[output] = signal
        if shape is None:
            reading.guessed.add(signal.node)
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and isinstance(reading.network, Instance):
            for layer in layers_in(reading.network.attributes.get(node.attr)):
                layer.used += 1
    told = "the layer below tells what comes out of it, so look whether that is right."
    message = f"{error.message} It became {'code nodes, one for each result.' if parts else f'a code node; {told}'}"
    reading.issues.append(CodeIssue(code="code_node", severity="warning", line=error.line, message=message))
    return Ended("return", signal) if isinstance(statement, ast.Return) else Ended("went on")


def _step(reading: Reading, statement: ast.stmt, scope: Scope) -> Ended | None:
    """Walk through one statement of ``forward``; where it cannot be read, the tensor goes past it."""
    nodes, names = dict(reading.sketch.nodes), dict(scope.names)
    try:
        return reading.walker.run(statement, scope)
    except UnreadableError as error:
        reading.sketch.nodes, scope.names = nodes, names
        coded = _new_code(reading, statement, scope, error)
        if coded is not None:
            return coded if coded.how == "return" else None
        loaded = [n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        tensors = has_signals(loaded, scope)
        reading.issues.append(_error("unreadable", error.line, error.message))
        reading.walker.forget(statement, scope)
        passed = tensors[0] if tensors else Unknown()
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                scope.names[node.id] = passed
        return Ended("return", passed) if isinstance(statement, ast.Return) else None


def _returned(reading: Reading, value: Any, statement: ast.stmt | None) -> Signal | None:
    line = statement.lineno if statement else 1
    found = signals_in(value)
    if isinstance(value, Signal):
        try:
            return reading.sketch.settle(value)
        except UnreadableCallError as error:
            reading.issues.append(_error("unreadable", line, f"This cannot be drawn: {error}."))
            return Signal(value.node, value.port, value.shape)
    if isinstance(value, dict) and value and set(value) == set(reading.outputs):
        reading.results = {name: signal for name, signal in value.items() if isinstance(signal, Signal)}
        return reading.results.get(reading.outputs[0])
    if found:
        what = f"{len(found)} tensors" if len(found) > 1 else "a tensor inside something else"
        reading.issues.append(
            _error("several_results", line, f"“forward” returns {what}; the graph shows the first tensor.")
        )
        return found[0]
    reading.issues.append(_error("no_result", line, "What “forward” returns is no tensor that could be followed."))
    return None


def _repeated(walker: Walker) -> list[CodeIssue]:
    return [
        _error(
            "shared_weights",
            line,
            f"“{name}” is used a second time here, with the same weights. Every node has weights of its own, "
            "so the graph shows a second layer.",
        )
        for name, line in walker.repeated
    ]


def _opened(walker: Walker) -> list[CodeIssue]:
    return [
        CodeIssue(
            code="block_opened",
            severity="warning",
            line=line,
            message=f"The class “{name}” was changed and is no longer its block; the graph shows its layers.",
        )
        for name, line in walker.opened.items()
    ]


def _kept(walker: Walker) -> list[CodeIssue]:
    return [
        CodeIssue(
            code="weights_in_cell",
            severity="advice",
            line=statement.lineno,
            message=f"“{ast.unparse(statement).splitlines()[0]}” is about weights, which the graph does not have. The "
            "cell keeps it.",
        )
        for statement in dict.fromkeys(walker.kept)
    ]


def _unused(network: Any) -> list[CodeIssue]:
    return [
        CodeIssue(
            code="unused_layer",
            severity="warning",
            line=layer.made.lineno,
            message=f"“{layer.name}” is made, but “forward” does not use it. The graph leaves it out.",
        )
        for layer in layers_in(network)
        if layer.used == 0 and layer.dotted.startswith("torch.nn.") and kinds_of(layer.dotted)
    ]


def _error(code: str, line: int, message: str) -> CodeIssue:
    return CodeIssue(code=code, severity="error", line=line, message=message)
