"""The metrics in ``__init__``: a collection of torchmetrics a split, and an output where there are several."""

from __future__ import annotations

from patholearn_lab.codegen.heads import SPLITS, Head, Metric
from patholearn_lab.codegen.source import Source, literal, split


def write_metrics(source: Source, heads: list[Head]) -> None:
    """Write ``self.train_metrics`` and its two siblings."""
    if len(heads) == 1:
        _write_one(source, heads[0])
        return
    for head in heads:
        if _everywhere(head):
            _write_collection(source, 8, f"{head.name}_metrics = ", head, head.metrics, "")
    for name in SPLITS:
        source.add(f"        self.{name}_metrics = nn.ModuleDict(", "            {")
        for head in heads:
            prefix = f"{name}_{head.name}_"
            if _everywhere(head):
                source.add(f'                "{head.name}": {head.name}_metrics.clone(prefix="{prefix}"),')
            else:
                chosen = tuple(metric for metric in head.metrics if name in metric.splits)
                _write_collection(source, 16, f'"{head.name}": ', head, chosen, prefix, ",")
        source.add("            }", "        )")


def _write_one(source: Source, head: Head) -> None:
    if _everywhere(head):
        _write_collection(source, 8, "metrics = ", head, head.metrics, "")
        for name in SPLITS:
            source.add(f'        self.{name}_metrics = metrics.clone(prefix="{name}_")')
        return
    for name in SPLITS:
        chosen = tuple(metric for metric in head.metrics if name in metric.splits)
        _write_collection(source, 8, f"self.{name}_metrics = ", head, chosen, f"{name}_")


def _everywhere(head: Head) -> bool:
    return all(metric.splits == frozenset(SPLITS) for metric in head.metrics)


def _write_collection(
    source: Source, indent: int, opening: str, head: Head, metrics: tuple[Metric, ...], prefix: str, after: str = ""
) -> None:
    pad = " " * indent
    if not metrics:
        source.add(f"{pad}{opening}torchmetrics.MetricCollection({{}}){after}")
        return
    source.add(f"{pad}{opening}torchmetrics.MetricCollection(", f"{pad}    {{")
    for metric in metrics:
        function = f'{pad}        "{metric.kind.name}": torchmetrics.{metric.kind.target}('
        # A metric that is measured on some splits only stands in several places; the first is shown.
        node = metric.node if metric.node not in source.marks else None
        source.add(*split(function, _arguments(head, metric), "),"), node=node)
    ending = [f"{pad}    }},", f'{pad}    prefix="{prefix}",'] if prefix else [f"{pad}    }}"]
    source.add(*ending, f"{pad}){after}")


def _arguments(head: Head, metric: Metric) -> list[str]:
    """Return ``task="multiclass", num_classes=2, average="macro"``."""
    kind = metric.kind
    arguments = [f"{name}={literal(value)}" for name, value in kind.fixed]
    if kind.width:
        arguments.insert(1, f"{kind.width}={head.width}")
    if kind.ignores and head.values.get("ignore_index") is not None:
        arguments.append(f"ignore_index={head.values['ignore_index']}")
    return arguments
