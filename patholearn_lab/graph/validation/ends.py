"""The two ends of a graph: one input, a data set or a constant one, maybe a table, and one output or several."""

from __future__ import annotations

from collections.abc import Iterator

from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.connections import output_types
from patholearn_lab.graph.document import Edge, Node
from patholearn_lab.graph.flow import flow_of
from patholearn_lab.graph.issues import Issue, Mend
from patholearn_lab.graph.learning.tasks import OBJECTIVES, fitting
from patholearn_lab.graph.mends import become_dataset, new_edge_id, new_node_id, remove_node
from patholearn_lab.graph.operations import AddEdge, AddNode, Operation
from patholearn_lab.graph.validation.examined import Examined

MOST_OUTPUTS = 8
"""A loss that is the sum of more parts tells nobody anything."""


def census(examined: Examined) -> Iterator[Issue]:
    """Exactly one input, and at least one output."""
    if not examined.starts:
        yield Issue(
            code="no_dataset",
            severity="error",
            message="The graph has no data set, so there is nothing to learn from.",
            mend=Mend(label="Add a data set", operations=(_new_node(examined, "dataset"),)),
            other_mends=(
                Mend(
                    label="Add a constant input, to draw the network without data",
                    operations=(_new_node(examined, "constant_input"),),
                ),
            ),
        )
    for key in examined.starts[1:]:
        yield Issue(
            code="two_datasets",
            severity="error",
            node=key,
            message=f"A graph begins at one input. It has {examined.name(examined.starts[0])}, and "
            f"{examined.name(key)} is another one.",
            mend=remove_node(key, f"Remove {examined.name(key)}"),
        )
    for key in examined.tables[1:]:
        yield Issue(
            code="two_tables",
            severity="error",
            node=key,
            message=f"A graph has one table. It has {examined.name(examined.tables[0])}, which gives all features, and "
            f"{examined.name(key)} is another one.",
            mend=remove_node(key, f"Remove {examined.name(key)}"),
        )
    if not examined.outputs:
        yield Issue(
            code="no_output",
            severity="error",
            message="The graph has no output, so it is not said what the network shall learn.",
            mend=Mend(label="Add an output", operations=_new_output(examined)),
        )
    for key in examined.outputs[MOST_OUTPUTS:]:
        yield Issue(
            code="too_many_outputs",
            severity="error",
            node=key,
            message=f"A graph has {MOST_OUTPUTS} outputs at most, but {examined.name(key)} is one more.",
            mend=remove_node(key, f"Remove {examined.name(key)}"),
        )


def dataset(examined: Examined) -> Iterator[Issue]:
    """The data set is chosen and there."""
    node = next(iter(examined.starts), "")
    if node not in examined.values or examined.specs[node].kind != "dataset":
        return
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


def constant_input(examined: Examined) -> Iterator[Issue]:
    """A constant input has a size but no images, so only training minds it."""
    for node in examined.starts[:1]:
        if examined.specs[node].kind != "constant_input":
            continue
        yield Issue(
            code="no_data_to_learn_from",
            severity="error",
            node=node,
            message=f"{examined.name(node)} says how large the input is, but gives nothing to learn from: the network "
            "can be drawn and written as a plain module, and not be trained.",
            mend=Mend(label="Make it a data set", operations=become_dataset(examined.document, node)),
        )


def table(examined: Examined) -> Iterator[Issue]:
    """A table needs a data set whose samples have features."""
    for node in examined.tables[:1]:
        if examined.dataset is not None and not examined.dataset.features:
            yield Issue(
                code="no_features",
                severity="error",
                node=node,
                message=f"{examined.name(node)} has nothing to give: the samples of the data set "
                f"“{examined.dataset.name}” are images without a table of features. Choose a data set that has one "
                "(he_patients comes with the program), or work with the images alone.",
                mend=remove_node(node, f"Remove {examined.name(node)}"),
            )


def _new_node(examined: Examined, kind: str) -> AddNode:
    """Put a node of that kind before everything, or behind."""
    flow = flow_of(examined.document)
    places = [flow.along(node) for node in examined.document.nodes.values()]
    before, behind = min(places, default=flow.step) - flow.step, max(places, default=-flow.step) + flow.step
    x, y = flow.at(before if catalog[kind].role == "input" else behind, 0.0)
    return AddNode(id=new_node_id(examined.document, kind), node=Node(kind=kind, x=x, y=y))


def _new_output(examined: Examined) -> tuple[Operation, ...]:
    """Add the output that the data set is made for, connected with the one node that it can end, if it is just one."""
    objective = fitting(examined.dataset) if examined.dataset else OBJECTIVES["classification"]
    added = _new_node(examined, objective.kind)
    takes = set(catalog[objective.kind].inputs[0].types)
    ends = [
        key
        for key, spec in sorted(examined.specs.items())
        if spec.outputs
        and spec.role == "layer"
        and not examined.topology.outgoing[key]
        and output_types(examined.document, examined.topology, key, spec.outputs[0].name) <= takes
    ]
    if len(ends) != 1:
        return (added,)
    port = examined.specs[ends[0]].outputs[0].name
    edge = Edge(source=ends[0], source_port=port, target=added.id, target_port="input")
    return (added, AddEdge(id=new_edge_id(examined.document), edge=edge))


RULES = (census, dataset, constant_input, table)
