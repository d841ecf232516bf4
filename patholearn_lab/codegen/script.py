"""Whole programs: a cell with its data and Trainer, a script for the command line, and a notebook."""

from __future__ import annotations

import ast
import json
import re
from textwrap import indent
from typing import Any

from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.folders import data_module, imports_with, layout, shape_for_folders
from patholearn_lab.codegen.imports import import_lines
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.codegen.names import plain_line
from patholearn_lab.codegen.plain import class_of, method_of, moved
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.summary import summarize

_MAIN = """
def main():
    parser = argparse.ArgumentParser(description="Train {name} on a folder of images.")
    parser.add_argument("data", help="{layout}")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--batch-size", type=int, default=BATCH_SIZE)
    parser.add_argument("--learning-rate", type=float, default={rate})
    parser.add_argument("--device", default="auto", help="auto, cpu, gpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    L.seed_everything(arguments.seed)
    data = FolderData(arguments.data, arguments.batch_size)
    model = {name}(arguments.learning_rate){weights}
    trainer = L.Trainer(max_epochs=arguments.epochs, accelerator=arguments.device)
    trainer.fit(model, datamodule=data)
    trainer.test(model, datamodule=data)


if __name__ == "__main__":
    main()
"""
_TRAIN = """data = FolderData("images", BATCH_SIZE)  # the folder of your images
trainer = L.Trainer(max_epochs=EPOCHS)
trainer.fit(model, datamodule=data)
trainer.test(model, datamodule=data)
"""


def emit_explicit(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return the cell with everything that is needed to train it: LightningModule, DataModule and Trainer.

    Raises
    ------
    CodeError
        When the graph has errors, or does not learn classes of images.
    """
    cell = emit_cell(document, lookup)
    shape = shape_for_folders(document, lookup)
    imports, body = imports_with(cell)
    text = "\n".join(
        [*_header(cell), *import_lines(imports), "", body, "", "", data_module(cell, shape), "", "", _TRAIN]
    )
    return _after(cell, text)


def emit_script(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return ``train.py``: a program that trains the network on a folder of images.

    It takes the folder, and ``--epochs``, ``--batch-size``, ``--learning-rate``, ``--device`` and ``--seed``. It needs
    torch and lightning, and pillow to read images. A network that takes a table reads the folder's ``metadata.csv``.

    Raises
    ------
    CodeError
        When the graph has errors, or does not learn classes of images.
    """
    cell = emit_cell(document, lookup)
    shape = shape_for_folders(document, lookup)
    imports, body = imports_with(cell, ("import argparse",))
    body, rate = _with_learning_rate(cell, body)
    body, _, weights = body.partition(f"\n\n\nmodel = {cell.class_name}()")
    body = "\n".join(line for line in body.splitlines() if not line.startswith("DATASET = "))
    title = plain_line(document.meta.name) or "A network"
    main = _MAIN.replace("{name}", cell.class_name).replace("{rate}", rate).strip("\n")
    main = main.replace("{layout}", layout(cell))
    main = main.replace("{weights}", indent(weights.rstrip(), "    "))
    text = "\n".join(
        [
            f'"""{_quoted(title)}, drawn with PathoLearn Lab. Try: python train.py --help"""',
            "",
            *import_lines(imports),
            "",
            body.strip("\n"),
            "",
            "",
            data_module(cell, shape),
            "",
            "",
            main,
        ]
    )
    return _after(cell, f"{text}\n")


def emit_notebook(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return a notebook (nbformat 4.5, as JSON) with the table of layers, the network, its data and its training.

    Raises
    ------
    CodeError
        When the graph has errors, or does not learn classes of images.
    """
    cell = emit_cell(document, lookup)
    shape = shape_for_folders(document, lookup)
    data_imports = import_lines(line for line in imports_with(cell)[0] if line not in cell.code.splitlines())
    title = plain_line(document.meta.name) or "A network"
    table = str(summarize(document, lookup))
    cells = [
        _markdown("title", f"# {title}\n\nDrawn with PathoLearn Lab.\n\n```text\n{table.replace('`', chr(39))}\n```"),
        _code("network", cell.code),
        _markdown("data-text", f"## The images\n\nThey lie in a {layout(cell)}."),
        _code("data", "\n".join([*data_imports, "", "", data_module(cell, shape)])),
        _markdown("training-text", "## Training"),
        _code("training", _TRAIN),
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return moved(cell, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", {})


def _header(cell: EmittedCell) -> list[str]:
    return [line for line in cell.code.splitlines()[:2] if line.startswith("#")]


def _with_learning_rate(cell: EmittedCell, body: str) -> tuple[str, str]:
    """Make the learning rate an argument of the network; return the body and the rate that was written there."""
    method = method_of(class_of(ast.parse(cell.code), cell.class_name), "configure_optimizers")
    old = "\n".join(cell.code.splitlines()[method.lineno - 1 : method.end_lineno])
    found = re.search(r"\blr=([0-9.e+-]+)", old)
    assert found is not None, "the cell has no learning rate"
    new = old.replace(found[0], "lr=self.learning_rate", 1)
    init = "    def __init__(self):\n        super().__init__()\n"
    start = body.index(f"class {cell.class_name}(")
    made = body[start:].replace(old, new, 1)
    made = made.replace(
        init,
        f"    def __init__(self, learning_rate={found[1]}):\n        super().__init__()\n"
        "        self.learning_rate = learning_rate\n",
        1,
    )
    return body[:start] + made, found[1]


def _after(cell: EmittedCell, code: str) -> EmittedCell:
    """Return the cell as another text that holds its lines in the same order, with the nodes' lines found again."""
    old, new = cell.code.splitlines(), code.splitlines()
    now: dict[int, int] = {}
    position = 0
    for number, line in enumerate(old, 1):
        found = next((index for index in range(position, len(new)) if new[index] == line), None)
        if found is not None and line.strip():
            now[number], position = found + 1, found + 1
    places = {
        node: [now[number] for number in range(first, last + 1) if number in now]
        for node, (first, last) in cell.lines.items()
    }
    return moved(cell, code, {node: (found[0], found[-1]) for node, found in places.items() if found})


def _quoted(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def _code(name: str, text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": text.rstrip("\n").splitlines(keepends=True),
    }
