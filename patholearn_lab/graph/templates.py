"""Ready architectures to begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import TemplateNotFoundError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Meta, Node, ParamValue
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape
from patholearn_lab.graph.layout import ROW
from patholearn_lab.registry import Registry

Params: TypeAlias = Mapping[str, ParamValue]
Chain: TypeAlias = list[tuple[str, Params]]
"""Kinds with their parameters, from the data set's first follower to the last layer."""


class TemplateCard(BaseModel):
    """What people see of a template before they take it."""

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    summary: str


@dataclass(frozen=True)
class Template:
    """A ready architecture.

    Parameters
    ----------
    card
        Its name and what people read.
    chain
        Makes the layers; it is given the data set, or None where that is not known.
    training
        Parameters of the output node.
    """

    card: TemplateCard
    chain: Callable[[DatasetShape | None], Chain]
    training: Params


def templates() -> list[TemplateCard]:
    """Return what there is to choose from."""
    return [template.card for template in _templates.values()]


def template(name: str, dataset: str | None = None, lookup: DatasetLookup | None = None) -> Document:
    """Return a new graph made from a template.

    Parameters
    ----------
    name
        One of :func:`templates`.
    dataset
        The id of the data set that feeds it; empty where the person shall choose.
    lookup
        Finds the data set, so that the last layer gets its number of classes and small images get padding. Without it
        the template is as its source describes it.

    Raises
    ------
    TemplateNotFoundError
        When there is no such template.
    """
    if name not in _templates:
        raise TemplateNotFoundError(
            f"There is no template called {name!r}.",
            f"Choose one of: {', '.join(_templates)}.",
            name=name,
        )
    chosen = _templates[name]
    shape = lookup(dataset) if lookup and dataset else None
    chain: Chain = [
        ("dataset", {"dataset": dataset or ""}),
        *chosen.chain(shape),
        ("classification_output", chosen.training),
    ]
    # An empty graph leaves room to draw between its ends.
    distance = ROW if len(chain) > 2 else 5 * ROW
    nodes: dict[str, Node] = {}
    for row, (kind, params) in enumerate(chain):
        nodes[_id(nodes, kind)] = Node(kind=kind, params=dict(params), x=0.0, y=row * distance)
    return Document(nodes=nodes, edges=_wires(nodes), meta=Meta(name=chosen.card.title))


def _id(nodes: Mapping[str, Node], kind: str) -> str:
    spec = catalog[kind]
    count = sum(1 for node in nodes.values() if catalog[node.kind].stem == spec.stem)
    return spec.stem if spec.unique else f"{spec.stem}_{count + 1}"


def _wires(nodes: Mapping[str, Node]) -> dict[str, Edge]:
    """Connect each node with the next; a data set that meets the output directly stays unconnected."""
    ids = list(nodes)
    edges: dict[str, Edge] = {}
    if len(ids) == 2:
        return edges
    for source, target in pairwise(ids):
        edges[f"e{len(edges) + 1}"] = Edge(
            source=source,
            source_port=catalog[nodes[source].kind].outputs[0].name,
            target=target,
            target_port=catalog[nodes[target].kind].inputs[0].name,
        )
    return edges


def _classes(shape: DatasetShape | None, otherwise: int) -> int:
    return len(shape.classes) if shape else otherwise


def _empty(_shape: DatasetShape | None) -> Chain:
    return []


def _lenet5(shape: DatasetShape | None) -> Chain:
    # LeCun et al. 1998 work on 32 × 32 pixels. Images too small for two 5 × 5 kernels without padding get it.
    padding: Params = {"same_padding": True} if shape and min(shape.height, shape.width) < 20 else {}
    return [
        ("conv2d", {"out_channels": 6, "kernel_size": 5, **padding}),
        ("relu", {}),
        ("max_pool2d", {}),
        ("conv2d", {"out_channels": 16, "kernel_size": 5, **padding}),
        ("relu", {}),
        ("max_pool2d", {}),
        ("flatten", {}),
        ("linear", {"out_features": 120}),
        ("relu", {}),
        ("linear", {"out_features": 84}),
        ("relu", {}),
        ("linear", {"out_features": _classes(shape, 10)}),
    ]


def _mnist_thesis(shape: DatasetShape | None) -> Chain:
    return [
        ("conv2d", {"out_channels": 16, "kernel_size": 5}),
        ("relu", {}),
        ("max_pool2d", {}),
        ("relu", {}),
        ("conv2d", {"out_channels": 16, "kernel_size": 5}),
        ("max_pool2d", {}),
        ("flatten", {}),
        ("linear", {"out_features": _classes(shape, 10)}),
    ]


def _small_cnn(shape: DatasetShape | None) -> Chain:
    chain: Chain = []
    for filters in (8, 16, 32):
        chain += [
            ("conv2d", {"out_channels": filters, "same_padding": True, "bias": False}),
            ("batch_norm", {}),
            ("relu", {}),
            ("max_pool2d", {}),
        ]
    return [
        *chain,
        ("flatten", {}),
        ("dropout", {"p": 0.3}),
        ("linear", {"out_features": _classes(shape, 2)}),
    ]


_templates: Registry[Template] = Registry("template")
for _template in (
    Template(
        TemplateCard(name="empty", title="Network", summary="Only a data set and an output: draw the rest yourself."),
        _empty,
        {},
    ),
    Template(
        TemplateCard(
            name="small_cnn",
            title="Small CNN",
            summary="Three blocks of convolution, batch norm and pooling. A good start for tissue.",
        ),
        _small_cnn,
        {"epochs": 6, "batch_size": 32, "learning_rate": 0.001},
    ),
    Template(
        TemplateCard(
            name="lenet5",
            title="LeNet-5",
            summary="The first widely used convolutional network (LeCun et al., 1998), with ReLU and max pooling.",
        ),
        _lenet5,
        {"epochs": 8, "batch_size": 32, "learning_rate": 0.001},
    ),
    Template(
        TemplateCard(
            name="mnist_thesis",
            title="MNIST network",
            summary="Two convolutions of 16 filters and one linear layer, for handwritten digits of 28 × 28 pixels.",
        ),
        _mnist_thesis,
        {"epochs": 15, "batch_size": 128, "learning_rate": 0.001, "optimizer": "adam"},
    ),
):
    _templates.register(_template.card.name, _template)
