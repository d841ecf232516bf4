"""The whole cell: imports, settings, the network as a LightningModule, how it learns, and the network made.

Its text is meant to be read and changed by students. So it is plain PyTorch and Lightning with the numbers in place,
and says nothing about the graph but the first two lines. Equal graphs give equal bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from patholearn_lab.codegen.blocks import BlockClasses
from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.imports import import_lines
from patholearn_lab.codegen.model import Layer, Network, layer_nodes, write_classes, write_forward, write_init
from patholearn_lab.codegen.names import class_name, plain_line
from patholearn_lab.codegen.source import Source, literal, split
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup
from patholearn_lab.graph.spec import Values
from patholearn_lab.graph.validation.examined import Examined

SPLITS = ("train", "valid", "test")
_STEPS = (("training", "train"), ("validation", "valid"), ("test", "test"))
_IMPORTS = ("import lightning as L", "import torch", "import torch.nn.functional as F", "import torchmetrics")
METRICS = {
    "accuracy": ("Accuracy", ""),
    "f1": ("F1Score", "macro"),
    "precision": ("Precision", "macro"),
    "recall": ("Recall", "macro"),
    "auroc": ("AUROC", ""),
}
"""The class of torchmetrics, and how it averages over classes where its own default is not the usual one."""
OPTIMIZERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD"}


@dataclass(frozen=True)
class _Metric:
    name: str
    node: str | None
    splits: frozenset[str]


def emit_cell(document: Document, lookup: DatasetLookup) -> EmittedCell:
    """Return the PyTorch cell of a graph.

    Parameters
    ----------
    document
        The graph.
    lookup
        Finds its data set, which decides channels, sizes and the number of classes.

    Raises
    ------
    CodeError
        When the graph has errors; ``details["issues"]`` has them all.
    """
    _ensure_runnable(document, lookup)
    examined = Examined.of(document, lookup)
    nodes = layer_nodes(examined)
    blocks = BlockClasses(examined, nodes)
    network = Network.of(examined, blocks.call)
    layers = [*blocks.layers, *network.layers]
    output = examined.outputs[0]
    training = examined.values[output]
    name = class_name(document.meta.name, taken={layer.function for layer in layers})
    source = Source()
    _write_top(source, document, examined, network, layers)
    write_classes(source, layers)
    for made in blocks.classes:
        made.write(source)
    source.add("", "", f"class {name}(L.LightningModule):", "    def __init__(self):", "        super().__init__()")
    write_init(source, network.layers)
    _write_metrics(source, _metrics(examined, output), _class_count(examined))
    source.add("")
    write_forward(source, network)
    _write_steps(source, training)
    _write_optimizer(source, training, output)
    source.add("", "", f"model = {name}()")
    blocks.mark(source, nodes)
    code = source.text()
    return EmittedCell(
        code=code,
        lines=source.marks,
        names=network.attributes,
        class_name=name,
        hash=hashlib.sha256(code.encode()).hexdigest(),
    )


def _ensure_runnable(document: Document, lookup: DatasetLookup) -> None:
    result = check(document, lookup)
    errors = [issue for issue in result.issues if issue.severity == "error"]
    if not errors:
        return
    more = f" ({len(errors) - 1} more like this.)" if len(errors) > 1 else ""
    mend = errors[0].mend
    raise CodeError(
        f"The graph cannot become code yet. {errors[0].message}{more}",
        f"{mend.label}, or change the graph by hand." if mend else "Change the graph where the editor marks it.",
        issues=[issue.model_dump(mode="json") for issue in errors],
    )


def _write_top(source: Source, document: Document, examined: Examined, network: Network, layers: list[Layer]) -> None:
    title = plain_line(document.meta.name) or "A network"
    own = {line for layer in layers for line in layer.imports}
    source.add(
        f"# {title}, drawn with PathoLearn Lab.",
        "# Change what you like: training uses this cell as it stands.",
        *import_lines({*_IMPORTS, *own}),
        "",
    )
    training = examined.values[examined.outputs[0]]
    source.add(f"DATASET = {literal(examined.dataset_id)}", node=network.start)
    source.add(f"EPOCHS = {training['epochs']}", f"BATCH_SIZE = {training['batch_size']}")


def _class_count(examined: Examined) -> int:
    return len(examined.dataset.classes) if examined.dataset else 0


def _metrics(examined: Examined, output: str) -> list[_Metric]:
    """Return the metrics that are connected with the output, each name once; accuracy where there is none."""
    found: dict[str, _Metric] = {}
    for node in examined.topology.targets(output):
        values = examined.values[node]
        name = str(values["name"])
        splits = frozenset(split for split in SPLITS if values[f"on_{split}"])
        before = found.get(name)
        found[name] = _Metric(name, before.node, before.splits | splits) if before else _Metric(name, node, splits)
    metrics = [metric for metric in found.values() if metric.splits]
    return metrics or [_Metric("accuracy", None, frozenset(SPLITS))]


def _write_metrics(source: Source, metrics: list[_Metric], classes: int) -> None:
    if all(metric.splits == frozenset(SPLITS) for metric in metrics):
        source.add("        metrics = torchmetrics.MetricCollection(", "            {")
        _write_entries(source, metrics, classes)
        source.add("            }", "        )")
        for name in SPLITS:
            source.add(f'        self.{name}_metrics = metrics.clone(prefix="{name}_")')
        return
    for name in SPLITS:
        chosen = [metric for metric in metrics if name in metric.splits]
        if chosen:
            source.add(f"        self.{name}_metrics = torchmetrics.MetricCollection(", "            {")
            _write_entries(source, chosen, classes)
            source.add("            },", f'            prefix="{name}_",', "        )")
        else:
            source.add(f"        self.{name}_metrics = torchmetrics.MetricCollection({{}})")


def _write_entries(source: Source, metrics: list[_Metric], classes: int) -> None:
    for metric in metrics:
        kind, average = METRICS[metric.name]
        arguments = ['task="multiclass"', f"num_classes={classes}"]
        if average:
            arguments.append(f'average="{average}"')
        lines = split(f'                "{metric.name}": torchmetrics.{kind}(', arguments, "),")
        # A metric that is measured on some splits only stands in several places; the first is shown.
        source.add(*lines, node=metric.node if metric.node not in source.marks else None)


def _write_steps(source: Source, training: Values) -> None:
    for method, name in _STEPS:
        source.add(
            "",
            f"    def {method}_step(self, batch, batch_idx):",
            f'        return self._step(batch, "{name}", self.{name}_metrics)',
        )
    smoothing = training["label_smoothing"]
    arguments = ["scores", "labels", *([f"label_smoothing={literal(smoothing)}"] if smoothing else [])]
    source.add(
        "",
        "    def _step(self, batch, split, metrics):",
        "        images, labels = batch",
        "        scores = self(images)",
        f"        loss = F.cross_entropy({', '.join(arguments)})",
        "        metrics.update(scores, labels)",
        '        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)',
        "        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)",
        "        return loss",
    )


def _write_optimizer(source: Source, training: Values, output: str) -> None:
    optimizer = training["optimizer"]
    arguments = ["self.parameters()", f"lr={literal(training['learning_rate'])}"]
    if optimizer == "sgd" and training["momentum"]:
        arguments.append(f"momentum={literal(training['momentum'])}")
    # AdamW's own default is not 0, so it is always written out.
    if training["weight_decay"] or optimizer == "adamw":
        arguments.append(f"weight_decay={literal(training['weight_decay'])}")
    source.add("")
    source.add(
        "    def configure_optimizers(self):",
        *split(f"        return torch.optim.{OPTIMIZERS[optimizer]}(", arguments, ")"),
        node=output,
    )
