"""What happens with a batch: the network answers, the loss is computed, the metrics are updated, and all is logged."""

from __future__ import annotations

from collections.abc import Sequence

from patholearn_lab.codegen.arguments import Input
from patholearn_lab.codegen.heads import Head
from patholearn_lab.codegen.source import Source, literal, operation, split, sum_of_calls

_STEPS = (("training", "train"), ("validation", "valid"), ("test", "test"))
_WHEN = ["on_step=False", "on_epoch=True"]


def write_learning_steps(source: Source, heads: list[Head], inputs: Sequence[Input]) -> None:
    """Write the three steps of Lightning, and ``_step`` which they share."""
    for method, name in _STEPS:
        source.add(
            "",
            f"    def {method}_step(self, batch, batch_idx):",
            f'        return self._step(batch, "{name}", self.{name}_metrics)',
        )
    source.add("", "    def _step(self, batch, split, metrics):")
    targets = {head.objective.target for head in heads}
    truth = heads[0].truth if len(targets) == 1 else "targets"
    parts = ", ".join(each.part for each in inputs)
    source.add(f"        {f'({parts})' if len(inputs) > 1 else parts}, {truth} = batch")
    if len(heads) == 1:
        _write_one(source, heads[0], parts)
    else:
        _write_several(source, heads, parts)
    source.add("        return loss")


def _write_one(source: Source, head: Head, parts: str) -> None:
    source.add(
        f"        {head.guess} = self({parts})",
        *sum_of_calls(8, "loss", head.calls()),
        f"        metrics.update({head.guess}, {head.measured_truth})",
        '        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)',
        "        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)",
    )


def _write_several(source: Source, heads: list[Head], parts: str) -> None:
    source.add(f"        outputs = self({parts})")
    for place, head in enumerate(heads):
        # The first output stands for configure_optimizers, which follows its settings.
        source.add(*sum_of_calls(8, f"{head.name}_loss", head.calls()), node=head.node if place else None)
    source.add(*operation(8, "loss", "+", [_weighted(head) for head in heads]))
    source.add('        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)')
    for head in heads:
        source.add(
            *split(f'        metrics["{head.name}"].update(', [head.guess, head.measured_truth], ")"),
            *split("        self.log(", [f'f"{{split}}_{head.name}_loss"', f"{head.name}_loss", *_WHEN], ")"),
            *split("        self.log_dict(", [f'metrics["{head.name}"]', *_WHEN], ")"),
        )


def _weighted(head: Head) -> str:
    weight = head.values["weight"]
    return f"{head.name}_loss" if weight == 1 else f"{literal(weight)} * {head.name}_loss"
