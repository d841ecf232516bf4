"""Blocks whose class was edited in the cell, read back into their definitions.

The class is walked through at its first use, with parameters that remember their names (`graph/quantities.py`), so that
``nn.Conv2d(channels, channels * 4)`` is the expression ``=channels * 4`` again. Every other use has to give the same
block; one that does not gets a block of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from patholearn_lab.codegen.assembly import edges_of, merged_params, new_id
from patholearn_lab.codegen.expressions import is_plain
from patholearn_lab.codegen.identity import Emitted, find_nodes
from patholearn_lab.codegen.names import names_of
from patholearn_lab.codegen.own_blocks import KnownBlock
from patholearn_lab.codegen.placing import place
from patholearn_lab.codegen.sketch import Drawn, Sketch
from patholearn_lab.codegen.symbols import Instance, OwnClass, OwnFunction, Signal, UnreadableError
from patholearn_lab.graph.block import PREFIX, Block, BlockParam, block_of_kind
from patholearn_lab.graph.calls import UnreadableCallError, size_text
from patholearn_lab.graph.document import Document, Node, ParamType, ParamValue
from patholearn_lab.graph.expressions import SIGN, is_expression
from patholearn_lab.graph.grouping import new_block_id
from patholearn_lab.graph.interior import Interior, block_of, interior_of
from patholearn_lab.graph.kinds import Kinds, evaluated
from patholearn_lab.graph.quantities import NAMED, named
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import Values
from patholearn_lab.graph.topology import Topology

_TYPES: Mapping[type, ParamType] = {bool: "bool", int: "int", float: "float", str: "text"}


class BlocksInCell:
    """Tells which objects of a cell are blocks of the graph, those of edited classes among them.

    Parameters
    ----------
    document
        The graph before the cell was edited.
    known
        Its blocks by the names of their classes, as they are written.
    names
        What the cell calls the layer of each node.
    """

    def __init__(self, document: Document, known: Mapping[str, KnownBlock], names: Mapping[str, str]) -> None:
        self._document = document
        self._known = known
        self._uses = {name: block_of_kind(document.nodes[node].kind) for node, name in names.items()}
        self._variants: dict[str, list[tuple[str, KnownBlock]]] = {}
        self.definitions = dict(document.blocks)

    @property
    def changed(self) -> bool:
        """Whether a definition is another than in the graph."""
        return self.definitions != self._document.blocks

    def block_of(self, reader: Any, made: Instance, inputs: Sequence[Signal], line: int) -> KnownBlock | None:
        """Return the block that an object is, at the use with these inputs; None where its layers are drawn instead."""
        name = made.of.definition.name
        known = self._known.get(name)
        if known is not None and self._is_untouched(name, made.of):
            return known
        base = self._base(made.of) or self._uses.get(made.name)
        if base is None or base not in self.definitions:
            return None
        try:
            return self._edited(reader, made, base, inputs, line)
        except (UnreadableError, UnreadableCallError):
            reader.opened[name] = made.of.definition.lineno
            return None

    def _is_untouched(self, name: str, of: OwnClass) -> bool:
        """Return whether a class and those of the blocks inside it are as they were written."""
        known = self._known[name]
        inner = [(other, of.scope.find(other)) for other in known.inner]
        return known.dump == ast.dump(of.definition) and all(
            other in self._known and isinstance(found, OwnClass) and self._is_untouched(other, found)
            for other, found in inner
        )

    def _base(self, of: OwnClass, depth: int = 20) -> str | None:
        """Return the block that a class is, or derives from."""
        known = self._known.get(of.definition.name)
        if known is not None:
            return block_of_kind(known.spec.kind)
        inner = [base for base in of.bases if isinstance(base, OwnClass)]
        return next((found for base in inner if (found := self._base(base, depth - 1))), None) if depth else None

    def _edited(self, reader: Any, made: Instance, base: str, inputs: Sequence[Signal], line: int) -> KnownBlock | None:
        name = made.of.definition.name
        variants = self._variants.setdefault(name, [])
        for block, known in variants:
            if self._read(reader, made, block, inputs, line)[0] == self.definitions[block]:
                return known
        found, arguments = self._read(reader, made, base, inputs, line)
        block = base if name in self._known and not variants else self._new_id(name)
        label = self.definitions[base].label if block == base else name
        self.definitions[block] = found.model_copy(update={"label": label})
        spec = Kinds(self.definitions).get(f"{PREFIX}{block}")
        if spec is None:
            raise UnreadableCallError("it contains itself")
        known = KnownBlock(spec, arguments, values_of(spec, {})[0], ast.dump(made.of.definition))
        variants.append((block, known))
        return known

    def _new_id(self, name: str) -> str:
        return new_block_id(self._document.model_copy(update={"blocks": self.definitions}), name)

    def _read(
        self, reader: Any, made: Instance, base: str, inputs: Sequence[Signal], line: int
    ) -> tuple[Block, tuple[str, ...]]:
        """Return the definition that a class has at a use, and the names of its arguments."""
        block = self.definitions[base]
        written = self._written(base)
        values = _arguments(reader, made, line)
        own = {param.name for param in block.params}
        inner = {name for known in written for name in known.arguments} - own
        params = {name: value for name, value in values.items() if name in own or name not in inner}
        given = values | {name: named(value, name) for name, value in params.items()}
        interior = interior_of(block, self.definitions)
        if len(inputs) != len(interior.entries):
            raise UnreadableCallError(f"it takes {len(interior.entries)} tensors")
        starts = [
            Signal(key, "output", signal.shape) for key, signal in zip(interior.entries.values(), inputs, strict=True)
        ]
        sketch, ends = _walk(reader, made.of, given, starts, len(interior.exits), line)
        leaving = dict(zip(interior.exits.values(), ends, strict=True))
        inside = _assembled(sketch, leaving, interior, {k: v for k, v in params.items() if k in own})
        declared = _declared(made.of, block, params)
        return block_of(inside, block).model_copy(update={"params": declared}), tuple(values)

    def _written(self, base: str) -> list[KnownBlock]:
        return [known for known in self._known.values() if known.spec.kind == f"{PREFIX}{base}"]


def _arguments(reader: Any, made: Instance, line: int) -> dict[str, Any]:
    """Return the arguments of ``__init__`` with their values at a use, in order."""
    start = made.of.methods.get("__init__")
    if start is None:
        return {}
    if start.args.vararg or start.args.kwarg:
        raise UnreadableCallError("its arguments are not named")
    function = OwnFunction(start, made.of.scope, made)
    scope = reader.arguments_of(function, made.positional, made.keywords, line)
    names = [argument.arg for argument in (*start.args.args[1:], *start.args.kwonlyargs)]
    return {name: scope.names[name] for name in names}


def _walk(
    reader: Any, of: OwnClass, given: Mapping[str, Any], starts: list[Signal], outputs: int, line: int
) -> tuple[Sketch, list[Signal]]:
    """Return what the class draws from these tensors, and the tensors that it gives."""
    outer = reader.sketch
    reader.sketch = Sketch(starts=starts)
    reader.sketch.statement = of.definition
    repeated = len(reader.repeated)
    try:
        fresh = reader.make(of, (), dict(given), line)
        method = reader.attribute(fresh, "forward")
        if not isinstance(method, OwnFunction):
            raise UnreadableCallError("it has no forward of its own")
        result = reader.call_own(method, tuple(starts), {}, line)
        ends = list(result) if isinstance(result, (tuple, list)) else [result]
        if len(ends) != outputs or not all(isinstance(end, Signal) for end in ends):
            raise UnreadableCallError(f"it gives {len(ends)} tensors instead of {outputs}")
        if len(reader.repeated) > repeated:
            raise UnreadableCallError("it uses a layer twice")
        return reader.sketch, [reader.sketch.settle(end) for end in ends]
    finally:
        del reader.repeated[repeated:]
        reader.sketch = outer


def _assembled(sketch: Sketch, leaving: Mapping[str, Signal], interior: Interior, values: Values) -> Interior:
    """Return the inside of a block as the sketch has it, as little different from the old one as can be."""
    topology = Topology.of(interior)
    border = {*interior.entries.values(), *interior.exits.values()}
    needed = topology.leading_to(interior.exits.values())
    layers = tuple(key for key in topology.order if key in needed and key not in border)
    emitted = Emitted(topology, None, None, (), {}, layers, names_of(interior.nodes, layers))
    feeding = {key: signal.node for key, signal in leaving.items()}
    ends = {key: key for key in border}
    found = find_nodes(sketch, feeding, interior, emitted, ends)
    nodes = {key: node for key, node in interior.nodes.items() if key not in set(layers) - set(found.values())}
    ids, new = dict(ends), list[str]()
    for key, drawn in sketch.nodes.items():
        node = found.get(key)
        if node is None:
            ids[key] = new_id(drawn, nodes)
            new.append(ids[key])
            nodes[ids[key]] = Node(kind=drawn.spec.kind, params=_written_params(drawn.params))
        else:
            ids[key], nodes[node] = node, _changed(drawn, nodes[node], values)
    edges = edges_of(sketch, leaving, ids, interior, set(layers), nodes)
    placed = place(interior.model_copy(update={"nodes": nodes, "edges": edges}), new, everything=False)
    assert isinstance(placed, Interior)
    return placed


def _changed(drawn: Drawn, old: Node, values: Values) -> Node:
    """Return a node of the inside as the class has it; an expression stays where its value is the one of before."""
    before, problems = evaluated(old.params, values)
    if old.kind != drawn.spec.kind or problems:
        return old.model_copy(update={"kind": drawn.spec.kind, "params": _written_params(drawn.params)})
    read = {name: size_text(value) for name, value in drawn.params.items()}
    merged = merged_params(drawn.spec, before, read, drawn.shapes or ())
    new = _written_params(merged)
    for name in new:
        if name in old.params and before[name] == merged[name] and is_expression(old.params[name]):
            new[name] = old.params[name]
    return old if new == old.params else old.model_copy(update={"params": new})


def _written_params(params: Mapping[str, Any]) -> dict[str, ParamValue]:
    """Return parameters with expressions in the place of values that remember their names."""
    return {
        name: f"{SIGN}{value!r}" if isinstance(value, NAMED) else size_text(value) for name, value in params.items()
    }


def _declared(of: OwnClass, block: Block, params: Mapping[str, Any]) -> tuple[BlockParam, ...]:
    """Return the parameters of a block as the arguments of its class have them."""
    start = of.methods.get("__init__")
    defaults: dict[str, Any] = {}
    if start is not None:
        given = zip(reversed(start.args.args), reversed(start.args.defaults), strict=False)
        defaults = {argument.arg: default.value for argument, default in given if isinstance(default, ast.Constant)}
    known = {param.name: param for param in block.params}
    declared = []
    for name, value in params.items():
        default = defaults.get(name, value)
        if name in known:
            param = known[name]
            same = default == param.default or size_text(default) == param.default  # (1, 7) is “1, 7” there.
            declared.append(param if same else param.model_copy(update={"default": size_text(default)}))
        elif is_plain(default) and default is not None:
            kind = _TYPES[type(default)]
            declared.append(
                BlockParam(name=name, type=kind, default=default, label=name.replace("_", " ").capitalize())
            )
        else:
            raise UnreadableCallError(f"the value of its argument {name!r} cannot be worked out from the cell")
    return tuple(declared)
