"""How a network learns comes back from its cell: losses, optimizers, schedules and metrics of every kind of output."""

from __future__ import annotations

from typing import Any

import pytest
from support.graphs import graph, lookup
from unit.codegen.test_outputs import LOSSES, network, two_outputs

from patholearn_lab.codegen import emit_cell
from patholearn_lab.codegen.cell import ReadBack
from patholearn_lab.codegen.to_graph import read_graph
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.learning.metrics import METRICS
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import SCHEDULES


def back(document: Document, *edits: tuple[str, str]) -> ReadBack:
    """Emit a graph, edit its cell, and read that back."""
    code = emit_cell(document, lookup).code
    for old, new in edits:
        assert old in code
        code = code.replace(old, new)
    return read_graph(code, document, lookup)


def assert_unchanged(document: Document) -> None:
    found = back(document)
    assert found.operations == ()
    assert found.document == document
    assert found.complete


@pytest.mark.parametrize(("task", "loss"), LOSSES)
def test_an_untouched_cell_leaves_every_loss_as_it_is(task: str, loss: str) -> None:
    assert_unchanged(network(task, {"loss": loss}))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["none", *SCHEDULES])
def test_an_untouched_cell_leaves_every_optimizer_and_schedule_as_it_is(optimizer: str, schedule: str) -> None:
    assert_unchanged(network("regression", {"optimizer": optimizer, "schedule": schedule, "weight_decay": 0.1}))


@pytest.mark.parametrize("metric", METRICS, ids=[f"{metric.task}-{metric.name}" for metric in METRICS])
def test_an_untouched_cell_leaves_every_metric_as_it_is(metric: Any) -> None:
    if not metric.one_value:
        assert_unchanged(network(metric.task, {}, {"metric_1": {"name": metric.name, "on_train": False}}))


@pytest.mark.parametrize(
    ("task", "edit", "params"),
    [
        ("segmentation", ("F.cross_entropy(scores, masks)", "dice_loss(scores, masks, ignore_index=255)"),
         {"loss": "dice", "ignore_index": 255}),
        ("classification", ("F.cross_entropy(scores, labels)", "focal_loss(scores, labels, gamma=3.0)"),
         {"loss": "focal", "gamma": 3.0}),
        ("regression", ("F.mse_loss(predictions, values)", "F.huber_loss(predictions, values, delta=0.5)"),
         {"loss": "huber", "delta": 0.5}),
        ("regression", ("torch.optim.Adam(self.parameters(), lr=0.001)",
                        "torch.optim.RMSprop(self.parameters(), lr=0.01, weight_decay=0.1)"),
         {"optimizer": "rmsprop", "learning_rate": 0.01, "weight_decay": 0.1}),
    ],
)  # fmt: skip
def test_what_was_changed_in_the_cell_is_changed_in_the_graph(
    task: str, edit: tuple[str, str], params: dict[str, Any]
) -> None:
    assert back(network(task), edit).document.nodes["output"].params == params


def test_a_cell_that_was_written_by_hand_gets_the_output_that_its_target_says() -> None:
    code = emit_cell(network("segmentation"), lookup).code
    found = read_graph(code, graph({}), lookup)
    assert "segmentation_output" in {node.kind for node in found.document.nodes.values()}


def test_an_untouched_cell_with_two_outputs_leaves_its_graph_as_it_is() -> None:
    assert_unchanged(two_outputs())


def test_an_edited_schedule_is_named_with_its_line() -> None:
    document = network("regression", {"schedule": "exponential"})
    found = back(document, ("gamma=0.95", "gamma=0.5"))
    (issue,) = found.issues
    assert (issue.code, issue.severity) == ("schedule_not_read", "warning")
    assert "ExponentialLR(optimizer, gamma=0.5)" in issue.message
    code = emit_cell(document, lookup).code
    assert "ExponentialLR" in code.splitlines()[issue.line - 1]


def test_a_new_schedule_is_named_and_a_removed_one_comes_back() -> None:
    plain = network("regression", {})
    scheduled = network("regression", {"schedule": "warmup_cosine"})
    added = read_graph(emit_cell(scheduled, lookup).code, plain, lookup)
    assert {issue.code for issue in added.issues} == {"schedule_not_read"}
    assert len(added.issues) == 3
    removed = read_graph(emit_cell(plain, lookup).code, scheduled, lookup)
    assert removed.document == plain
    assert removed.issues == ()
