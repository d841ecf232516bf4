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


@pytest.mark.parametrize(
    ("before", "edit", "params"),
    [
        ({"schedule": "exponential"}, ("gamma=0.95", "gamma=0.5"), {"schedule": "exponential", "decay": 0.5}),
        ({"schedule": "step"}, ("step_size=5, gamma=0.1", "3"), {"schedule": "step", "decay_every": 3}),
        ({"schedule": "plateau"}, ("factor=0.1,\n            patience=3", "factor=0.5"),
         {"schedule": "plateau", "decay": 0.5, "patience": 10}),
        ({"schedule": "cosine"}, ("T_max=self.trainer.max_epochs", "T_max=EPOCHS"), {"schedule": "cosine"}),
        ({"schedule": "one_cycle"}, ("max_lr=0.001", "max_lr=0.02"), {"schedule": "one_cycle", "learning_rate": 0.02}),
        ({"schedule": "warmup_cosine"}, ("epochs - 2", "epochs - 4"), {"schedule": "warmup_cosine"}),
        ({"schedule": "exponential"},
         ("torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)",
          "torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.2)"),
         {"schedule": "step", "decay": 0.2, "decay_every": 4}),
        ({}, ("return torch.optim.Adam(self.parameters(), lr=0.001)",
              "optimizer = torch.optim.Adam(self.parameters())\n"
              "        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)\n"
              "        return {'optimizer': optimizer, 'lr_scheduler': {'scheduler': schedule}}"),
         {"schedule": "step", "decay_every": 2}),
    ],
)  # fmt: skip
def test_a_schedule_that_was_changed_in_the_cell_is_changed_in_the_graph(
    before: dict[str, Any], edit: tuple[str, str], params: dict[str, Any]
) -> None:
    found = back(network("regression", before), edit)
    assert found.document.nodes["output"].params == params
    if edit[1] != "epochs - 4":
        assert not found.issues


def test_a_new_schedule_comes_into_the_graph_and_a_removed_one_leaves_it() -> None:
    plain = network("regression", {})
    for schedule in SCHEDULES:
        scheduled = network("regression", {"schedule": schedule})
        added = read_graph(emit_cell(scheduled, lookup).code, plain, lookup)
        assert (added.document, added.issues) == (scheduled, ())
        removed = read_graph(emit_cell(plain, lookup).code, scheduled, lookup)
        assert (removed.document, removed.issues) == (plain, ())


@pytest.mark.parametrize(
    ("schedule", "edit", "code", "words"),
    [
        (
            "cosine",
            ("T_max=self.trainer.max_epochs", "T_max=100"),
            "schedule_not_read",
            "T_max=self.trainer.max_epochs",
        ),
        (
            "cosine",
            ("CosineAnnealingLR(", "CosineAnnealingWarmRestarts("),
            "schedule_not_read",
            "no schedule like this",
        ),
        ("step", ("gamma=0.1", "gamma=0.1, last_epoch=3"), "unknown_setting", "last_epoch"),
        ("step", ("gamma=0.1", "gamma=self.decay"), "schedule_not_read", "gamma"),
        ("plateau", ('"valid_loss"}', '"train_loss"}'), "schedule_not_read", "'valid_loss'"),
        ("one_cycle", (', "interval": "step"', ""), "schedule_not_read", "'step'"),
        ("warmup_cosine", ("epochs - 2", "epochs - 4"), "schedule_not_read", "T_max"),
    ],
)
def test_what_the_graph_cannot_say_of_a_schedule_is_named_with_its_line(
    schedule: str, edit: tuple[str, str], code: str, words: str
) -> None:
    document = network("regression", {"schedule": schedule})
    found = back(document, edit)
    issue = found.issues[0]
    assert issue.code == code
    assert words in issue.message
    text = emit_cell(document, lookup).code.replace(*edit).splitlines()[issue.line - 1]
    assert "lr_scheduler" in text
    assert found.document == document


@pytest.mark.parametrize(
    ("edit", "first", "second"),
    [
        (("0.5 * nuclei_loss", "0.25 * nuclei_loss"), {}, {"weight": 0.25}),
        (("diagnosis_loss + 0.5 *", "2 * diagnosis_loss + 0.5 *"), {"weight": 2.0}, {}),
        (("0.5 * nuclei_loss", "nuclei_loss / 4"), {}, {"weight": 0.25}),
        ((" + 0.5 * nuclei_loss", ""), {}, {"weight": 0.0}),
        (('        nuclei_loss += F.cross_entropy(outputs["nuclei"], targets["masks"])\n', ""), {}, {"loss": "dice"}),
        (('nuclei_loss = dice_loss(outputs["nuclei"], targets["masks"])',
          'nuclei_loss = tversky_loss(outputs["nuclei"], targets["masks"], alpha=0.2)\n'
          '        unused = dice_loss(outputs["nuclei"], targets["masks"])'), {}, None),
        (('F.cross_entropy(outputs["diagnosis"], targets["labels"])',
          'F.cross_entropy(outputs["diagnosis"], targets["labels"], label_smoothing=0.1)'),
         {"label_smoothing": 0.1}, {}),
        (('F.cross_entropy(outputs["nuclei"], targets["masks"])',
          'F.cross_entropy(outputs["nuclei"], targets["masks"], ignore_index=255)'), {}, {"ignore_index": 255}),
        (("loss = diagnosis_loss + 0.5 * nuclei_loss", "parts = [diagnosis_loss, 3 * nuclei_loss]\n"
          "        loss = sum([diagnosis_loss, 3 * nuclei_loss])"), {}, {"weight": 3.0}),
    ],
)  # fmt: skip
def test_losses_and_weights_of_several_outputs_come_back(
    edit: tuple[str, str], first: dict[str, Any], second: dict[str, Any] | None
) -> None:
    document = two_outputs()
    found = back(document, edit)
    nodes = found.document.nodes
    assert nodes["output"].params == {**document.nodes["output"].params, **first}
    if second is None:
        assert [issue.code for issue in found.issues] == ["loss_not_read"]
    else:
        assert nodes["output_2"].params == {**document.nodes["output_2"].params, **second}
        assert not found.issues


def test_a_metric_of_a_further_output_comes_back() -> None:
    found = back(two_outputs(), ('"iou": torchmetrics.JaccardIndex(', '"dice": torchmetrics.F1Score('))
    measured = [node.params for node in found.document.nodes.values() if node.kind == "metric"]
    assert measured == [{"name": "dice", "on_train": False}]


def test_class_weights_come_back() -> None:
    document = network("classification", {"loss": "weighted_cross_entropy"})
    code = emit_cell(document, lookup).code
    old = code[code.index("torch.tensor([") : code.index("])", code.index("torch.tensor([")) + 2]
    found = read_graph(code.replace(old, "torch.tensor([1, 2.5])"), document, lookup)
    assert found.document.nodes["output"].params["class_weights"] == "1, 2.5"


@pytest.mark.parametrize(
    ("edit", "params"),
    [
        (("F.cross_entropy(scores, labels)", "nn.CrossEntropyLoss(label_smoothing=0.2)(scores, labels)"), None),
        (("F.cross_entropy(scores, labels)", "self.criterion(scores, labels)"), {"label_smoothing": 0.2}),
        (("F.cross_entropy(scores, labels)", "F.cross_entropy(input=scores, target=labels, reduction='sum')"), None),
        (("F.cross_entropy(scores, labels)", "F.nll_loss(scores.log_softmax(1), labels)"), None),
        (("F.cross_entropy(scores, labels)", "0.5 * F.cross_entropy(scores, labels)"), None),
        (("F.cross_entropy(scores, labels)",
          "F.cross_entropy(scores, labels) + 0.01 * sum(p.abs().sum() for p in self.parameters())"), None),
    ],
)  # fmt: skip
def test_a_loss_is_read_or_named_with_its_line(edit: tuple[str, str], params: dict[str, Any] | None) -> None:
    document = network("classification")
    init = "super().__init__()\n"
    made = (init, f"{init}        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.2)\n")
    found = back(document, made, edit)
    if params is not None:
        assert (found.document.nodes["output"].params, found.issues) == (params, ())
    else:
        (issue,) = [issue for issue in found.issues if issue.code in ("loss_not_read", "unknown_setting")]
        code = emit_cell(document, lookup).code.replace(*made).replace(*edit)
        assert issue.severity == "error"
        assert "loss" in code.splitlines()[issue.line - 1] or "def training_step" in code.splitlines()[issue.line - 1]


def test_a_changed_function_of_a_loss_is_named() -> None:
    found = back(network("segmentation", {"loss": "dice"}), ("1 - ((2 * overlap", "0.5 - ((2 * overlap"))
    assert [issue.code for issue in found.issues] == ["loss_not_read"]
    assert "dice_loss" in found.issues[0].message
