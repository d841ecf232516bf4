"""Random graphs that can be trained, over every kind of node: for properties of the check, the code and its reading.

>>> from random import Random
>>> document = random_graph(Random(7), SETS)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from random import Random
from typing import TypeAlias

from hypothesis import strategies as st

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.layout import ROW
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.shapes import ShapeProblem
from patholearn_lab.graph.spec import NodeSpec, Param, Shape

SETS = (
    DatasetShape("tissue_32", "Tissue of 32 px", "classification", 3, 32, 32, ("normal", "tumor"), 10_000_000),
    DatasetShape("digits_28", "Digits of 28 px", "classification", 1, 28, 28, tuple("0123456789"), 10_000_000),
    DatasetShape(
        "patients_20", "Patients", "classification", 3, 20, 20, ("a", "b"), 10_000_000, features=("age", "dose", "sex")
    ),
    DatasetShape("slits_24", "Slits of 24 × 40 px", "classification", 3, 24, 40, ("a", "b", "c"), 10_000_000),
)
"""Small images, so that a graph runs in milliseconds; so many samples that no network is too large for them."""

MOST_VALUES = 60_000
"""At each output, so that no random graph takes long to run."""
MOST_PARAMETERS = 400_000
"""Of one layer."""
_RANKS = {3: "image", 2: "sequence", 1: "vector"}
_TRIES = 12
_NONE: Mapping[str, ParamValue] = {}

End: TypeAlias = tuple[str, str]
"""A node and its output port."""


def random_lookup(dataset: str) -> DatasetShape | None:
    """Find one of :data:`SETS`."""
    return next((shape for shape in SETS if shape.id == dataset), None)


def input_shapes(document: Document) -> list[Shape]:
    """Return the shapes, without the batch axis, of what the network of a random graph takes."""
    shape = random_lookup(str(document.nodes["data"].params["dataset"]))
    assert shape is not None
    return [shape.image, (len(shape.features),)] if "table" in document.nodes else [shape.image]


def layer_kinds() -> tuple[str, ...]:
    """Return the kinds that a random graph is made of.

    All layers but whole networks, which take seconds to make, free code, and the embedding, which wants whole numbers.
    """
    return tuple(
        sorted(
            spec.kind
            for spec in catalog.values()
            if spec.role == "layer" and spec.shape is not None and spec.category != "Networks" and spec.inputs
            if spec.style != "code" and spec.kind != "embedding"
        )
    )


def random_graph(
    random: Random,
    sets: Sequence[DatasetShape] = SETS,
    layers: int | None = None,
    kinds: Collection[str] = (),
) -> Document:
    """Return a graph of random layers that has no errors.

    Parameters
    ----------
    random
        Decides everything: the same state gives the same graph.
    sets
        Which data sets to choose from.
    layers
        How many layers there are between data set and output, some for its end apart; 1 to 14 where None.
    kinds
        Which kinds to choose from; :func:`layer_kinds` where empty.
    """
    shape = random.choice(list(sets))
    growing = _Growing(random, shape)
    chosen = sorted(kinds) or list(layer_kinds())
    for _ in range(random.randint(1, 14) if layers is None else layers):
        growing.grow(chosen)
    return growing.finished()


def graphs(
    sets: Sequence[DatasetShape] = SETS, layers: int | None = None, kinds: Collection[str] = ()
) -> st.SearchStrategy[Document]:
    """Draw :func:`random_graph`; a failing example shrinks to a smaller one."""
    sizes = st.integers(1, 14) if layers is None else st.just(layers)
    randoms = st.randoms(use_true_random=False)
    return st.builds(lambda random, size: random_graph(random, sets, size, kinds), randoms, sizes)


@dataclass
class _Growing:
    random: Random
    dataset: DatasetShape
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    shapes: dict[End, Shape] = field(default_factory=dict)
    used: set[End] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.nodes["data"] = Node(kind="dataset", params={"dataset": self.dataset.id})
        self.shapes["data", "images"] = self.dataset.image
        if self.dataset.features:
            self.nodes["table"] = Node(kind="table_input")
            self.shapes["table", "features"] = (len(self.dataset.features),)

    def grow(self, kinds: Sequence[str]) -> None:
        """Add one node where one fits; mostly below what is not used yet."""
        for _ in range(_TRIES):
            spec = catalog[self.random.choice(kinds)]
            inputs = self._inputs(spec)
            if inputs is not None and self._add(spec, inputs):
                return

    def finished(self) -> Document:
        """Bring all loose ends into the output."""
        loose = [end for end in self.shapes if end not in self.used]
        vectors = [self._as_vector(end) for end in loose]
        end = vectors[0]
        if len(vectors) > 1:
            end = self._must_add("concatenate", [("input", vector) for vector in vectors])
        classes = len(self.dataset.classes)
        if self.shapes[end] != (classes,):
            end = self._must_add("linear", [("input", end)], {"out_features": classes})
        output = catalog["classification_output"]
        self.nodes["output"] = Node(kind=output.kind, y=len(self.nodes) * ROW)
        self._wire(end, "output", output.inputs[0].name)
        return Document(nodes=self.nodes, edges=self.edges, meta=Meta(id="random", name="Random network"))

    def _as_vector(self, end: End) -> End:
        if len(self.shapes[end]) > 1:
            if prod(self.shapes[end]) > 1_024 and len(self.shapes[end]) == 3:
                window = -(-max(self.shapes[end][1:]) // 4)
                fitting = {"kernel_size": min(window, *self.shapes[end][1:])}
                end = self._must_add("avg_pool2d", [("input", end)], fitting)
            end = self._must_add("flatten", [("input", end)])
        return end

    def _inputs(self, spec: NodeSpec) -> list[tuple[str, End]] | None:
        """Choose what feeds a node of that kind, by port; None where nothing fits."""
        chosen: list[tuple[str, End]] = []
        for port in spec.inputs:
            fitting = [end for end, shape in self.shapes.items() if _RANKS.get(len(shape)) in port.types]
            if not fitting:
                return None
            fresh = [end for end in fitting if end not in self.used]
            first = self.random.choice(fresh if fresh and self.random.random() < 0.85 else fitting)
            chosen.append((port.name, first))
            if port.many:
                # Merges need company: something else of the same shape most of the time, else nothing comes of it.
                alike = [
                    end
                    for end in fitting
                    if end != first
                    and len(self.shapes[end]) == len(self.shapes[first])
                    and self.shapes[end][1:] == self.shapes[first][1:]
                ]
                if not alike:
                    return None
                count = self.random.randint(1, min(2, len(alike)))
                chosen += [(port.name, end) for end in self.random.sample(alike, count)]
        return chosen

    def _add(self, spec: NodeSpec, inputs: list[tuple[str, End]]) -> bool:
        params = {param.name: value for param in spec.params if (value := self._value(param)) is not None}
        return self._try(spec, inputs, params) or self._try(spec, inputs, {})

    def _try(
        self,
        spec: NodeSpec,
        inputs: list[tuple[str, End]],
        params: Mapping[str, ParamValue],
        closing: bool = False,
    ) -> bool:
        values, problems = values_of(spec, params)
        arriving = tuple(self.shapes[end] for _, end in inputs)
        assert spec.shape is not None
        try:
            shape = spec.shape(values, arriving)
        except ShapeProblem:
            return False
        large = prod(shape) > MOST_VALUES or spec.parameters(values, arriving, shape) > MOST_PARAMETERS
        if problems or (large and not closing):
            return False
        number = sum(1 for node in self.nodes.values() if catalog[node.kind].stem == spec.stem) + 1
        key = f"{spec.stem}_{number}"
        self.nodes[key] = Node(kind=spec.kind, params=dict(params), y=len(self.nodes) * ROW)
        for port, end in inputs:
            self._wire(end, key, port)
        for output in spec.outputs:
            self.shapes[key, output.name] = shape
        return True

    def _must_add(self, kind: str, inputs: list[tuple[str, End]], params: Mapping[str, ParamValue] = _NONE) -> End:
        added = self._try(catalog[kind], inputs, params, closing=True)
        assert added, f"no {kind} fits {[self.shapes[end] for _, end in inputs]}"
        return (next(reversed(self.nodes)), catalog[kind].outputs[0].name)

    def _wire(self, end: End, target: str, port: str) -> None:
        self.used.add(end)
        self.edges[f"e{len(self.edges) + 1}"] = Edge(source=end[0], source_port=end[1], target=target, target_port=port)

    def _value(self, param: Param) -> ParamValue:
        """Draw a value of a parameter, its default in half of the cases, and small numbers that run quickly."""
        random = self.random
        if random.random() < 0.5:
            return None
        low, high = int(param.minimum or 0), int(min(param.maximum if param.maximum is not None else 12, 12))
        match param.type:
            case "int":
                return random.randint(low, max(low, high))
            case "size":
                side, other = random.randint(low, max(low, min(high, 5))), random.randint(low, max(low, min(high, 5)))
                return side if random.random() < 0.7 else f"{side}, {other}"
            case "float":
                top = 1.0 if param.maximum is None else min(float(param.maximum), 1.0)
                return round(random.uniform(float(param.minimum or 0.0), top), 3)
            case "bool":
                return random.random() < 0.5
            case "choice":
                return random.choice(param.choices)
        return None
