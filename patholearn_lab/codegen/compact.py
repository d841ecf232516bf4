"""The cell in its short form: the network alone, derived from the library's task class, which knows how it learns.

It is taken from the emitted cell, as `plain.py` does. It needs PathoLearn Lab to run; every other form runs without.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.heads import SPLITS, Head, heads_of
from patholearn_lab.codegen.imports import import_lines
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.plain import TRAINING_LINE, class_of, method_of, moved, used_imports
from patholearn_lab.codegen.source import literal, split
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.learning.losses import SOURCES
from patholearn_lab.graph.learning.metrics import BY_TASK
from patholearn_lab.graph.learning.settings import IN_CONSTANTS, TRAINING
from patholearn_lab.graph.validation.examined import Examined

_HEAD = "# The short form: lab.Task brings the losses, the metrics and the optimizer along."


def emit_compact(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return the cell of a graph as a class that derives from ``lab.Task``.

    Raises
    ------
    CodeError
        When the graph has errors.
    """
    cell = emit_cell(document, lookup)
    heads = heads_of(Examined.of(document, lookup))
    lines, tree = cell.code.splitlines(), ast.parse(cell.code)
    network = class_of(tree, cell.class_name)
    gone = set(_left_out(tree, network, lines))
    begin = method_of(network, "__init__").body[0].lineno
    body = [(number, line) for number, line in enumerate(lines, 1) if number not in gone]
    written: list[tuple[int | None, str]] = []
    for number, line in body:
        if number == begin:
            written += [(None, text) for text in _begin(heads)]
        elif number == network.lineno:
            written.append((number, f"class {cell.class_name}(lab.Task):"))
        else:
            written.append((number, line))
    text = "\n".join(line for _, line in written)
    imports = import_lines({*used_imports(tree, lines, text), "import patholearn_lab as lab"})
    top: list[tuple[int | None, str]] = [(None, line) for line in (lines[0], _HEAD, *imports, "")]
    while not written[0][1].strip():
        written.pop(0)
    places = {old: new for new, (old, _) in enumerate([*top, *written], 1) if old is not None}
    call = [len(top) + place for place, (number, _) in enumerate(written, 1) if number is None]
    found = {
        node: [places[number] for number in range(start, end + 1) if number in places] or call
        for node, (start, end) in cell.lines.items()
    }
    code = "\n".join(line for _, line in [*top, *written]) + "\n"
    return moved(cell, code, {node: (numbers[0], numbers[-1]) for node, numbers in found.items()})


def _left_out(tree: ast.Module, network: ast.ClassDef, lines: list[str]) -> Iterator[int]:
    """Yield the numbers of the lines that the task class stands for, of the head, and of the imports."""
    yield from (1, 2)
    for node in tree.body:
        is_loss = isinstance(node, ast.FunctionDef) and node.name in SOURCES
        if is_loss or isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from range(node.lineno - (2 if is_loss else 0), (node.end_lineno or node.lineno) + 1)
    for method in network.body:
        assert isinstance(method, ast.FunctionDef)
        if method.name not in ("__init__", "forward"):
            yield from range(method.lineno - 1, (method.end_lineno or method.lineno) + 1)
    for statement in method_of(network, "__init__").body:
        text = "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
        if TRAINING_LINE.search(text):
            yield from range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _begin(heads: list[Head]) -> list[str]:
    """Return the call that says what the network learns, and how."""
    values = heads[0].values
    settings = [
        f"{param.name}={literal(values[param.name])}"
        for param in TRAINING
        if param.name not in IN_CONSTANTS
        if param.name in ("optimizer", "learning_rate") or values[param.name] != param.default
    ]
    if len(heads) == 1:
        outputs = split("            lab.Output(", _arguments(heads[0]), "),")
    else:
        rows = [split(f'                "{head.name}": lab.Output(', _arguments(head), "),") for head in heads]
        outputs = ["            {", *(line for row in rows for line in row), "            },"]
    return ["        super().__init__(", *outputs, *(f"            {setting}," for setting in settings), "        )"]


def _arguments(head: Head) -> list[str]:
    """Return the arguments of an output: its task, its width, and the settings that are not the usual ones."""
    names = [metric.kind.name for metric in head.metrics]
    named = f"[{', '.join(map(literal, names))}]"
    if any(metric.splits != frozenset(SPLITS) for metric in head.metrics):
        splits = [", ".join(literal(name) for name in SPLITS if name in metric.splits) for metric in head.metrics]
        named = f"{{{', '.join(f'{literal(name)}: [{row}]' for name, row in zip(names, splits, strict=True))}}}"
    usual = f'["{next(iter(BY_TASK[head.objective.task]))}"]'
    metrics = [] if named == usual else [f"metrics={named}"]
    return [literal(head.objective.task), str(head.width), *_settings(head), *metrics]


def _settings(head: Head) -> Iterator[str]:
    weights = head.weights[1]
    if weights:
        yield f"class_weights={literal(list(weights))}"
    for param in catalog[head.objective.kind].params:
        is_own = param.name in {"loss", "weight", *head.loss.params} - {"class_weights"}
        if is_own and head.values[param.name] != param.default:
            yield f"{param.name}={literal(head.values[param.name])}"
