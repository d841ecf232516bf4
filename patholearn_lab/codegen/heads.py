"""The outputs of a graph as code: what each is called, compared with, measured by and weighted with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patholearn_lab.codegen.model import source_of
from patholearn_lab.codegen.names import RESERVED, names_of
from patholearn_lab.codegen.source import literal
from patholearn_lab.graph.document import Node
from patholearn_lab.graph.learning.losses import IGNORING, SOURCES, Loss, Term, class_weights, loss_of
from patholearn_lab.graph.learning.metrics import BY_TASK, MetricKind
from patholearn_lab.graph.learning.tasks import OBJECTIVES, Objective
from patholearn_lab.graph.spec import REQUIRED, Values
from patholearn_lab.graph.validation.examined import Examined

SPLITS = ("train", "valid", "test")
_OF_A_DICTIONARY = frozenset({"clear", "items", "keys", "pop", "update", "values"})
"""What an nn.ModuleDict has of its own: no key of it may be called so."""


@dataclass(frozen=True)
class Metric:
    """A metric of an output: on which splits, and which node asked for it (None: nobody did)."""

    kind: MetricKind
    node: str | None
    splits: frozenset[str]


@dataclass(frozen=True)
class Head:
    """One output.

    Parameters
    ----------
    node, name
        Its id, and what the code calls it where there are several.
    source
        What feeds it: a node, or one of its outputs.
    width
        How many classes or values it has.
    guess, truth
        The expressions for what the network says and what is right.
    weights
        The attribute that holds its class weights, and those; empty where the loss takes none.
    """

    node: str
    name: str
    source: str
    objective: Objective
    values: Values
    width: int
    guess: str
    truth: str
    loss: Loss
    weights: tuple[str, tuple[float, ...]]
    metrics: tuple[Metric, ...]

    @property
    def measured_truth(self) -> str:
        """What is right, as torchmetrics takes it: tags are whole numbers there."""
        return f"{self.truth}.int()" if self.objective.task == "multilabel" else self.truth

    def calls(self) -> list[tuple[str, list[str]]]:
        """Return the calls whose sum is the loss: the function and its arguments."""
        return [self._call(term) for term in self.loss.terms]

    def sources(self) -> list[str]:
        """Return the source of the functions among them that torch lacks."""
        return [SOURCES[function] for function, _ in self.calls() if function in SOURCES]

    def _call(self, term: Term) -> tuple[str, list[str]]:
        arguments = [self.guess, self.truth]
        if term.weighted:
            arguments.append(f"weight=self.{self.weights[0]}")
        for argument in term.arguments:
            value = self.values[argument.param or argument.name]
            if argument.default is REQUIRED or value != argument.default:
                arguments.append(f"{argument.name}={literal(value)}")
        ignores = self.values.get("ignore_index") is not None
        return IGNORING.get(term.function, term.function) if ignores else term.function, arguments


def head_names(nodes: Mapping[str, Node], outputs: Sequence[str]) -> dict[str, str]:
    """Return what the cell calls each output where there are several."""
    return names_of(nodes, outputs, RESERVED | _OF_A_DICTIONARY, "output")


def heads_of(examined: Examined) -> list[Head]:
    """Return the outputs of a graph without errors, in their order."""
    names = head_names(examined.document.nodes, examined.outputs)
    objectives = [OBJECTIVES[task] for node in examined.outputs if (task := examined.specs[node].task)]
    targets = {objective.target for objective in objectives}
    return [
        _head(examined, node, names[node], objective, several=len(objectives) > 1, one_target=len(targets) == 1)
        for node, objective in zip(examined.outputs, objectives, strict=True)
    ]


def _head(examined: Examined, node: str, name: str, objective: Objective, *, several: bool, one_target: bool) -> Head:
    values = examined.values[node]
    loss = loss_of(objective.task, values["loss"])
    counts = examined.dataset.counts(objective.target) if examined.dataset else ()
    weighted = any(term.weighted for term in loss.terms)
    return Head(
        node=node,
        name=name,
        source=source_of(examined, examined.topology.edges[examined.topology.incoming[node][0]]),
        objective=objective,
        values=values,
        width=examined.inferred.inputs[node][0][0],
        guess=f'outputs["{name}"]' if several else objective.guess,
        truth=objective.truth if one_target else f'targets["{objective.target}"]',
        loss=loss,
        weights=(
            f"{name}_class_weights" if several else "class_weights",
            class_weights(values["class_weights"], counts) if weighted else (),
        ),
        metrics=_metrics(examined, node, objective),
    )


def _metrics(examined: Examined, output: str, objective: Objective) -> tuple[Metric, ...]:
    """Return the metrics that are connected with the output, each name once; the usual one where there is none."""
    kinds = BY_TASK[objective.task]
    found: dict[str, Metric] = {}
    for node in examined.topology.targets(output):
        values = examined.values[node]
        name = str(values["name"])
        splits = frozenset(split for split in SPLITS if values[f"on_{split}"])
        before = found.get(name)
        found[name] = (
            Metric(before.kind, before.node, before.splits | splits) if before else Metric(kinds[name], node, splits)
        )
    metrics = tuple(metric for metric in found.values() if metric.splits)
    return metrics or (Metric(next(iter(kinds.values())), None, frozenset(SPLITS)),)
