"""The task class: a network that brings its losses, metrics, optimizer and schedule along, by name.

>>> import patholearn_lab as lab
>>> class Net(lab.Task):
...     def __init__(self):
...         super().__init__(lab.Output("classification", 2, loss="focal"), optimizer="sgd", learning_rate=0.01)
...         self.linear = torch.nn.Linear(48, 2)
...     def forward(self, x):
...         return self.linear(torch.flatten(x, 1))

It does what the methods of an emitted cell do, from the same declarations (`graph/learning`): a cell in the form
``compact`` learns exactly as the one that has everything written out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.learning.losses import IGNORING, SOURCES, Term, class_weights, loss_of
from patholearn_lab.graph.learning.metrics import BY_TASK, MetricKind
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import SCHEDULES, WARMUP, with_momentum
from patholearn_lab.graph.learning.settings import IN_CONSTANTS, TRAINING
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.settings import unknown_params, values_of
from patholearn_lab.graph.spec import REQUIRED, Values

SPLITS = ("train", "valid", "test")


class Output:
    """What one output of a network learns.

    Parameters
    ----------
    task
        ``"classification"``, ``"segmentation"``, ``"multilabel"``, ``"regression"`` or ``"reconstruction"``.
    width
        How many classes, values or channels it has.
    metrics
        The names of metrics, or for each name the splits on which it is measured; empty: the usual one of the task.
    class_weights
        How much each class counts, where the loss is a weighted one.
    **settings
        The loss and its settings as the output node has them: ``loss="focal", gamma=3.0, weight=0.5``.

    Raises
    ------
    InvalidInputError
        When there is no such task, loss, metric or setting, or a value is out of range.
    """

    def __init__(
        self,
        task: str,
        width: int,
        *,
        metrics: Sequence[str] | Mapping[str, Sequence[str]] = (),
        class_weights: Sequence[float] = (),
        **settings: Any,
    ) -> None:
        objective = next((one for name, one in OBJECTIVES.items() if name == task), None)
        if objective is None:
            raise InvalidInputError(f"There is no task {task!r}.", f"Choose one of: {', '.join(OBJECTIVES)}.")
        self.objective = objective
        self.width = width
        weights = {"class_weights": ", ".join(map(str, class_weights))} if class_weights else {}
        self.values = _checked(objective.kind, settings | weights)
        self.loss = loss_of(objective.task, self.values["loss"])
        kinds = BY_TASK[objective.task]
        named = metrics if isinstance(metrics, Mapping) else dict.fromkeys(metrics or [next(iter(kinds))], SPLITS)
        for name in named:
            if name not in kinds:
                raise InvalidInputError(
                    f"There is no metric {name!r} for {task}.", f"Choose one of: {', '.join(kinds)}."
                )
        self._metrics = {name: tuple(splits) for name, splits in named.items()}

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each class; empty where the loss takes none."""
        if not any(term.weighted for term in self.loss.terms):
            return ()
        found = class_weights(self.values["class_weights"], ())
        if len(found) != self.width:
            raise InvalidInputError(
                f"The loss {self.loss.name!r} needs {self.width} class weights, one a class; it has {len(found)}.",
                "Say class_weights=[1.0, 2.5], with a number for each class.",
            )
        return found

    def metrics(self, split: str, prefix: str) -> torchmetrics.MetricCollection:
        """Return what is measured on a split."""
        kinds = BY_TASK[self.objective.task]
        chosen: dict[str, Any] = {
            name: self._metric(kinds[name]) for name, splits in self._metrics.items() if split in splits
        }
        return torchmetrics.MetricCollection(chosen, prefix=prefix if chosen else None)

    def measured(self, truth: torch.Tensor) -> torch.Tensor:
        """Return what is right, as torchmetrics takes it: tags are whole numbers there."""
        return truth.int() if self.objective.task == "multilabel" else truth

    def compute(self, guess: torch.Tensor, truth: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
        """Return the loss of a batch."""
        parts = [self._function(term)(guess, truth, **self._arguments(term, weight)) for term in self.loss.terms]
        return sum(parts[1:], start=parts[0])

    def _function(self, term: Term) -> Callable[..., torch.Tensor]:
        ignores = self.values.get("ignore_index") is not None
        return _function(IGNORING.get(term.function, term.function) if ignores else term.function)

    def _arguments(self, term: Term, weight: torch.Tensor | None) -> dict[str, Any]:
        given = {argument: self.values[argument.param or argument.name] for argument in term.arguments}
        found = {one.name: value for one, value in given.items() if one.default is REQUIRED or value != one.default}
        return found | ({"weight": weight} if term.weighted else {})

    def _metric(self, kind: MetricKind) -> torchmetrics.Metric:
        arguments: dict[str, Any] = dict(kind.fixed)
        if kind.width:
            arguments[kind.width] = self.width
        if kind.ignores and self.values.get("ignore_index") is not None:
            arguments["ignore_index"] = self.values["ignore_index"]
        made: torchmetrics.Metric = getattr(torchmetrics, kind.target)(**arguments)
        return made


class Task(L.LightningModule):
    """A network that knows how it learns. Derive from it, make the layers in ``__init__``, and write ``forward``.

    Parameters
    ----------
    outputs
        The one output; or several by the names under which ``forward`` returns them in a dictionary.
    **training
        The settings of the training as the output node has them: ``optimizer="sgd", learning_rate=0.01,
        schedule="cosine"``.

    Raises
    ------
    InvalidInputError
        When there is no such setting, or a value is out of range.
    """

    def __init__(self, outputs: Output | Mapping[str, Output], **training: Any) -> None:
        super().__init__()
        self.outputs = {"": outputs} if isinstance(outputs, Output) else dict(outputs)
        names = {param.name for param in TRAINING} - IN_CONSTANTS
        first = next(iter(self.outputs.values()))
        unknown = sorted(training.keys() - names)
        if unknown:
            raise InvalidInputError(f"There is no setting {unknown[0]!r}.", f"There are: {', '.join(sorted(names))}.")
        self.training_settings = _checked(first.objective.kind, training)
        for name, output in self.outputs.items():
            if output.weights:
                self.register_buffer(_weights_name(name), torch.tensor(output.weights))
        for split in SPLITS:
            setattr(self, f"{split}_metrics", self._metrics_of(split))

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:  # noqa: ARG002  (Lightning's)
        """Return the loss of a batch to learn from."""
        return self._step(batch, "train")

    def validation_step(self, batch: Any, batch_idx: int) -> torch.Tensor:  # noqa: ARG002  (Lightning's)
        """Return the loss of a batch to compare epochs with."""
        return self._step(batch, "valid")

    def test_step(self, batch: Any, batch_idx: int) -> torch.Tensor:  # noqa: ARG002  (Lightning's)
        """Return the loss of a batch to judge the network with."""
        return self._step(batch, "test")

    def configure_optimizers(self) -> Any:
        """Return the optimizer, and the schedule where there is one."""
        values = self.training_settings
        declared = OPTIMIZERS[values["optimizer"]]
        arguments = {one.name: values[one.param or one.name] for one in declared.arguments}
        optimizer = getattr(torch.optim, declared.target.rpartition(".")[2])(self.parameters(), **arguments)
        if values["schedule"] == "none":
            return optimizer
        schedule = SCHEDULES[values["schedule"]]
        return [optimizer], [{"scheduler": self._schedule(values["schedule"], optimizer), **schedule.configuration}]

    def _step(self, batch: Any, split: str) -> torch.Tensor:
        given, truths = batch
        answers = self(*given) if isinstance(given, (tuple, list)) else self(given)
        metrics = getattr(self, f"{split}_metrics")
        total: Any = 0
        for name, output in self.outputs.items():
            guess = answers[name] if name else answers
            truth = truths[output.objective.target] if isinstance(truths, Mapping) else truths
            loss = output.compute(guess, truth, getattr(self, _weights_name(name), None))
            total = total + (output.values["weight"] if name else 1) * loss
            collection = metrics[name] if name else metrics
            collection.update(guess, output.measured(truth))
            if name:
                self.log(f"{split}_{name}_loss", loss, on_step=False, on_epoch=True)
            self.log_dict(collection, on_step=False, on_epoch=True, prog_bar=not name)
        self.log(f"{split}_loss", total, on_step=False, on_epoch=True, prog_bar=True)
        return total  # type: ignore[no-any-return]

    def _metrics_of(self, split: str) -> torch.nn.Module:
        found = {
            name: output.metrics(split, f"{split}_{name}_" if name else f"{split}_")
            for name, output in self.outputs.items()
        }
        return found[""] if "" in found else torch.nn.ModuleDict(found)

    def _schedule(self, name: str, optimizer: torch.optim.Optimizer) -> Any:
        values, schedulers = self.training_settings, torch.optim.lr_scheduler
        if name == "warmup_cosine":
            epochs = values["warmup_epochs"]
            start = schedulers.LinearLR(optimizer, start_factor=WARMUP, total_iters=epochs)
            cosine = schedulers.CosineAnnealingLR(optimizer, T_max=max(1, (self.trainer.max_epochs or 0) - epochs))
            return schedulers.SequentialLR(optimizer, [start, cosine], milestones=[epochs])
        declared = SCHEDULES[name]
        decay = declared.usual_decay if values["decay"] is None else values["decay"]
        given = {**values, "decay": decay}
        arguments: dict[str, Any] = {one.name: given[one.param or one.name] for one in declared.arguments}
        for keyword, text in declared.computed.items():
            trainer_has = text.rpartition(".")[2]
            arguments[keyword] = getattr(self.trainer, trainer_has)
        if name == "one_cycle" and not with_momentum(values):
            arguments["cycle_momentum"] = False
        return getattr(schedulers, declared.target)(optimizer, **arguments)


def _weights_name(output: str) -> str:
    return f"{output}_class_weights" if output else "class_weights"


def _checked(kind: str, settings: Mapping[str, Any]) -> Values:
    """Return all values of an output node with these settings."""
    spec = catalog[kind]
    unknown = unknown_params(spec, settings)
    if unknown:
        names = ", ".join(param.name for param in spec.params)
        raise InvalidInputError(f"An output for {spec.task} has no setting {unknown[0]!r}.", f"It has: {names}.")
    values, problems = values_of(spec, settings)
    if problems:
        raise InvalidInputError(problems[0].message, "Change that value.")
    return values


@cache
def _function(name: str) -> Callable[..., torch.Tensor]:
    """Return a loss by the name under which cells call it: torch's, or that of which cells hold the source."""
    if name.startswith("F."):
        return getattr(F, name[2:])  # type: ignore[no-any-return]
    space: dict[str, Any] = {"torch": torch, "F": F}
    exec(SOURCES[name], space)  # noqa: S102  (our own text, the one that the cells hold)
    return space[name]  # type: ignore[no-any-return]
