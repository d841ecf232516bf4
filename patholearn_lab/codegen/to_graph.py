"""An edited cell read back into its graph. It is only parsed and walked through as a syntax tree, never run."""

from __future__ import annotations

import ast

from patholearn_lab.codegen.arguments import FEATURES, IMAGES
from patholearn_lab.codegen.assembly import Assembled, assemble, free_edge, merged_params
from patholearn_lab.codegen.cell import CodeIssue, ReadBack
from patholearn_lab.codegen.chains import Chains
from patholearn_lab.codegen.changes import operations_between
from patholearn_lab.codegen.entry import Reading, read_network
from patholearn_lab.codegen.free_nodes import patterns_of
from patholearn_lab.codegen.identity import Emitted
from patholearn_lab.codegen.learning import (
    metric_params,
    read_dataset,
    read_metrics,
    read_settings,
    read_task,
    united,
    usual_metrics,
)
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.own_blocks import known_blocks
from patholearn_lab.codegen.reading import parse
from patholearn_lab.codegen.sketch import START, TABLE, Drawn
from patholearn_lab.codegen.symbols import ExhaustedError, Signal
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document, Edge, Node, ParamValue
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.mends import free_id
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.settings import values_of
from patholearn_lab.graph.spec import Shape
from patholearn_lab.graph.validation.examined import Examined


def read_graph(code: str, document: Document, lookup: DatasetLookup) -> ReadBack:
    """Return the graph that a cell describes.

    Parameters
    ----------
    code
        The cell, edited or not.
    document
        The graph as it was before the cell was edited; an empty document reads any network of torch's layers.
        Its ids, places and notes stay where the cell has the same layers.
    lookup
        Finds the data set, which decides the shapes.

    Returns
    -------
    ReadBack
        The new graph, the operations that lead there, and what the graph cannot show. Where the cell is no Python or
        has no network, the document is the old one and the issues say why.

    Raises
    ------
    TooLargeError
        When the code has more than 200,000 characters.
    """
    module = parse(code)
    if not isinstance(module, ast.Module):
        issue = CodeIssue(code="syntax_error", severity="error", line=module.line, message=module.message)
        return ReadBack(document=document, issues=(issue,), complete=False)
    chains = Chains.of(document)
    document = chains.joined
    emitted = Emitted.of(document)
    kinds = {name: document.nodes[node].kind for node, name in emitted.names.items()}
    try:
        starts = _starts(module, document, emitted, lookup)
        patterns = patterns_of(document, emitted)
        blocks = known_blocks(document, lookup)
        reading = read_network(module, starts, kinds, patterns, blocks, tuple(emitted.outputs.values()))
    except ExhaustedError as error:
        issue = CodeIssue(code="too_much", severity="error", line=error.line, message=error.message)
        return ReadBack(document=chains.original, issues=(issue,), complete=False)
    if reading.network is None:
        return ReadBack(document=chains.original, issues=tuple(reading.issues), complete=False)
    kind = OBJECTIVES[read_task(reading)].kind
    assembled = assemble(reading.sketch, reading.end, document, emitted, catalog[kind])
    made = _with_results(_with_ends(assembled, reading, document, lookup), assembled, reading, emitted)
    made = chains.apart(made)
    issues = (*reading.issues, *_contradictions(reading, assembled))
    lines = {assembled.ids[key]: drawn.lines for key, drawn in reading.sketch.nodes.items()}
    return ReadBack(
        document=made,
        operations=tuple(operations_between(chains.original, made)),
        issues=tuple(sorted(issues, key=lambda issue: issue.line)),
        lines=lines | {node: lines[chains.outermost(node)] for node in chains.inner if node in made.nodes},
        uses={assembled.ids[key]: lines for key, lines in reading.uses.items()},
        complete=not any(issue.severity == "error" for issue in issues),
    )


def _starts(module: ast.Module, document: Document, emitted: Emitted, lookup: DatasetLookup) -> dict[str, Signal]:
    """Return what may go into the network, by the part of a batch, with the shapes that are known.

    They are those of the data set that the cell names, else what the document's inputs give.
    """
    image, features = _shapes_in(module, document, emitted, lookup)
    return _signals(document, emitted, image, features)


def _signals(
    document: Document, emitted: Emitted, image: Shape | None = None, features: Shape | None = None
) -> dict[str, Signal]:
    start = catalog[document.nodes[emitted.start].kind if emitted.start else "dataset"]
    table = catalog[document.nodes[emitted.table].kind if emitted.table else "table_input"]
    return {
        IMAGES: Signal(START, start.outputs[0].name, image),
        FEATURES: Signal(TABLE, table.outputs[0].name, features),
    }


def _shapes_in(
    module: ast.Module, document: Document, emitted: Emitted, lookup: DatasetLookup
) -> tuple[Shape | None, Shape | None]:
    named = [
        statement.value.value
        for statement in module.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and any(isinstance(target, ast.Name) and target.id == "DATASET" for target in statement.targets)
    ]
    if named or emitted.start is None:
        dataset = lookup(str(named[-1])) if named else None
        return (dataset.image, (len(dataset.features),) if dataset.features else None) if dataset else (None, None)
    facts = Examined.of(document, lookup).inferred.facts
    image, features = (
        next(iter(facts[node].outputs.values()), None) if node else None for node in (emitted.start, emitted.table)
    )
    return image, features


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


def _with_ends(assembled: Assembled, reading: Reading, before: Document, lookup: DatasetLookup) -> Document:
    """Return the document with the data set, the training settings and the metrics that the cell names.

    Of these, what the cell of `before` says as well was not edited, however it is read.
    """
    document, ids = assembled.document, assembled.ids
    nodes, edges = dict(document.nodes), dict(document.edges)
    dataset = read_dataset(reading)
    if dataset is not None and nodes[ids[START]].params.get("dataset", "") != dataset:
        nodes[ids[START]] = nodes[ids[START]].model_copy(update={"kind": "dataset", "params": {"dataset": dataset}})
    output = ids["end"]
    spec = catalog[nodes[output].kind]
    old, _ = values_of(spec, nodes[output].params)
    issues = tuple(reading.issues)
    changed = {name: value for name, value in read_settings(reading).items() if old.get(name, value) != value}
    task = str(spec.task)
    wanted, measured = read_metrics(reading, task), _measured(document, output)
    if not measured and wanted == usual_metrics(task):
        wanted = None  # What a graph without metrics is written with.
    differs = wanted is not None and wanted != measured
    unedited = _unedited(before, lookup) if changed or differs or len(reading.issues) > len(issues) else None
    if unedited is not None:
        base, known = _settings(unedited)
        changed = {name: value for name, value in changed.items() if base.get(name) != value}
        wanted = None if read_metrics(unedited, task) == wanted else wanted
        taken = apply(before, [SetParams(id=output, params=changed)])
        if changed and len(reading.issues) > len(issues) and (follows := _unedited(taken, lookup)):
            # A learning rate stands in the optimizer and in its schedule: what follows from a setting that the graph
            # takes over is no news either.
            known |= _settings(follows)[1]
        reading.issues[len(issues) :] = [
            issue for issue in reading.issues[len(issues) :] if (issue.code, issue.message) not in known
        ]
    if changed:
        defaults = {param.name: param.default for param in spec.params}
        params = {k: v for k, v in {**nodes[output].params, **changed}.items() if v != defaults[k] or k not in changed}
        nodes[output] = nodes[output].model_copy(update={"params": params})
    return _with_metrics(document.model_copy(update={"nodes": nodes, "edges": edges}), output, wanted)


def _settings(reading: Reading) -> tuple[dict[str, ParamValue], set[tuple[str, str]]]:
    """Return the training settings of a cell, and what was remarked while they were read."""
    settings = read_settings(reading)
    return settings, {(issue.code, issue.message) for issue in reading.issues}


def _unedited(document: Document, lookup: DatasetLookup) -> Reading | None:
    """Return the cell of a document as it is read; None where the document cannot be written."""
    try:
        module = parse(emit_cell(document, lookup).code)
    except CodeError:
        return None
    assert isinstance(module, ast.Module)
    return read_network(module, _signals(document, Emitted.of(document)), {})


def _measured(document: Document, output: str) -> dict[str, frozenset[str]]:
    """Return on which splits the metric nodes of an output measure."""
    spec = catalog["metric"]
    metrics = (edge.target for edge in document.edges.values() if edge.source == output)
    nodes = {key: document.nodes[key] for key in metrics if document.nodes[key].kind == spec.kind}
    return united({key: values_of(spec, node.params)[0] for key, node in nodes.items()})


def _with_metrics(document: Document, output: str, wanted: dict[str, frozenset[str]] | None) -> Document:
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
            params = merged_params(spec, {}, metric_params(name, wanted[name]), ())
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


def _contradictions(reading: Reading, assembled: Assembled) -> list[CodeIssue]:
    """Return what the cell says of sizes that follow from the shapes, and says wrongly."""
    return [issue for key, drawn in reading.sketch.nodes.items() for issue in _of_layer(drawn, assembled.ids[key])]


def _of_layer(drawn: Drawn, node: str) -> list[CodeIssue]:
    issues = [
        CodeIssue(code="setup_contradicts", severity="warning", line=line, message=message, node=node)
        for line, message in drawn.remarks
    ]
    if drawn.shapes is None:
        return issues
    values, problems = values_of(drawn.spec, drawn.params)
    if problems:
        return issues
    for argument in drawn.spec.arguments:
        given = drawn.derived.get(argument.name)
        if argument.derived is None or not isinstance(given, int):
            continue
        try:
            due = argument.derived(values, drawn.shapes)
        except (LookupError, ArithmeticError):
            continue
        if given != due:
            message = (
                f"{argument.name} of “{drawn.name or node}” is {given}, but {due} come in. The graph works this out "
                f"itself: write {due} here, or change the layer before."
            )
            issues.append(
                CodeIssue(code="size_contradicts", severity="warning", line=drawn.lines[0], message=message, node=node)
            )
    return issues
