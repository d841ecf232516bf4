"""The ends of the graph that a cell describes: its data set, and what each output learns and is measured by."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from patholearn_lab.codegen.arguments import FEATURES, IMAGES
from patholearn_lab.codegen.assembly import Assembled, free_edge
from patholearn_lab.codegen.cell import CodeIssue
from patholearn_lab.codegen.entry import Reading, read_network
from patholearn_lab.codegen.identity import Emitted
from patholearn_lab.codegen.learning import (
    metric_params,
    read_dataset,
    read_metrics,
    read_settings,
    united,
    usual_metrics,
)
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.reading import parse
from patholearn_lab.codegen.sketch import START, TABLE
from patholearn_lab.codegen.symbols import Signal
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import Shape

_Metrics = Mapping[str, frozenset[str]]


def signals_of(
    document: Document, emitted: Emitted, image: Shape | None = None, features: Shape | None = None
) -> dict[str, Signal]:
    """Return what goes into the network of a document, by the part of a batch."""
    start = catalog[document.nodes[emitted.start].kind if emitted.start else "dataset"]
    table = catalog[document.nodes[emitted.table].kind if emitted.table else "table_input"]
    return {
        IMAGES: Signal(START, start.outputs[0].name, image),
        FEATURES: Signal(TABLE, table.outputs[0].name, features),
    }


def with_ends(
    assembled: Assembled, reading: Reading, before: Document, emitted: Emitted, lookup: DatasetLookup
) -> Document:
    """Return the document with the data set, the training settings, the losses and the metrics that the cell names.

    Of these, what the cell of `before` says as well was not edited, however it is read.
    """
    document = _with_dataset(assembled, reading)
    outputs = {name: node for node, name in emitted.outputs.items()} or {"": assembled.ids["end"]}
    found = _Said.of(reading, document, outputs)
    changed = {name: _news(found.settings[name], document, node) for name, node in outputs.items()}
    wanted = {name: _new_metrics(found.metrics[name], document, node) for name, node in outputs.items()}
    if any(changed.values()) or any(metrics is not None for metrics in wanted.values()) or found.issues:
        unedited = _unedited(before, lookup)
        if unedited is not None:
            base = _Said.of(unedited, document, outputs)
            for name in outputs:
                same = base.settings.get(name, {})
                changed[name] = {
                    key: value for key, value in changed[name].items() if key not in same or same[key] != value
                }
                wanted[name] = None if base.metrics[name] == found.metrics[name] else wanted[name]
            _forget(reading, found, base, _following(changed, outputs, before, lookup))
    for name, node in outputs.items():
        document = _with_params(document, node, changed[name])
        document = _with_metrics(document, node, wanted[name])
    return _with_results(document, assembled, reading, emitted)


@dataclass(frozen=True)
class _Said:
    """What a cell says of its outputs, by name, and what was remarked while that was read."""

    settings: Mapping[str, Mapping[str, ParamValue]]
    metrics: Mapping[str, _Metrics | None]
    issues: tuple[CodeIssue, ...]

    @classmethod
    def of(cls, reading: Reading, document: Document, outputs: Mapping[str, str]) -> _Said:
        before = len(reading.issues)
        settings = read_settings(reading)
        metrics = {name: read_metrics(reading, _task(document, node), name) for name, node in outputs.items()}
        return cls(settings, metrics, tuple(reading.issues[before:]))


def _task(document: Document, output: str) -> str:
    return str(catalog[document.nodes[output].kind].task)


def _with_dataset(assembled: Assembled, reading: Reading) -> Document:
    document, start = assembled.document, assembled.ids[START]
    dataset = read_dataset(reading)
    if dataset is None or document.nodes[start].params.get("dataset", "") == dataset:
        return document
    node = document.nodes[start].model_copy(update={"kind": "dataset", "params": {"dataset": dataset}})
    return document.model_copy(update={"nodes": {**document.nodes, start: node}})


def _news(settings: Mapping[str, ParamValue], document: Document, output: str) -> dict[str, ParamValue]:
    """Return the settings that are not those of the output's node."""
    spec = catalog[document.nodes[output].kind]
    old, _ = values_of(spec, document.nodes[output].params)
    return {name: value for name, value in settings.items() if name in old and old[name] != value}


def _new_metrics(metrics: _Metrics | None, document: Document, output: str) -> _Metrics | None:
    """Return the metrics of an output where they are not those of the graph."""
    measured = _measured(document, output)
    usual = not measured and metrics == usual_metrics(_task(document, output))
    return None if usual or metrics == measured else metrics


def _following(
    changed: Mapping[str, Mapping[str, ParamValue]],
    outputs: Mapping[str, str],
    before: Document,
    lookup: DatasetLookup,
) -> tuple[CodeIssue, ...]:
    """Return what is remarked about the cell of the graph with these changes.

    A learning rate stands in the optimizer and in its schedule: what follows from a setting that the graph takes over
    is no news either.
    """
    changes = [SetParams(id=outputs[name], params=dict(params)) for name, params in changed.items() if params]
    taken = apply(before, changes)
    follows = _unedited(taken, lookup) if changes else None
    return _Said.of(follows, taken, outputs).issues if follows is not None else ()


def _forget(reading: Reading, found: _Said, base: _Said, following: tuple[CodeIssue, ...]) -> None:
    """Take out the remarks that have nothing to do with an edit."""
    known = {(issue.code, issue.message) for issue in (*base.issues, *following)}
    forgotten = {id(issue) for issue in found.issues if (issue.code, issue.message) in known}
    reading.issues[:] = [issue for issue in reading.issues if id(issue) not in forgotten]


def _unedited(document: Document, lookup: DatasetLookup) -> Reading | None:
    """Return the cell of a document as it is read; None where the document cannot be written."""
    try:
        module = parse(emit_cell(document, lookup).code)
    except CodeError:
        return None
    assert isinstance(module, ast.Module)
    emitted = Emitted.of(document)
    return read_network(
        module, signals_of(document, emitted), emitted.parts, {}, outputs=tuple(emitted.outputs.values())
    )


def _with_params(document: Document, output: str, changed: Mapping[str, ParamValue]) -> Document:
    if not changed:
        return document
    node = document.nodes[output]
    defaults = {param.name: param.default for param in catalog[node.kind].params}
    params = {k: v for k, v in {**node.params, **changed}.items() if k not in changed or v != defaults[k]}
    return document.model_copy(update={"nodes": {**document.nodes, output: node.model_copy(update={"params": params})}})


def _with_results(document: Document, assembled: Assembled, reading: Reading, emitted: Emitted) -> Document:
    """Return the document with the further outputs fed by what ``forward`` returns for each."""
    edges = dict(document.edges)
    for node, name in emitted.outputs.items():
        signal = reading.results.get(name)
        if signal is None or node == emitted.end:
            continue
        port = catalog[document.nodes[node].kind].inputs[0].name
        key = next((key for key, edge in edges.items() if edge.target == node), free_edge(set(edges)))
        source = assembled.ids[signal.node]
        edges[key] = Edge(source=source, source_port=signal.port, target=node, target_port=port)
    return document.model_copy(update={"edges": edges})


def _measured(document: Document, output: str) -> dict[str, frozenset[str]]:
    """Return on which splits the metric nodes of an output measure."""
    spec = catalog["metric"]
    below = {edge.target for edge in document.edges.values() if edge.source == output}
    nodes = {key: node for key, node in document.nodes.items() if key in below and node.kind == spec.kind}
    return united({key: values_of(spec, node.params)[0] for key, node in nodes.items()})


def _with_metrics(document: Document, output: str, wanted: _Metrics | None) -> Document:
    if wanted is None:
        return document
    nodes, edges = dict(document.nodes), dict(document.edges)
    spec = catalog["metric"]
    present = {
        edge.target: values_of(spec, nodes[edge.target].params)[0]
        for edge in document.edges.values()
        if edge.source == output and edge.target in nodes and nodes[edge.target].kind == "metric"
    }
    have = united(present)
    for name in dict.fromkeys([*have, *wanted]):
        holders = [key for key, values in present.items() if values["name"] == name]
        if have.get(name) == wanted.get(name):
            continue
        for key in holders[0 if name not in wanted else 1 :]:
            del nodes[key]
            edges = {k: edge for k, edge in edges.items() if key not in (edge.source, edge.target)}
        if name in wanted and holders:
            params = metric_params(name, wanted[name])
            nodes[holders[0]] = nodes[holders[0]].model_copy(update={"params": params})
        elif name in wanted:
            key = free_id(nodes, spec.stem)
            below = nodes[output]
            beside = sum(1 for other in nodes.values() if other.kind == "metric")
            nodes[key] = Node(
                kind="metric", params=metric_params(name, wanted[name]), x=below.x + 240 * beside, y=below.y + 120
            )
            number = len(edges) + 1
            while f"e{number}" in edges:
                number += 1
            edges[f"e{number}"] = Edge(source=output, source_port="scores", target=key, target_port="scores")
    return document.model_copy(update={"nodes": nodes, "edges": edges})
