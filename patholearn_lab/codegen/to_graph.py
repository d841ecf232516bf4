"""An edited cell read back into its graph. It is only parsed and walked through as a syntax tree, never run."""

from __future__ import annotations

import ast

from patholearn_lab.codegen.assembly import Assembled, assemble
from patholearn_lab.codegen.cell import CodeIssue, ReadBack
from patholearn_lab.codegen.chains import Chains
from patholearn_lab.codegen.changes import operations_between
from patholearn_lab.codegen.edited_blocks import BlocksInCell
from patholearn_lab.codegen.ends import signals_of, with_ends
from patholearn_lab.codegen.entry import Reading, read_network
from patholearn_lab.codegen.free_nodes import patterns_of
from patholearn_lab.codegen.identity import Emitted
from patholearn_lab.codegen.learning import read_task
from patholearn_lab.codegen.own_blocks import known_blocks
from patholearn_lab.codegen.reading import parse
from patholearn_lab.codegen.sketch import Drawn
from patholearn_lab.codegen.symbols import ExhaustedError, Signal
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.learning.tasks import OBJECTIVES
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
    try:
        return _read(module, document, lookup)
    except ExhaustedError as error:
        issue = CodeIssue(code="too_much", severity="error", line=error.line, message=error.message)
        return ReadBack(document=document, issues=(issue,), complete=False)


def _read(module: ast.Module, original: Document, lookup: DatasetLookup) -> ReadBack:
    chains = Chains.of(original)
    document = chains.joined
    emitted = Emitted.of(document)
    kinds = {name: document.nodes[node].kind for node, name in emitted.names.items()}
    starts = _starts(module, document, emitted, lookup)
    patterns = patterns_of(document, emitted)
    blocks = BlocksInCell(document, known_blocks(document, lookup), emitted.names)
    reading = read_network(module, starts, emitted.parts, kinds, patterns, blocks, tuple(emitted.outputs.values()))
    document = document.model_copy(update={"blocks": blocks.definitions}) if blocks.changed else document
    if reading.network is None:
        return ReadBack(document=original, issues=tuple(reading.issues), complete=False)
    kind = OBJECTIVES[read_task(reading)].kind
    assembled = assemble(reading.sketch, reading.end, document, emitted, catalog[kind])
    made = chains.apart(with_ends(assembled, reading, document, emitted, lookup))
    issues = (*reading.issues, *_contradictions(reading, assembled))
    lines = {assembled.ids[key]: drawn.lines for key, drawn in reading.sketch.nodes.items()}
    return ReadBack(
        document=made,
        operations=tuple(operations_between(original, made)),
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
    return signals_of(document, emitted, image, features)


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


def _contradictions(reading: Reading, assembled: Assembled) -> list[CodeIssue]:
    """Return what the cell says of sizes that follow from the shapes, and says wrongly."""
    nodes = {key: drawn for key, drawn in reading.sketch.nodes.items() if key not in reading.guessed}
    return [issue for key, drawn in nodes.items() for issue in _of_layer(drawn, assembled.ids[key])]


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
