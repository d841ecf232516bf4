"""The network itself: the layers that ``__init__`` makes, and the steps of ``forward``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from patholearn_lab.codegen.arguments import IMAGE, Input, inputs_of, reserved
from patholearn_lab.codegen.free_code import FreeLines, free_lines
from patholearn_lab.codegen.imports import as_imported
from patholearn_lab.codegen.names import is_name, names_of, plain_line
from patholearn_lab.codegen.source import Source, assignment, literal, operation, split, with_comment
from patholearn_lab.codegen.statements import setup_lines, statement_lines
from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.calls import write_call
from patholearn_lab.graph.document import Edge
from patholearn_lab.graph.setups import fill, setups_of
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.spec import BATCH, Call, NodeSpec, Shape, Values
from patholearn_lab.graph.validation.examined import Examined

_NN = "from torch import nn"


BlockCall: TypeAlias = Callable[[Examined, str], tuple[str, list[str]]]
"""Gives the class of a node that stands for a block, and the arguments of its call."""


@dataclass(frozen=True)
class Layer:
    """One node as code.

    Parameters
    ----------
    node, name
        Its id, and what the code calls it.
    sources
        What it takes, port by port: the node that gives it, or ``node.port`` where that is not the node's first output.
    results
        What it gives, in the same words.
    function, arguments
        The call: ``nn.Conv2d`` and ``["1", "6", "kernel_size=5"]``.
    pad
        The arguments of an ``F.pad`` before it; none where it needs no padding of its own.
    statement
        How ``forward`` uses it, where that is no plain call (`NodeSpec.statement`).
    setups, setup_imports
        What ``__init__`` does with it once it is made (`NodeSpec.setups`), and the imports for that.
    free
        The lines of a code node.
    shape
        What comes out, without the batch axis.
    changes_shape
        Whether that differs from what comes in.
    remark
        The note of the node, where it is more than a name.
    """

    node: str
    name: str
    spec: NodeSpec
    sources: tuple[str, ...]
    results: tuple[str, ...]
    function: str
    arguments: list[str]
    pad: list[str]
    statement: str
    setups: tuple[str, ...]
    setup_imports: tuple[str, ...]
    free: FreeLines | None
    shape: Shape
    changes_shape: bool
    remark: str
    stored: Mapping[str, str] = field(default_factory=dict)
    """Attributes that `__init__` keeps for `forward`, and their values: arguments that a block's parameters decide."""
    joined: tuple[str, ...] = ()
    """Nodes that it does the work of: the inner ones of a chain of Concatenates."""

    @property
    def imports(self) -> tuple[str, ...]:
        """The import statements that it needs beside those of every cell."""
        own = (*(self.free.imports if self.free else self.spec.imports), *self.setup_imports)
        text = f"{self.free.code.text}\n{self.free.setup.text}\n{self.free.above}" if self.free else self.spec.source
        return (*own, _NN) if re.search(r"\bnn\.", "\n".join([self.function, *self.setups, text])) else own

    @property
    def above(self) -> str:
        """The classes, functions and constants that have to stand above the network for it."""
        return self.free.above if self.free else self.spec.source


@dataclass(frozen=True)
class Network:
    """The layers between the inputs and the outputs, in the order in which they are computed.

    `start` is the node of the data set, `shapes` those of the inputs; `ends` are the nodes that feed the outputs, by
    what the code calls these.
    """

    start: str
    inputs: tuple[Input, ...]
    shapes: tuple[Shape, ...]
    ends: Mapping[str, str]
    layers: tuple[Layer, ...]

    @classmethod
    def of(cls, examined: Examined, blocks: BlockCall, ends: Mapping[str, str]) -> Network:
        """Read the network out of a graph without errors."""
        wanted = layer_nodes(examined)
        weights = frozenset(f"{name}_class_weights" for name in ends)
        inputs = inputs_of(examined.document, examined.topology, examined.outputs)
        names = names_of(examined.document.nodes, wanted, reserved(inputs) | weights)
        code = {node: examined.values[node] for node in wanted if examined.specs[node].style == "code"}
        free = free_lines(names, code, (each.argument for each in inputs))
        return cls(
            start=examined.starts[0],
            inputs=inputs,
            shapes=tuple(examined.inferred.outputs[each.node, each.port].shape for each in inputs),
            ends=ends,
            layers=tuple(layer_of(examined, node, names[node], free.get(node), blocks) for node in wanted),
        )

    @property
    def attributes(self) -> dict[str, str]:
        """What the network calls the layer of each node; of a code node, under ``node.name``, each that it sets."""
        made = {layer.node: layer.name for layer in self.layers if layer.spec.style == "module"}
        free = ((layer.node, layer.free.attributes) for layer in self.layers if layer.free)
        return made | {f"{node}.{name}": called for node, names in free for name, called in names.items()}


def layer_nodes(examined: Examined) -> list[str]:
    """Return the nodes that become layers, in the order in which they are computed."""
    needed = examined.topology.leading_to(examined.outputs)
    return [node for node in examined.topology.order if node in needed and examined.specs[node].style != "end"]


def write_classes(source: Source, layers: Iterable[Layer]) -> None:
    """Write the classes that torch lacks, each once, in the order in which the layers use them."""
    for text in dict.fromkeys(layer.above for layer in layers if layer.above):
        source.add("", "", *text.strip().splitlines())


def write_init(source: Source, layers: Iterable[Layer]) -> None:
    """Write the lines of ``__init__`` that make the layers with weights or a state of their own."""
    for layer in layers:
        if layer.spec.style == "module":
            _write_remark(source, layer)
            source.add(*assignment(8, f"self.{layer.name}", layer.function, layer.arguments), node=layer.node)
            for statement in layer.setups:
                source.add(*setup_lines(8, statement), node=layer.node)
        elif layer.free:
            source.add(*layer.free.init())
        for name, value in layer.stored.items():
            source.add(f"        self.{name} = {value}")


def write_forward(source: Source, network: Network) -> None:
    """Write ``forward``: one line a node; ``x`` for the way that goes on, other names only where branches need them."""
    arguments = {each.node: each.argument for each in network.inputs}
    head = f"    def forward(self, {', '.join(arguments.values())}):"
    source.add(with_comment(head, " and ".join(map(show, network.shapes))))
    variables = write_steps(source, network.layers, arguments, list(network.ends.values()))
    results = {name: variables[end] for name, end in network.ends.items()}
    if len(results) == 1:
        source.add(f"        return {next(iter(results.values()))}")
    else:
        source.add(*split("        return {", [f'"{name}": {variable}' for name, variable in results.items()], "}"))


def write_steps(
    source: Source, layers: tuple[Layer, ...], variables: Mapping[str, str], ends: Iterable[str]
) -> Mapping[str, str]:
    """Write a line a node from what the `variables` hold; return what holds the `ends`, which are kept to the last."""
    last_use = {used: index for index, layer in enumerate(layers) for used in layer.sources}
    last_use |= dict.fromkeys(ends, len(layers))
    uses = Counter([*(used for layer in layers for used in layer.sources), *ends])
    variables = dict(variables)
    holders = {name: value for value, name in variables.items()}
    for index, layer in enumerate(layers):
        inputs = [variables[used] for used in layer.sources]
        is_free = last_use.get(holders.get("x", ""), -1) <= index
        shared = len(inputs) == 1 and uses[layer.sources[0]] > 1
        variable = _variable(layer, inputs, "x" if is_free else layer.name, shared)
        given = {layer.results[0]: variable} | {
            result: f"{layer.name}_{result.rpartition('.')[2]}" if result in uses else "_"
            for result in layer.results[1:]
        }
        for value, name in given.items():
            # A variable that is given a new value no longer holds the old one.
            variables.pop(holders.get(name, ""), None)
            variables[value], holders[name] = name, value
        _write_step(source, layer, ", ".join(given.values()), inputs)
        if layer.joined:
            source.marks |= dict.fromkeys(layer.joined, source.marks[layer.node])
    return variables


def _variable(layer: Layer, inputs: list[str], free: str, shared: bool) -> str:
    """Return what holds the layer's output: its input's variable on a plain way, a new one where a branch begins.

    `free` is the one to take where several ways meet.
    """
    if shared or (layer.free and layer.free.keeps_inputs):
        return layer.name
    return inputs[0] if len(inputs) == 1 and inputs[0] != IMAGE else free


def _write_step(source: Source, layer: Layer, variable: str, inputs: list[str]) -> None:
    comment = show(layer.shape) if layer.changes_shape else ""
    if layer.free:
        _write_remark(source, layer)
        source.add(*layer.free.forward(variable, inputs), node=layer.node)
        return
    if layer.statement:
        _write_statement(source, layer, variable, inputs, comment)
        return
    is_module = layer.spec.style == "module"
    if not is_module:
        _write_remark(source, layer)
    if layer.pad:
        lines = assignment(8, variable, "F.pad", [*inputs, *layer.pad])
        source.add(*lines, node=None if is_module else layer.node)
        inputs = [variable]
    if is_module:
        lines = assignment(8, variable, f"self.{layer.name}", inputs, comment)
        source.add(*lines)
        return
    arguments = [text.replace(repr(BATCH), f"{inputs[0]}.shape[0]") for text in layer.arguments]
    if layer.spec.style == "operator":
        lines = operation(8, variable, layer.spec.operator, inputs, comment)
    elif layer.spec.style == "list":
        lines = assignment(8, variable, layer.function, [f"[{', '.join(inputs)}]", *arguments], comment)
    else:
        lines = assignment(8, variable, layer.function, [*inputs, *arguments], comment)
    source.add(*lines, node=layer.node)


def _write_statement(source: Source, layer: Layer, variable: str, inputs: list[str], comment: str) -> None:
    is_module = layer.spec.style == "module"
    if not is_module:
        _write_remark(source, layer)
    called = f"self.{layer.name}" if is_module else layer.function
    arguments = [] if is_module else layer.arguments
    lines = statement_lines(8, layer.statement, variable, called, inputs, arguments, comment)
    source.add(*lines, node=None if is_module else layer.node)


def _write_remark(source: Source, layer: Layer) -> None:
    if layer.remark:
        source.add(f"        # {layer.remark}", node=layer.node)


def source_of(examined: Examined, edge: Edge) -> str:
    """Return what an edge carries: the node that gives it, or ``node.port`` for another than its first output."""
    first = examined.specs[edge.source].outputs[0].name
    return edge.source if edge.source_port == first else f"{edge.source}.{edge.source_port}"


def layer_of(examined: Examined, node: str, name: str, free: FreeLines | None, blocks: BlockCall) -> Layer:
    """Return one node of an examined graph as code."""
    spec = examined.specs[node]
    inputs = examined.inferred.inputs[node]
    call = write_call(spec, examined.values[node], inputs)
    output = next(iter(examined.inferred.facts[node].outputs.values()))
    note = examined.document.nodes[node].note
    setups = setups_of(spec, examined.values[node], inputs)
    arriving = [examined.topology.edges[key] for key in examined.topology.incoming[node]]
    function, arguments = as_imported(call.target or spec.target, spec.imports), _arguments(call)
    if block_of_kind(spec.kind) is not None:
        function, arguments = blocks(examined, node)
    return Layer(
        node=node,
        name=name,
        spec=spec,
        sources=tuple(
            source_of(examined, edge) for port in spec.inputs for edge in arriving if edge.target_port == port.name
        ),
        results=(node, *(f"{node}.{port.name}" for port in spec.outputs[1:])),
        function=function,
        arguments=arguments,
        pad=_padding(call),
        statement=statement_of(spec, examined.values[node]),
        setups=tuple(
            fill(setup, f"self.{name}", {hole: literal(value) for hole, value in holes.items()})
            for setup, holes in setups
        ),
        setup_imports=tuple(line for setup, _ in setups for line in setup.imports),
        free=free,
        shape=output,
        changes_shape=output not in inputs,
        remark="" if is_name(note) else plain_line(note),
    )


def _arguments(call: Call) -> list[str]:
    named = [f"{name}={literal(value)}" for name, value in call.keywords.items()]
    return [*map(literal, call.positional), *named]


def _padding(call: Call) -> list[str]:
    if call.pad is None:
        return []
    return [literal(call.pad.amounts), *([f"value={literal(call.pad.value)}"] if call.pad.value else [])]


def statement_of(spec: NodeSpec, values: Values) -> str:
    """Return the statement of a kind for these parameters; empty where ``forward`` has a plain call."""
    for variant in spec.variants:
        if all(values[name] == value for name, value in variant.params.items()):
            return variant.statement
    return spec.statement
