"""A network alone, as an ``nn.Module``: the cell without what is for training.

It is taken from the emitted cell instead of being written a second time, so that both always say the same.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from patholearn_lab.codegen.arguments import FEATURES, IMAGES
from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.imports import further_packages
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.reading import read_cell
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.settings import values_of

_TABLE = "table_input"
ASSUMED = DatasetShape("images", "Images", "classification", 3, 224, 224, (), 1_000_000)
"""What stands in for a data set that nobody chose: color images of 224 × 224 px."""
TRAINING_LINE = re.compile(r"\btorchmetrics\b|\bmetrics\b|_metrics\b|\bregister_buffer\b")
"""What only the lines of ``__init__`` have that are for the training."""


def emit_module(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return the network of a graph as an ``nn.Module`` with ``forward``, and an object of it called ``model``.

    A graph whose data set is not chosen is written for color images of 224 × 224 px (and as many features as its table
    says), and says so in its second line;
    one that begins at a constant input is written for its shape.

    Raises
    ------
    CodeError
        When the graph has errors.
    """
    known = with_dataset(document, lookup)
    cell = emit_cell(known.document, known.lookup, to_train=False)
    lines = cell.code.splitlines()
    tree = ast.parse(cell.code)
    network = class_of(tree, cell.class_name)
    kept = [number for number in range(1, len(lines) + 1) if number not in set(_left_out(tree, network, lines))]
    head = f"{lines[0]}\n" + ("" if known.chosen else f"# No data set was chosen: it is for {_assumed(cell)}.\n")
    body = "\n".join(lines[number - 1] for number in kept).replace(
        f"class {cell.class_name}(L.LightningModule):", f"class {cell.class_name}(nn.Module):"
    )
    needed = used_imports(tree, lines, body)
    imports = "\n".join(needed)
    others = further_packages(needed)
    head += f"# It needs {' and '.join(others)} besides torch.\n" if others else ""
    code = f"{head}{imports}\n\n\n{body.strip()}\n"
    return moved(cell, code, _places(cell, lines, kept, code))


class KnownDataset:
    """A document whose data set is known, chosen or assumed, with the lookup that finds it."""

    def __init__(self, document: Document, lookup: DatasetLookup, *, chosen: bool) -> None:
        self.document = document
        self.lookup = lookup
        self.chosen = chosen


def with_dataset(document: Document, lookup: DatasetLookup) -> KnownDataset:
    """Return the document with an assumed data set where it has none, of as many classes as it gives scores."""
    missing = [
        key
        for key, node in document.nodes.items()
        if node.kind == "dataset" and lookup(str(node.params.get("dataset") or "")) is None
    ]
    if not missing:
        return KnownDataset(document, lookup, chosen=True)
    filled = apply(document, [SetParams(id=key, params={"dataset": ASSUMED.id}) for key in missing])
    tables = [values_of(catalog[node.kind], node.params)[0] for node in filled.nodes.values() if node.kind == _TABLE]
    count = int(tables[0].get("features", 0)) if tables else 0
    assumed = replace(ASSUMED, features=tuple(f"feature_{number}" for number in range(1, count + 1)))
    result = check(filled, lambda _: assumed)
    outputs = [key for key, node in filled.nodes.items() if node.kind == "classification_output"]
    widths = [shape[0] for key in outputs for shape in result.nodes[key].outputs.values() if len(shape) == 1]
    classes = tuple(f"class_{number}" for number in range(max(widths, default=1)))
    shape = replace(assumed, classes=classes)
    return KnownDataset(filled, lambda _: shape, chosen=False)


def _assumed(cell: EmittedCell) -> str:
    """Return what a network takes whose data set is assumed."""
    words = {IMAGES: "images of 3 × 224 × 224", FEATURES: "rows of features"}
    return " and ".join(words[part] for part in read_cell(cell.code).inputs)


def class_of(tree: ast.Module, name: str) -> ast.ClassDef:
    """Return the class of that name."""
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def method_of(network: ast.ClassDef, name: str) -> ast.FunctionDef:
    """Return the method of that name."""
    return next(node for node in network.body if isinstance(node, ast.FunctionDef) and node.name == name)


def segment(lines: list[str], node: ast.expr | ast.stmt | ast.keyword) -> str:
    """Return the text of a node. (`ast.get_source_segment` takes the whole code apart for each.)"""
    last = node.end_lineno or node.lineno
    found = [line.encode() for line in lines[node.lineno - 1 : last]]
    found[-1] = found[-1][: node.end_col_offset]
    found[0] = found[0][node.col_offset :]
    return b"\n".join(found).decode()


def moved(cell: EmittedCell, code: str, lines: Mapping[str, tuple[int, int]]) -> EmittedCell:
    """Return the cell with other code, in which the nodes have other lines."""
    digest = hashlib.sha256(code.encode()).hexdigest()
    return cell.model_copy(update={"code": code, "lines": dict(lines), "hash": digest})


def refuse(message: str, way_out: str) -> CodeError:
    """Return the error of a graph that cannot take a form."""
    return CodeError(message, way_out, issues=[])


def _left_out(tree: ast.Module, network: ast.ClassDef, lines: list[str]) -> Iterator[int]:
    """Yield the numbers of the lines that are for training, or that are written anew."""
    first = min(node.lineno for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef)))
    own = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    starts = min((node.lineno for node in own if not _is_setting(node)), default=first)
    yield from range(1, starts)
    for node in tree.body:
        if _is_setting(node):
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
    for method in network.body:
        assert isinstance(method, ast.FunctionDef)
        if method.name not in ("__init__", "forward"):
            yield method.lineno - 1
            yield from range(method.lineno, (method.end_lineno or method.lineno) + 1)
    for statement in method_of(network, "__init__").body:
        text = "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
        if TRAINING_LINE.search(text):
            yield from range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)


def _is_setting(node: ast.stmt) -> bool:
    """Return whether it is a constant of the training: ``EPOCHS = 8``."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("DATASET", "INPUTS", "EPOCHS", "BATCH_SIZE", "TARGET", "TARGETS")
    )


def used_imports(tree: ast.Module, lines: list[str], body: str) -> list[str]:
    """Return the import statements whose names a body uses."""
    kept: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
            if any(re.search(rf"\b{re.escape(name)}\b", body) for name in names):
                kept += lines[node.lineno - 1 : node.end_lineno]
    return kept


def _places(cell: EmittedCell, lines: list[str], kept: list[int], code: str) -> dict[str, tuple[int, int]]:
    """Return where each node's lines have gone: what is kept stands at the end, in its old order."""
    body = code.splitlines()
    while kept and not lines[kept[0] - 1].strip():
        kept = kept[1:]
    while kept and not lines[kept[-1] - 1].strip():
        kept = kept[:-1]
    offset = len(body) - len(kept)
    now = {number: offset + index + 1 for index, number in enumerate(kept)}
    found = {node: [now[n] for n in range(first, last + 1) if n in now] for node, (first, last) in cell.lines.items()}
    return {node: (places[0], places[-1]) for node, places in found.items() if places}
