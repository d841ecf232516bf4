"""Each block that a network uses becomes one class above it, used as often as the graph uses the block.

What is the same in all uses is a literal in the class; what follows from the block's parameters, or from the channels
that come in, is written as that expression; what differs for another reason becomes an argument of its own. Uses that
differ in more than numbers (another kind of normalization for vectors, say) get a class each.
"""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from patholearn_lab.codegen.concatenates import join_layers
from patholearn_lab.codegen.free_code import free_lines
from patholearn_lab.codegen.model import Layer, layer_of, source_of, write_init, write_steps
from patholearn_lab.codegen.names import class_name, identifier, names_of
from patholearn_lab.codegen.source import Source, literal, split, with_comment
from patholearn_lab.graph.block import PREFIX, Block, block_of_kind
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.kinds import Inside
from patholearn_lab.graph.quantities import NAMED, named
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import show
from patholearn_lab.graph.spec import REQUIRED, Shape, Values
from patholearn_lab.graph.validation.examined import Examined
from patholearn_lab.graph.validation.inside import examined_inside

_Use: TypeAlias = tuple[str, tuple[tuple[str, Any], ...], tuple[Shape, ...]]
"""A block, its parameters, and what comes in: uses that agree in these are one and the same."""


@dataclass(frozen=True)
class BlockClass:
    """The class of a block, for the uses that share it.

    Parameters
    ----------
    name, block
        What the code calls it, and the block's id.
    dims
        Arguments for what comes in (``in_channels``), each with the number of the input.
    extras
        Arguments for what differs between the uses, each with the text of its value at every use.
    defaults
        The arguments for the block's parameters.
    layers
        What ``__init__`` makes and ``forward`` uses. The node of each is ``<class>:<node>``.
    inputs, ends
        The variable of each input, by the border's node; what ``forward`` returns.
    shapes
        What comes in, where that is the same at all uses.
    """

    name: str
    block: str
    dims: Mapping[str, int]
    extras: Mapping[str, Mapping[_Use, str]]
    defaults: Values
    layers: tuple[Layer, ...]
    inputs: Mapping[str, str]
    ends: tuple[str, ...]
    shapes: tuple[Shape, ...]

    def write(self, source: Source) -> None:
        """Write the class."""
        arguments = [
            *self.dims,
            *self.extras,
            *(f"{name}={literal(default)}" for name, default in self.defaults.items()),
        ]
        source.add("", "", f"class {self.name}(nn.Module):")
        source.add(*split("    def __init__(", ["self", *arguments], "):"), "        super().__init__()")
        write_init(source, self.layers)
        comment = ", ".join(map(show, self.shapes))
        source.add("", with_comment(f"    def forward({', '.join(['self', *self.inputs.values()])}):", comment))
        variables = write_steps(source, self.layers, self.inputs, self.ends)
        source.add(f"        return {', '.join(variables[end] for end in self.ends)}")


class BlockClasses:
    """The classes of all blocks that a network uses, those inside others first."""

    def __init__(self, examined: Examined, nodes: Sequence[str]) -> None:
        self._examined = examined
        self._uses: dict[str, dict[_Use, None]] = {}
        self._order: list[str] = []
        self._classes: dict[_Use, BlockClass] = {}
        self._taken = {spec.target for spec in catalog.values() if spec.source}
        self._collect(examined, nodes)
        for block in self._order:
            self._design(block)

    @property
    def classes(self) -> list[BlockClass]:
        """The classes in the order in which they are written."""
        return list({made.name: made for made in self._classes.values()}.values())

    @property
    def layers(self) -> Iterator[Layer]:
        """The layers of all classes."""
        return (layer for made in self.classes for layer in made.layers)

    def call(self, examined: Examined, node: str) -> tuple[str, list[str]]:
        """Return the class of a node that stands for a block, and the arguments of its call."""
        use = _use_of(examined, node)
        made = self._classes[use]
        shapes = examined.inferred.inputs[node]
        arguments = [literal(_size(shapes[place])) for place in made.dims.values()]
        arguments += [f"{name}={texts[use]}" for name, texts in made.extras.items()]
        for name, value in examined.values[node].items():
            if isinstance(value, NAMED) or value != made.defaults[name]:
                arguments.append(f"{name}={literal(value)}")
        return made.name, arguments

    def attributes(self, nodes: Sequence[str], called: Mapping[str, str]) -> dict[str, str]:
        """Return what the code calls the layers inside the blocks, by ``use/inner``: ``residual_1.conv_2``.

        `called` has the names of the uses. Attributes of code nodes are there as ``use/inner.name``.
        """
        layers = {layer.node: layer for layer in self.layers}
        found: dict[str, str] = {}
        for path, place in self._inner(self._examined, nodes):
            if place not in layers:
                continue  # An inner Concatenate of a chain, which has no line of its own.
            layer, outer = layers[place], path.rpartition("/")[0]
            prefix = found.get(outer) or called[outer]
            if layer.spec.style == "module":
                found[path] = f"{prefix}.{layer.name}"
            for name, own in layer.free.attributes.items() if layer.free else ():
                found[f"{path}.{name}"] = f"{prefix}.{own}"
        return found

    def mark(self, source: Source, nodes: Sequence[str]) -> None:
        """Note for every node inside, as ``use/inner``, which lines of the classes are its own."""
        lines = dict(source.marks)
        for key in [key for key in lines if ":" in key]:
            del source.marks[key]
        for path, place in self._inner(self._examined, nodes):
            if place in lines:
                source.marks[path] = lines[place]

    def _inner(self, examined: Examined, nodes: Sequence[str]) -> Iterator[tuple[str, str]]:
        for node in nodes:
            if block_of_kind(examined.document.nodes[node].kind) is None:
                continue
            use = _use_of(examined, node)
            inside = self._inside(use)
            for key in inside.nodes:
                yield f"{node}/{key}", f"{self._classes[use].name}:{key}"
            for path, place in self._inner(examined_inside(self._examined, inside), inside.nodes):
                yield f"{node}/{path}", place

    def _collect(self, examined: Examined, nodes: Sequence[str]) -> None:
        for node in nodes:
            block = block_of_kind(examined.document.nodes[node].kind)
            if block is None:
                continue
            use = _use_of(examined, node)
            uses = self._uses.setdefault(block, {})
            if use not in uses:
                uses[use] = None
                inside = self._inside(use)
                self._collect(examined_inside(self._examined, inside), inside.nodes)
            if block not in self._order:
                self._order.append(block)

    def _inside(self, use: _Use) -> Inside:
        block, values, shapes = use
        return self._examined.kinds.inside(block, dict(values), shapes)

    def _design(self, block: str) -> None:
        """Make the classes of a block: one for all uses that differ in numbers only."""
        alike: dict[object, list[_Use]] = {}
        for use in self._uses[block]:
            layers = self._layers(self._inside(use))
            ranks = tuple(len(shape) for shape in use[2])
            shape_of_code = tuple((layer.function, layer.statement, layer.setups, len(layer.pad)) for layer in layers)
            alike.setdefault((ranks, shape_of_code), []).append(use)
        for uses in alike.values():
            made = self._class_of(block, uses)
            self._classes |= dict.fromkeys(uses, made)

    def _class_of(self, block: str, uses: list[_Use]) -> BlockClass:
        definition = self._examined.kinds.blocks[block]
        spec = self._examined.kinds.get(f"{PREFIX}{block}")
        assert spec is not None, "A graph with an unusable block has errors, and becomes no code."
        defaults, _ = values_of(spec, {})
        name = self._new_name(definition.label or block)
        shapes = [use[2] for use in uses]
        dims = _dims(definition, shapes, defaults)
        walks = [self._named_inside(use, dims) for use in uses]
        rows = [self._layers(inside) for inside in walks]
        plain = [self._layers(self._inside(use)) for use in uses]
        names = [*dims, *defaults]
        merging = _Merging(uses, names)
        layers = tuple(
            merging.layer([row[place] for row in rows], [row[place] for row in plain], self._defaults(rows[0][place]))
            for place in range(len(rows[0]))
        )
        written = " ".join(text for one in layers for text in (*one.arguments, *one.pad, *one.stored.values()))
        inside = walks[0]
        inner = examined_inside(self._examined, inside)
        ends = tuple(
            source_of(inner, inner.topology.edges[inner.topology.incoming[key][0]])
            for key in inside.document.exits.values()
        )
        return BlockClass(
            name=name,
            block=block,
            dims={argument: place for argument, place in dims.items() if re.search(rf"\b{argument}\b", written)},
            extras=merging.extras,
            defaults=defaults,
            layers=tuple(
                replace(layer, node=f"{name}:{layer.node}", joined=tuple(f"{name}:{node}" for node in layer.joined))
                for layer in join_layers(layers, ends)
            ),
            inputs=_variables(inside, {layer.name for layer in layers}),
            ends=ends,
            shapes=shapes[0] if len(set(shapes)) == 1 else (),
        )

    def _new_name(self, text: str) -> str:
        base = name = class_name(text)
        number = 2
        while name in self._taken:
            name, number = f"{base}{number}", number + 1
        self._taken.add(name)
        return name

    def _named_inside(self, use: _Use, dims: Mapping[str, int]) -> Inside:
        """Walk through a block with values that remember what they are called in its class."""
        block, values, shapes = use
        called = {place: name for name, place in dims.items()}
        sizes = tuple(
            _with_size(shape, named(_size(shape), called[place])) if place in called else shape
            for place, shape in enumerate(shapes)
        )
        return self._examined.kinds.examine(block, {name: named(value, name) for name, value in values}, sizes)

    def _layers(self, inside: Inside) -> tuple[Layer, ...]:
        inner = examined_inside(self._examined, inside)
        names = names_of(inside.document.nodes, inside.nodes)
        free = free_lines(names, {key: inner.values[key] for key in inside.nodes if inner.specs[key].style == "code"})
        return tuple(layer_of(inner, key, names[key], free.get(key), self.call) for key in inside.nodes)

    def _defaults(self, layer: Layer) -> Mapping[str, str | None]:
        """Return the arguments of a layer's call, in order, with what is taken where one is left out."""
        for made in self.classes:
            if made.name == layer.function:
                own = {name: literal(value) for name, value in made.defaults.items()}
                return dict.fromkeys([*made.dims, *made.extras]) | own
        return {
            argument.name: None if argument.default is REQUIRED else literal(argument.default)
            for argument in layer.spec.arguments
        }


class _Merging:
    """Makes one layer of the same layer at several uses of a block."""

    def __init__(self, uses: list[_Use], names: list[str]) -> None:
        self._uses = uses
        self._names = names
        self.extras: dict[str, dict[_Use, str]] = {}

    def layer(self, rows: list[Layer], plain: list[Layer], defaults: Mapping[str, str | None]) -> Layer:
        """Return the layer as the class has it. `rows` are written in the block's names, `plain` in numbers."""
        first = rows[0]
        texts = [_by_name(row.arguments, list(defaults)) for row in rows]
        numbers = [_by_name(row.arguments, list(defaults)) for row in plain]
        positional = sum(not _keyword(argument) for argument in first.arguments)
        arguments: list[str] = []
        stored: dict[str, str] = {}
        for place, name in enumerate(name for name in defaults if any(name in row for row in texts)):
            values = [row.get(name, defaults[name] or "None") for row in texts]
            if all(value == defaults[name] for value in values) and not all(name in row for row in texts):
                continue
            text = values[0]
            if len(set(values)) > 1:
                text = self._extra(first, name, [row.get(name, defaults[name] or "None") for row in numbers])
            text = self._kept(first, name, text, stored)
            arguments.append(text if place < positional else f"{name}={text}")
        pad = [self._pad(first, place, rows, plain, stored) for place in range(len(first.pad))]
        same = len({row.shape for row in plain}) == 1
        return replace(first, arguments=arguments, pad=pad, stored=stored, changes_shape=first.changes_shape and same)

    def _pad(self, first: Layer, place: int, rows: list[Layer], plain: list[Layer], stored: dict[str, str]) -> str:
        texts = {row.pad[place] for row in rows}
        text = first.pad[place]
        if len(texts) > 1:
            text = self._extra(first, f"pad_{place}", [row.pad[place] for row in plain])
        if self._uses_names(text):
            stored[f"{first.name}_pad"] = text
            return f"self.{first.name}_pad"
        return text

    def _extra(self, layer: Layer, name: str, texts: list[str]) -> str:
        """Make what differs an argument of the class, and return its name."""
        base = wanted = f"{layer.name}_{name}"
        number = 2
        while wanted in self._names:
            wanted, number = f"{base}_{number}", number + 1
        self._names.append(wanted)
        self.extras[wanted] = dict(zip(self._uses, texts, strict=True))
        return wanted

    def _kept(self, layer: Layer, name: str, text: str, stored: dict[str, str]) -> str:
        """Return an argument as it is written; `forward` reads those of the class from attributes."""
        if layer.spec.style == "module" or not self._uses_names(text):
            return text
        stored[f"{layer.name}_{name}"] = text
        return f"self.{layer.name}_{name}"

    def _uses_names(self, text: str) -> bool:
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError:
            return False
        return any(isinstance(node, ast.Name) and node.id in self._names for node in ast.walk(tree))


def _use_of(examined: Examined, node: str) -> _Use:
    block = block_of_kind(examined.document.nodes[node].kind) or ""
    return (block, tuple(examined.values[node].items()), examined.inferred.inputs[node])


def _dims(block: Block, shapes: list[tuple[Shape, ...]], params: Values) -> dict[str, int]:
    """Return an argument for each input whose channels or features differ between the uses."""
    found: dict[str, int] = {}
    for place, port in enumerate(block.input_names):
        if len({_size(row[place]) for row in shapes}) == 1:
            continue
        what = "channels" if len(shapes[0][place]) == 3 else "features"
        name = f"in_{what}" if len(block.input_names) == 1 else f"{identifier(port)}_{what}"
        while name in params or name in found:
            name = f"{name}_in"
        found[name] = place
    return found


def _size(shape: Shape) -> int:
    """Return the channels of an image, the features of a sequence or a vector."""
    return shape[1] if len(shape) == 2 else shape[0]


def _with_size(shape: Shape, size: int) -> Shape:
    return (shape[0], size) if len(shape) == 2 else (size, *shape[1:])


def _variables(inside: Inside, taken: set[str]) -> dict[str, str]:
    """Return what `forward` calls what comes in: x, or the names of the inputs where there are several."""
    if len(inside.document.entries) == 1:
        return dict.fromkeys(inside.document.entries.values(), "x")
    found: dict[str, str] = {}
    for name, key in inside.document.entries.items():
        called = identifier(re.sub(r"^input_?(?=\d*$)", "x", name)) or "x"
        while called in taken or called in found.values() or called == "self" or keyword.iskeyword(called):
            called = f"{called}_in"
        found[key] = called
    return found


def _keyword(argument: str) -> str:
    match = re.match(r"[A-Za-z_]\w*=(?!=)", argument)
    return match[0] if match else ""


def _by_name(arguments: list[str], names: list[str]) -> dict[str, str]:
    """Return the texts of a call's arguments by their names."""
    found: dict[str, str] = {}
    for place, argument in enumerate(arguments):
        keyword = _keyword(argument)
        found[keyword[:-1] if keyword else names[place]] = argument.removeprefix(keyword)
    return found
