"""Modules that a network repeats become blocks: one definition, used many times, with settings for what differs.

Two modules of one class are the same block where their nodes are of the same kinds, are connected alike, and differ in
nothing but numbers. What differs becomes a setting of the block; settings that always agree are one, and one that is
always the same multiple of another is written as such: ``=out_channels * 4``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from patholearn_lab.graph.block import MAX_BLOCKS, MAX_PORTS, PREFIX, Block, BlockInput, BlockOutput, BlockParam
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.layout import arrange
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.spec import Param
from patholearn_lab.graph.topology import edge_order
from patholearn_lab.tracing.program import Scope

_NUMBERS = ("int", "float", "size", "ints")
"""Types of settings in which two uses of a block may differ; in all others they are two blocks."""
_CONTAINERS = "torch.nn."
"""Modules of torch itself, such as Sequential, are no parts that somebody named."""


@dataclass(frozen=True)
class Origin:
    """Where a node comes from: its path in the network, and the modules that it is inside of, the outermost first."""

    path: str
    scopes: tuple[Scope, ...]


@dataclass(frozen=True)
class Folded:
    """A document with blocks, and where each node of before is now: ``conv_3``, or ``basicblock_1/conv_2``."""

    document: Document
    places: Mapping[str, str]


def fold(document: Document, origins: Mapping[str, Origin]) -> Folded:
    """Return the document with a block for each module that occurs several times, where that makes it smaller.

    Parameters
    ----------
    document
        A drawing whose nodes are in the order in which they are computed.
    origins
        For the nodes of the network, where they come from.
    """
    order = {node: place for place, node in enumerate(document.nodes)}
    parts = [
        part
        for scope, nodes in _scopes(origins, order).items()
        if len(nodes) > 1 and order[nodes[-1]] - order[nodes[0]] == len(nodes) - 1
        for part in _parts(document, scope, nodes)
        if part.outputs
    ]
    return _Folding(document, origins, list(_chosen(parts))).folded()


def _parts(document: Document, scope: Scope, nodes: list[str]) -> Iterator[_Part]:
    """Yield what a module may be a block as: as it is, and without a Concatenate that it begins with.

    In a DenseNet each layer begins with one, and gets more than the layer before: behind it they are all alike.
    """
    yield _Part.of(document, scope, nodes)
    if catalog[document.nodes[nodes[0]].kind].inputs[0].many and len(nodes) > 2:
        yield _Part.of(document, scope, nodes[1:])


def _scopes(origins: Mapping[str, Origin], order: Mapping[str, int]) -> dict[Scope, list[str]]:
    found: dict[Scope, list[str]] = defaultdict(list)
    for node in sorted(origins, key=order.__getitem__):
        for scope in origins[node].scopes:
            if not scope.cls.startswith(_CONTAINERS):
                found[scope].append(node)
    return found


@dataclass(frozen=True)
class _Part:
    """The nodes of one module, and how they are connected.

    `wires` are what comes in at each node, in the order of the edges: the number of an input, or of a node inside with
    a port; and the node and port that take it.
    """

    scope: Scope
    nodes: tuple[str, ...]
    wires: tuple[tuple[int | tuple[int, str], int, str], ...]
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[int, str], ...]
    alike: tuple[object, ...]
    """What two uses of a block have in common."""
    numbers: Mapping[tuple[int, str], ParamValue]
    """Settings in which they may differ, by the node and the setting."""
    begins_many: bool
    """Whether its first node takes any number of inputs."""

    @classmethod
    def of(cls, document: Document, scope: Scope, nodes: Sequence[str]) -> _Part:
        inside = {node: place for place, node in enumerate(nodes)}
        inputs: dict[tuple[str, str], int] = {}
        wires: list[tuple[int | tuple[int, str], int, str]] = []
        outputs: dict[tuple[int, str], None] = {}
        for _, edge in sorted(document.edges.items(), key=lambda item: edge_order(item[0])):
            source, target = inside.get(edge.source), inside.get(edge.target)
            if target is not None:
                giver = (source, edge.source_port) if source is not None else None
                number = inputs.setdefault((edge.source, edge.source_port), len(inputs)) if giver is None else -1
                wires.append((giver or number, target, edge.target_port))
            elif source is not None:
                outputs[source, edge.source_port] = None
        numbers: dict[tuple[int, str], ParamValue] = {}
        alike: list[object] = [tuple(wires), tuple(sorted(outputs))]
        for node, place in inside.items():
            drawn = document.nodes[node]
            alike.append(drawn.kind)
            for param in catalog[drawn.kind].params:
                value = drawn.params.get(param.name, param.default)
                if param.type in _NUMBERS and value is not None:
                    numbers[place, param.name] = value
                else:
                    alike.append((param.name, value))
        many = catalog[document.nodes[nodes[0]].kind].inputs[0].many
        return cls(
            scope, tuple(nodes), tuple(wires), tuple(inputs), tuple(sorted(outputs)), tuple(alike), numbers, many
        )


def _chosen(parts: Sequence[_Part]) -> Iterable[list[_Part]]:
    """Yield the uses of each block, those first that spare the most nodes."""
    taken: set[str] = set()
    blocks = 0
    while True:
        classes: dict[tuple[str, bool], dict[tuple[object, ...], list[_Part]]] = defaultdict(lambda: defaultdict(list))
        for part in parts:
            if not taken & set(part.nodes):
                classes[part.scope.cls, part.begins_many][part.alike].append(part)
        groups = {
            name: [group for group in (_outermost(uses) for uses in alike.values()) if _spared(group) > 0]
            for name, alike in classes.items()
        }
        best = max(groups, key=lambda name: (sum(map(_spared, groups[name])), name), default=None)
        if best is None or not groups[best] or blocks + len(groups[best]) > MAX_BLOCKS:
            return
        # Modules of one class may be inside one another: what is left of the smaller group may be too little.
        for group in sorted(groups[best], key=_spared, reverse=True):
            uses = [part for part in group if not taken & set(part.nodes)]
            if uses and _spared(uses) > 0:
                blocks += 1
                taken |= {node for part in uses for node in part.nodes}
                yield uses


def _outermost(uses: list[_Part]) -> list[_Part]:
    paths = {part.scope.path for part in uses}
    return [part for part in uses if not any(part.scope.path.startswith(f"{path}.") for path in paths)]


def _spared(uses: list[_Part]) -> int:
    """Return how much smaller a document is with a block, in nodes. Its definition counts, and so do its settings."""
    settings = len({tuple(part.numbers[key] for part in uses) for key in _differing(uses)})
    return (len(uses) - 1) * len(uses[0].nodes) - len(uses) - settings if settings <= MAX_PORTS else 0


def _differing(uses: list[_Part]) -> list[tuple[int, str]]:
    return [key for key, value in uses[0].numbers.items() if any(part.numbers[key] != value for part in uses)]


@dataclass
class _Settings:
    """The settings of a block: what differs between its uses, each difference once."""

    params: list[BlockParam] = field(default_factory=list)
    texts: dict[tuple[int, str], ParamValue] = field(default_factory=dict)
    """What stands in the block, by the node and the setting: the name of a setting of the block, or an expression."""
    values: list[tuple[ParamValue, ...]] = field(default_factory=list)
    """The values of each setting, one for each use."""

    @classmethod
    def of(cls, uses: Sequence[_Part], declared: Mapping[tuple[int, str], Param], called: Sequence[str]) -> _Settings:
        made = cls()
        rows = {key: tuple(part.numbers[key] for part in uses) for key in _differing(list(uses))}
        # Small ones first, so that the larger ones can be multiples of them.
        for key, row in sorted(
            rows.items(), key=lambda item: (not isinstance(item[1][0], int), str(item[1][0]).zfill(9))
        ):
            made.texts[key] = made._known(row, declared[key]) or made._new(row, declared[key], called[key[0]])
        return made

    def _known(self, row: tuple[ParamValue, ...], declared: Param) -> str | None:
        for param, values in zip(self.params, self.values, strict=True):
            if values == row and param.type == declared.type:
                return f"={param.name}"
            factor = _factor(row, values) if declared.type == param.type == "int" else None
            if factor is not None:
                return f"={param.name} * {factor}"
        return None

    def _new(self, row: tuple[ParamValue, ...], declared: Param, node: str) -> str:
        taken = {param.name for param in self.params}
        name = declared.name if declared.name not in taken else f"{node}_{declared.name}"
        usual = Counter(row).most_common(1)[0][0]
        self.params.append(
            BlockParam(
                name=name,
                type=declared.type,
                default=usual,
                label=declared.label if name == declared.name else f"{declared.label} of {node}",
                help=declared.help,
                minimum=declared.minimum,
                maximum=declared.maximum,
                unit=declared.unit,
            )
        )
        self.values.append(row)
        return f"={name}"


def _factor(row: tuple[ParamValue, ...], values: tuple[ParamValue, ...]) -> int | None:
    """Return the whole number that makes all of `values` those of `row`."""
    pairs = list(zip(row, values, strict=True))
    if not all(
        isinstance(part, int) and isinstance(base, int) and base > 0 and part % base == 0 for part, base in pairs
    ):
        return None
    factors = {int(part or 0) // int(base or 1) for part, base in pairs}
    return factors.pop() if len(factors) == 1 and min(factors) > 1 else None


class _Folding:
    """Writes the document anew, with blocks in the place of their uses, and ids that count from 1 again."""

    def __init__(self, document: Document, origins: Mapping[str, Origin], blocks: Sequence[list[_Part]]) -> None:
        self._document = document
        self._origins = origins
        self._counts: Counter[str] = Counter()
        self._places: dict[str, str] = {}
        self._definitions: dict[str, Block] = {}
        self._uses: dict[str, tuple[str, _Part, dict[str, ParamValue]]] = {}
        """The block, the part and the settings of each use, by its first node."""
        for uses in blocks:
            self._define(uses)

    def folded(self) -> Folded:
        nodes: dict[str, Node] = {}
        ports: dict[tuple[str, str], tuple[str, str]] = {}
        takers: dict[tuple[str, str, str], str] = {}
        for key, node in self._document.nodes.items():
            if key in self._uses:
                block, part, params = self._uses[key]
                use = self._id(block)
                path = part.scope.path
                nodes[use] = Node(kind=f"{PREFIX}{block}", params=params, note=path if len(path) <= _SHORT else "")
                definition = self._definitions[block]
                for name, inner in zip(definition.nodes, part.nodes, strict=True):
                    self._places[inner] = f"{use}/{name}"
                for output, (place, port) in zip(definition.outputs, part.outputs, strict=True):
                    ports[part.nodes[place], port] = (use, output.name)
                for name, giver in zip(definition.input_names, part.inputs, strict=True):
                    takers[use, *giver] = name
            elif key not in self._places:
                spec = catalog[node.kind]
                self._places[key] = spec.stem if spec.unique or spec.first_plain else self._id(spec.stem or spec.kind)
                nodes[self._places[key]] = node
        edges = {f"e{number}": edge for number, edge in enumerate(self._edges(ports, takers), 1)}
        changed = {"nodes": nodes, "edges": edges, "blocks": self._definitions}
        return Folded(self._document.model_copy(update=changed), self._places)

    def _edges(
        self, ports: Mapping[tuple[str, str], tuple[str, str]], takers: Mapping[tuple[str, str, str], str]
    ) -> Iterable[Edge]:
        """Yield the edges that are outside of blocks. What goes to several nodes of one use at one input is one."""
        fed: set[tuple[str, str]] = set()
        for _, edge in sorted(self._document.edges.items(), key=lambda item: edge_order(item[0])):
            giver = (edge.source, edge.source_port)
            source, target = (self._places[node].partition("/")[0] for node in (edge.source, edge.target))
            if source == target:
                continue
            source, gives = ports.get(giver, (source, edge.source_port))
            taken = takers.get((target, *giver))
            if taken is None or (target, taken) not in fed:
                yield Edge(source=source, source_port=gives, target=target, target_port=taken or edge.target_port)
            if taken is not None:
                fed.add((target, taken))

    def _id(self, stem: str) -> str:
        self._counts[stem] += 1
        return f"{stem}_{self._counts[stem]}"

    def _define(self, uses: list[_Part]) -> None:
        first = uses[0]
        label = first.scope.cls.rpartition(".")[2].strip("_")
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", label).lower()[:40].strip("_") or "part"
        number = 1 + sum(key == stem or re.fullmatch(rf"{stem}_\d+", key) is not None for key in self._definitions)
        block = stem if number == 1 else f"{stem}_{number}"
        counts: Counter[str] = Counter()
        called: list[str] = []
        for node in first.nodes:
            spec = catalog[self._document.nodes[node].kind]
            counts[spec.stem or spec.kind] += 1
            called.append(f"{spec.stem or spec.kind}_{counts[spec.stem or spec.kind]}")
        declared = {
            (place, param.name): param
            for place, node in enumerate(first.nodes)
            for param in catalog[self._document.nodes[node].kind].params
        }
        settings = _Settings.of(uses, declared, called)
        nodes = {name: self._inner(first, place, name, settings) for place, name in enumerate(called)}
        edges: dict[str, Edge] = {}
        inputs: list[BlockInput] = []
        names = _numbered("input", len(first.inputs))
        for count, (giver, place, port) in enumerate(first.wires, 1):
            if isinstance(giver, int):
                inputs.append(BlockInput(name=names[giver], node=called[place], port=port, edge=f"e{count}"))
            else:
                edges[f"e{count}"] = Edge(
                    source=called[giver[0]], source_port=giver[1], target=called[place], target_port=port
                )
        outputs = [
            BlockOutput(name=name, node=called[place], port=port)
            for name, (place, port) in zip(_numbered("output", len(first.outputs)), first.outputs, strict=True)
        ]
        inputs.sort(key=lambda entry: names.index(entry.name))
        inside = Document(nodes=nodes, edges=edges, meta=Meta(id="inside"))
        self._definitions[block] = Block(
            label=label if number == 1 else f"{label} {number}",
            params=tuple(settings.params),
            nodes=apply(inside, arrange(inside)).nodes,
            edges=edges,
            inputs=tuple(inputs),
            outputs=tuple(outputs),
        )
        for place, part in enumerate(uses):
            params = {
                param.name: values[place]
                for param, values in zip(settings.params, settings.values, strict=True)
                if values[place] != param.default
            }
            self._uses[part.nodes[0]] = (block, part, params)
            self._places |= dict.fromkeys(part.nodes, "")

    def _inner(self, part: _Part, place: int, name: str, settings: _Settings) -> Node:
        """Return a node of a definition; its note is its path in the module."""
        drawn = self._document.nodes[part.nodes[place]]
        given = {key: value for (node, key), value in settings.texts.items() if node == place}
        origin = self._origins[part.nodes[place]].path
        path = origin.removeprefix(f"{part.scope.path}.") if origin.startswith(f"{part.scope.path}.") else ""
        return drawn.model_copy(
            update={"params": {**drawn.params, **given}, "note": path if len(path) <= _SHORT and path != name else ""}
        )


_SHORT = 30
"""A longer path is not written on a node."""


def _numbered(stem: str, count: int) -> list[str]:
    return [stem] if count == 1 else [f"{stem}_{number}" for number in range(1, count + 1)]
