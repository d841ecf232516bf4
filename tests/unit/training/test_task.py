"""The task class learns exactly as the cell that has everything written out."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from support.graphs import NUCLEI, lookup
from unit.codegen.test_outputs import BATCH, LOSSES, network, run, truth, two_outputs

from patholearn_lab.codegen import emit_cell
from patholearn_lab.codegen.forms import emit
from patholearn_lab.errors import InvalidInputError
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import SCHEDULES
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.training.task import Output, Task


def both(document: Document) -> tuple[Any, Any]:
    """Return the network of the cell and that of its short form, with the same weights."""
    written, short = run(emit_cell(document, lookup)), run(emit(document, lookup, "compact"))
    assert isinstance(short, Task)
    short.load_state_dict(written.state_dict())  # strict: the same names, buffers among them
    return written, short


def assert_same_steps(document: Document, targets: Any) -> None:
    batch = (torch.rand(BATCH, *NUCLEI.image, generator=torch.Generator().manual_seed(1)), targets)
    for step in ("training_step", "validation_step", "test_step"):
        written, short = both(document)
        torch.testing.assert_close(getattr(short, step)(batch, 0), getattr(written, step)(batch, 0))
        assert written.logged.keys() == short.logged.keys()
        for name, value in written.logged.items():
            torch.testing.assert_close(short.logged[name], value)


@pytest.mark.parametrize(("task", "loss"), LOSSES)
@pytest.mark.filterwarnings("ignore:.*samples in (targets|preds):UserWarning")
def test_every_loss_and_metric_is_that_of_the_cell(task: str, loss: str) -> None:
    target = OBJECTIVES[task].target  # type: ignore[index]
    settings = {"loss": loss} | ({"ignore_index": 255} if target in ("labels", "masks", "tags") else {})
    assert_same_steps(network(task, settings), truth(target, torch.Generator().manual_seed(2)))


def test_several_outputs_are_those_of_the_cell() -> None:
    generator = torch.Generator().manual_seed(3)
    targets = {"labels": truth("labels", generator), "masks": truth("masks", generator)}
    assert_same_steps(two_outputs(), targets)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["none", *SCHEDULES])
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step.*:UserWarning")
def test_every_optimizer_and_schedule_is_that_of_the_cell(optimizer: str, schedule: str) -> None:
    rates = []
    settings = {"optimizer": optimizer, "schedule": schedule, "weight_decay": 0.02, "momentum": 0.0}
    for model in both(network("classification", settings)):
        model._trainer = model.trainer = type("Trainer", (), {"max_epochs": 6, "estimated_stepping_batches": 60})()
        made = model.configure_optimizers()
        (used,), configured = made if schedule != "none" else ([made], [{}])
        told = configured[0] if isinstance(configured[0], dict) else {"scheduler": configured[0]}
        rate = [(used.defaults, {key: value for key, value in told.items() if key != "scheduler"})]
        for _ in range(6 if "scheduler" in told else 0):
            used.step()
            told["scheduler"].step(*([1.0] if schedule == "plateau" else []))
            rate.append((used.param_groups[0]["lr"], {}))
        rates.append(rate)
    assert rates[0] == rates[1]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Output("guessing", 2), "no task 'guessing'"),
        (lambda: Output("classification", 2, loss="dice"), "must be one of"),
        (lambda: Output("classification", 2, metrics=["iou"]), "no metric 'iou'"),
        (lambda: Output("classification", 2, smoothing=1), "no setting 'smoothing'"),
        (lambda: Task(Output("classification", 2), learning_rate=100.0), "at most 10"),
        (lambda: Task(Output("classification", 2), rate=0.1), "no setting 'rate'"),
        (lambda: Task(Output("classification", 2, loss="weighted_cross_entropy")), "needs 2 class weights"),
    ],
)
def test_what_is_not_there_is_said_in_plain_words(make: Any, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make()
