"""The whole cell: imports, settings, the network as a LightningModule, how it learns, and the network made.

Its text is meant to be read and changed by students. So it is plain PyTorch and Lightning with the numbers in place,
and says nothing about the graph but the first two lines. Equal graphs give equal bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from patholearn_lab.codegen.arguments import IMAGES
from patholearn_lab.codegen.beginning import weights_constant, weights_import, weights_lines
from patholearn_lab.codegen.blocks import BlockClasses
from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.concatenates import join_layers
from patholearn_lab.codegen.heads import Head, heads_of
from patholearn_lab.codegen.imports import further_packages, import_lines
from patholearn_lab.codegen.metrics import write_metrics
from patholearn_lab.codegen.model import Layer, Network, layer_nodes, write_classes, write_forward, write_init
from patholearn_lab.codegen.names import class_name, plain_line
from patholearn_lab.codegen.optimization import write_optimizers
from patholearn_lab.codegen.source import Source, literal, split
from patholearn_lab.codegen.steps import write_learning_steps
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.validation.examined import Examined

_IMPORTS = ("import lightning as L", "import torch", "import torch.nn.functional as F", "import torchmetrics")


def emit_cell(document: Document, lookup: DatasetLookup, *, to_train: bool = True) -> EmittedCell:
    """Return the PyTorch cell of a graph.

    Parameters
    ----------
    document
        The graph.
    lookup
        Finds its data set, which decides channels, sizes and the number of classes.
    to_train
        Whether it shall be trained. If not, only the network is meant, and it may begin at a constant input.

    Raises
    ------
    CodeError
        When the graph has errors; ``details["issues"]`` has them all.
    """
    _ensure_sound(document, lookup, to_train=to_train)
    examined = Examined.of(document, lookup)
    nodes = layer_nodes(examined)
    blocks = BlockClasses(examined, nodes)
    heads = heads_of(examined)
    network = Network.of(examined, blocks.call, {head.name: head.source for head in heads})
    network = replace(network, layers=join_layers(network.layers, network.ends.values()))
    layers = [*blocks.layers, *network.layers]
    name = class_name(document.meta.name, taken={layer.function for layer in layers})
    source = Source()
    _write_top(source, document, examined, network, layers, heads)
    write_classes(source, layers)
    for made in blocks.classes:
        made.write(source)
    for function in dict.fromkeys(text for head in heads for text in head.sources()):
        source.add("", "", *function.splitlines())
    source.add("", "", f"class {name}(L.LightningModule):", "    def __init__(self):", "        super().__init__()")
    write_init(source, network.layers)
    _write_class_weights(source, heads)
    write_metrics(source, heads)
    source.add("")
    write_forward(source, network)
    write_learning_steps(source, heads, network.inputs)
    write_optimizers(source, heads[0].values, heads[0].node)
    source.add("", "", f"model = {name}()")
    file = str(heads[0].values["weights"])
    if file:
        source.add(*weights_lines(file))
    blocks.mark(source, nodes)
    code = source.text()
    return EmittedCell(
        code=code,
        lines=source.marks,
        names=network.attributes | blocks.attributes(nodes, network.attributes),
        class_name=name,
        hash=hashlib.sha256(code.encode()).hexdigest(),
    )


def _ensure_sound(document: Document, lookup: DatasetLookup, *, to_train: bool) -> None:
    result = check(document, lookup)
    errors = [issue for issue in result.issues if issue.severity == "error"] if to_train else result.network_errors
    if not errors:
        return
    more = f" ({len(errors) - 1} more like this.)" if len(errors) > 1 else ""
    mend = errors[0].mend
    raise CodeError(
        f"The graph cannot become code yet. {errors[0].message}{more}",
        f"{mend.label}, or change the graph by hand." if mend else "Change the graph where the editor marks it.",
        issues=[issue.model_dump(mode="json") for issue in errors],
    )


def _write_top(
    source: Source,
    document: Document,
    examined: Examined,
    network: Network,
    layers: list[Layer],
    heads: list[Head],
) -> None:
    title = plain_line(document.meta.name) or "A network"
    own = {line for layer in layers for line in layer.imports}
    file = str(heads[0].values["weights"])
    if file:
        own.add(weights_import(file))
    if len(heads) > 1:
        own.add("from torch import nn")
    others = further_packages(own)
    source.add(
        f"# {title}, drawn with PathoLearn Lab.",
        "# Change what you like: training uses this cell as it stands.",
        *([f"# It needs {' and '.join(others)} besides torch and lightning."] if others else []),
        *import_lines({*_IMPORTS, *own}),
        "",
    )
    source.add(f"DATASET = {literal(examined.dataset_id)}", node=network.start)
    parts = [each.part for each in network.inputs]
    if parts != [IMAGES]:
        source.add(*split("INPUTS = [", [literal(part) for part in parts], "]"), node=network.inputs[-1].node)
    _write_targets(source, heads)
    source.add(f"EPOCHS = {heads[0].values['epochs']}", f"BATCH_SIZE = {heads[0].values['batch_size']}")
    if file:
        source.add(weights_constant(file))


def _write_targets(source: Source, heads: list[Head]) -> None:
    """Write what the outputs are compared with, where that is not one class per image."""
    if len(heads) > 1:
        pairs = [f"{literal(head.name)}: {literal(head.objective.target)}" for head in heads]
        source.add(*split("TARGETS = {", pairs, "}"))
    elif heads[0].objective.target != "labels":
        source.add(f"TARGET = {literal(heads[0].objective.target)}")


def _write_class_weights(source: Source, heads: list[Head]) -> None:
    for head in heads:
        name, weights = head.weights
        if weights:
            tensor = f"torch.tensor([{', '.join(map(literal, weights))}])"
            source.add(*split("        self.register_buffer(", [literal(name), tensor], ")"))
