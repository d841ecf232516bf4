"""The two ends of a graph: one data set, one output, and scores that fit its classes."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.connections import output_types
from patholearn_lab.graph.document import Edge, Node
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.layout import ROW
from patholearn_lab.graph.mends import bypass, insert, new_edge_id, new_node_id, remove_node, set_params
from patholearn_lab.graph.operations import AddEdge, AddNode, Operation
from patholearn_lab.graph.validation.examined import Examined


def census(examined: Examined) -> Iterator[Issue]:
    """Exactly one data set and one output."""
    if not examined.datasets:
        yield Issue(
            code="no_dataset",
            severity="error",
            message="The graph has no data set, so there is nothing to learn from.",
            mend=Mend(label="Add a data set", operations=(_new_node(examined, "dataset"),)),
        )
    for key in examined.datasets[1:]:
        yield Issue(
            code="two_datasets",
            severity="error",
            node=key,
            message=f"A graph learns from one data set, but {examined.name(key)} is another one.",
            mend=remove_node(key, f"Remove {examined.name(key)}"),
        )
    if not examined.outputs:
        yield Issue(
            code="no_output",
            severity="error",
            message="The graph has no output, so it is not said what the network shall learn.",
            mend=Mend(label="Add an output", operations=_new_output(examined)),
        )
    for key in examined.outputs[1:]:
        yield Issue(
            code="two_outputs",
            severity="error",
            node=key,
            message=f"A graph has one output, but {examined.name(key)} is another one.",
            mend=remove_node(key, f"Remove {examined.name(key)}"),
        )


def dataset(examined: Examined) -> Iterator[Issue]:
    """The data set is chosen, is there, and has labels of the right kind."""
    if not examined.datasets or examined.datasets[0] not in examined.values:
        return
    node = examined.datasets[0]
    if not examined.dataset_id:
        yield Issue(
            code="no_dataset_chosen",
            severity="error",
            node=node,
            message=f"{examined.name(node)}: choose which data set the network shall learn from.",
        )
    elif examined.dataset is None:
        yield Issue(
            code="unknown_dataset",
            severity="error",
            node=node,
            message=f"{examined.name(node)}: there is no data set called {examined.dataset_id!r}. "
            "Choose another, or add it in the data set browser.",
        )
    elif examined.dataset.task == "segmentation" and examined.outputs:
        yield Issue(
            code="wrong_task",
            severity="error",
            node=examined.outputs[0],
            message=f"“{examined.dataset.name}” has a mask for every image, but {examined.name(examined.outputs[0])} "
            "learns one class per image. Choose a data set for classification.",
        )


def class_count(examined: Examined) -> Iterator[Issue]:
    """One score per class."""
    shape = examined.dataset
    if shape is None or shape.task != "classification" or len(examined.outputs) != 1:
        return
    output = examined.outputs[0]
    arriving = examined.inferred.inputs.get(output)
    classes = len(shape.classes)
    if not arriving or arriving[0][0] == classes:
        return
    edge_id = examined.topology.incoming[output][0]
    edge = examined.topology.edges[edge_id]
    message = (
        f"“{shape.name}” has {classes} classes, but {examined.name(edge.source)} "
        f"gives {arriving[0][0]:,} scores. The output needs one score per class."
    )
    layer = _last_linear(examined, edge.source)
    if layer is not None:
        mend = set_params(layer, {"out_features": classes}, f"Set {examined.name(layer)} to {classes} outputs")
    else:
        mend = insert(
            examined.document,
            edge,
            edge_id,
            "linear",
            {"out_features": classes},
            f"Add a Linear with {classes} outputs",
        )
    yield Issue(code="wrong_class_count", severity="error", node=layer or output, message=message, mend=mend)


def softmax_before_loss(examined: Examined) -> Iterator[Issue]:
    """A softmax that the loss would apply a second time."""
    for output in examined.outputs[:1]:
        for source in examined.topology.sources(output):
            spec = examined.specs.get(source)
            if spec is not None and spec.kind == "softmax":
                yield Issue(
                    code="softmax_before_loss",
                    severity="warning",
                    node=source,
                    message=f"{examined.name(source)}: the cross entropy applies a softmax itself. "
                    "A second one before it makes learning slow.",
                    mend=bypass(examined.document, source, "Remove the Softmax"),
                )


def _last_linear(examined: Examined, node: str) -> str | None:
    """Return the Linear that decides how many scores arrive: `node`, or above it behind nodes that keep the shape."""
    while True:
        spec = examined.specs[node]
        if spec.kind == "linear":
            return node
        above = examined.topology.sources(node)
        if len(above) != 1 or not spec.outputs or spec.outputs[0].same_as is None:
            return None
        node = above[0]


def _new_node(examined: Examined, kind: str) -> AddNode:
    """Put a node of that kind above everything, or below."""
    heights = [node.y for node in examined.document.nodes.values()]
    y = min(heights, default=ROW) - ROW if kind == "dataset" else max(heights, default=-ROW) + ROW
    return AddNode(id=new_node_id(examined.document, kind), node=Node(kind=kind, x=0.0, y=y))


def _new_output(examined: Examined) -> tuple[Operation, ...]:
    """Add an output, connected with the one node that ends in a vector, where there is just one."""
    added = _new_node(examined, "classification_output")
    ends = [
        key
        for key, spec in sorted(examined.specs.items())
        if spec.outputs
        and not examined.topology.outgoing[key]
        and output_types(examined.document, examined.topology, key, spec.outputs[0].name) == {"vector"}
    ]
    if len(ends) != 1:
        return (added,)
    port = examined.specs[ends[0]].outputs[0].name
    edge = Edge(source=ends[0], source_port=port, target=added.id, target_port="input")
    return (added, AddEdge(id=new_edge_id(examined.document), edge=edge))


RULES = (census, dataset, class_count, softmax_before_loss)
