"""A pencil for networks: adds nodes one after the other and knows the shape of each, so that a template can adapt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.inputs import DatasetShape
from patholearn_lab.graph.layout import ROW, arrange
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.operations import apply
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import Shape

Params: TypeAlias = Mapping[str, ParamValue]


class Drawing:
    """A network while it is drawn, from the data set down. What is added follows the node that was added last.

    Parameters
    ----------
    dataset
        The id of the data set; may be empty.
    shape
        What is known about it.
    usual
        The image (channels, height, width) that the network is meant for, where the data set is not known.
    classes
        The number of classes there.
    width
        How wide the layers are drawn: 0.5 halves the filters of :meth:`filters`.
    """

    def __init__(
        self, dataset: str, shape: DatasetShape | None, usual: Shape = (3, 224, 224), classes: int = 2, width: float = 1
    ) -> None:
        self.dataset = shape
        self.classes = len(shape.classes) if shape else classes
        self.parameters = 0
        self._width = width
        self._nodes: dict[str, Node] = {"data": Node(kind="dataset", params={"dataset": dataset})}
        self._edges: dict[str, Edge] = {}
        self._shapes: dict[str, Shape] = {"data": shape.image if shape else usual}
        self.last = "data"

    def add(self, kind: str, *sources: str, **params: ParamValue) -> str:
        """Add a node below `sources` (the last node where there are none) and return its id.

        Raises
        ------
        ShapeProblem
            When it does not fit there.
        """
        spec = catalog[kind]
        above = sources or (self.last,)
        values, problems = values_of(spec, params)
        assert not problems, f"{kind}: {problems[0].message}"
        if spec.shape is not None:
            arriving = tuple(self._shapes[source] for source in above)
            shape = spec.shape(values, arriving)
            self.parameters += spec.parameters(values, arriving, shape)
        else:
            shape = ()
        plain = spec.role in ("input", "output") and spec.stem not in self._nodes
        node = spec.stem if plain else free_id(self._nodes, spec.stem)
        self._nodes[node] = Node(kind=kind, params=params)
        self._shapes[node] = shape
        for number, source in enumerate(above):
            port = spec.inputs[0] if spec.inputs[0].many else spec.inputs[number]
            self._connect(source, node, port.name)
        self.last = node
        return node

    def shape(self, node: str = "") -> Shape:
        """Return what a node gives, without the batch axis; the last one where none is named."""
        return self._shapes[node or self.last]

    @property
    def side(self) -> int:
        """The shorter side of the image that the last node gives."""
        return min(self.shape()[1:])

    def filters(self, count: int) -> int:
        """Return how many filters to draw where the source has `count`: a multiple of 4."""
        return max(4, round(count * self._width / 4) * 4)

    def features(self, count: int) -> int:
        """Return how many outputs of a Linear to draw where the source has `count`; never fewer than classes."""
        return max(self.filters(count), self.classes)

    def pool(self, kernel_size: int = 2, stride: int | None = None, padding: int = 0) -> None:
        """Make the image smaller by max pooling; leave it as it is where it has become too small for that."""
        if self.side >= kernel_size:
            params: dict[str, ParamValue] = {} if kernel_size == 2 else {"kernel_size": kernel_size}
            params |= {"stride": stride} if stride else {}
            self.add("max_pool2d", **params, **({"padding": padding} if padding else {}))

    def convolution(
        self, filters: int, kernel_size: int = 3, stride: int = 1, groups: int = 1, act: str = "relu"
    ) -> str:
        """Add a convolution, a batch norm and an activation (none where `act` is empty); padded by half the kernel."""
        params: dict[str, ParamValue] = {"out_channels": filters, "bias": False}
        params |= {"kernel_size": kernel_size} if kernel_size != 3 else {}
        params |= {"stride": stride} if stride > 1 else {}
        params |= {"padding": kernel_size // 2} if kernel_size > 1 else {}
        self.add("conv2d", **params, **({"groups": groups} if groups > 1 else {}))
        last = self.add("batch_norm")
        return self.add(act) if act else last

    def table(self) -> str:
        """Add the table of the samples' features, which follows no other node, and return its id."""
        spec = catalog["table_input"]
        default, _ = values_of(spec, {})
        features = len(self.dataset.features) if self.dataset else int(default["features"])
        self._nodes[spec.stem] = Node(kind=spec.kind)
        self._shapes[spec.stem] = (max(features, 1),)
        self.last = spec.stem
        return spec.stem

    def classify(self, **training: ParamValue) -> None:
        """Add the last Linear, with one output per class, and the output."""
        self.add("linear", out_features=self.classes)
        self.add("classification_output", **training)

    def leave_room(self, kind: str, rows: int) -> None:
        """Add a node that is not connected, `rows` below the data set."""
        self._nodes[catalog[kind].stem] = Node(kind=kind, y=rows * ROW)

    def document(self, name: str) -> Document:
        """Return what was drawn, arranged from top to bottom."""
        drawn = Document(nodes=self._nodes, edges=self._edges, meta=Meta(name=name))
        return apply(drawn, arrange(drawn)) if self._edges else drawn

    def _connect(self, source: str, target: str, port: str) -> None:
        given = catalog[self._nodes[source].kind].outputs[0].name
        self._edges[f"e{len(self._edges) + 1}"] = Edge(
            source=source, source_port=given, target=target, target_port=port
        )
