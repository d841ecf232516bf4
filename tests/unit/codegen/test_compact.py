"""The short form of the cell: written, read back and merged as the long one is."""

from __future__ import annotations

from typing import Any

import pytest
from support.graphs import golden_document, lookup
from unit.codegen.test_outputs import LOSSES, network, two_outputs

from patholearn_lab.codegen import merge_cell, read_cell, read_graph
from patholearn_lab.codegen.cell import ReadBack
from patholearn_lab.codegen.forms import emit
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.learning.schedules import SCHEDULES
from patholearn_lab.graph.operations import SetParams, apply

MEASURED = network("segmentation", {}, {"metric_1": {"name": "iou", "on_train": False}, "metric_2": {"name": "dice"}})
EVERY = [network(task, {"loss": loss}) for task, loss in LOSSES]
EVERY += [network("regression", {"schedule": schedule, "optimizer": "sgd"}) for schedule in SCHEDULES]


def back(document: Document, *edits: tuple[str, str]) -> ReadBack:
    code = emit(document, lookup, "compact").code
    for old, new in edits:
        assert old in code
        code = code.replace(old, new)
    return read_graph(code, document, lookup)


@pytest.mark.parametrize("document", [*EVERY, MEASURED, two_outputs(), golden_document("branches")])
def test_the_short_form_comes_back_as_its_graph(document: Document) -> None:
    found = back(document)
    assert (found.document, found.operations, found.issues) == (document, (), ())


def test_the_short_form_has_the_network_and_one_call_for_all_else() -> None:
    cell = emit(two_outputs(), lookup, "compact")
    facts = read_cell(cell.code)
    assert facts.class_name == cell.class_name == "DiagnosisAndNuclei"
    assert facts.targets == ("labels", "masks")
    assert "torchmetrics" not in cell.code
    assert "training_step" not in cell.code
    lines = cell.code.splitlines()
    assert "self.conv_1 = " in lines[cell.lines["conv_1"][0] - 1]
    first, last = cell.lines["output_2"]
    assert "super().__init__(" in lines[first - 1]
    assert "nuclei" in "".join(lines[first - 1 : last])


@pytest.mark.parametrize(
    ("edit", "params"),
    [
        (("learning_rate=0.001", "learning_rate=0.01, weight_decay=0.1"),
         {"learning_rate": 0.01, "weight_decay": 0.1}),
        (('optimizer="adam"', 'optimizer="sgd", schedule="step"'), {"optimizer": "sgd", "schedule": "step"}),
        (('"segmentation", 3', '"segmentation", 3, loss="tversky", alpha=0.2'), {"loss": "tversky", "alpha": 0.2}),
        (("EPOCHS = 8", "EPOCHS = 20"), {"epochs": 20}),
        (('"segmentation", 3', '"segmentation", 3, loss="weighted_cross_entropy", class_weights=[1, 2, 3.5]'),
         {"loss": "weighted_cross_entropy", "class_weights": "1, 2, 3.5"}),
    ],
)  # fmt: skip
def test_what_was_changed_in_the_short_form_is_changed_in_the_graph(
    edit: tuple[str, str], params: dict[str, Any]
) -> None:
    found = back(network("segmentation"), edit)
    assert (found.document.nodes["output"].params, found.issues) == (params, ())


def test_metrics_of_the_short_form_come_back() -> None:
    code = emit(MEASURED, lookup, "compact").code
    start = code.index("metrics=")
    found = read_graph(code.replace(code[start : code.index("}", start) + 1], 'metrics=["iou"]'), MEASURED, lookup)
    metrics = {key: node.params for key, node in found.document.nodes.items() if node.kind == "metric"}
    assert metrics == {"metric_1": {"name": "iou"}}


def test_an_unknown_setting_of_the_short_form_is_named_with_its_line() -> None:
    found = back(network("segmentation"), ("learning_rate=0.001", "learning_rate=0.001,\n            beta2=0.9"))
    (issue,) = found.issues
    lines = emit(network("segmentation"), lookup, "compact").code.splitlines()
    assert issue.code == "unknown_setting"
    assert lines[issue.line - 1] == "        super().__init__("


def test_outputs_of_the_short_form_that_the_graph_does_not_have_are_named() -> None:
    found = back(two_outputs(), ('"nuclei": lab.Output(', '"cells": lab.Output('))
    assert "outputs_differ" in {issue.code for issue in found.issues}
    assert found.document.nodes["output_2"] == two_outputs().nodes["output_2"]


def test_an_edited_short_form_follows_the_graph() -> None:
    old = network("segmentation")
    new = apply(old, [SetParams(id="conv_1", params={"out_channels": 6}),
                      SetParams(id="output", params={"loss": "dice"})])  # fmt: skip
    edited = emit(old, lookup, "compact").code.replace("EPOCHS = 8", "EPOCHS = 9  # longer")
    merged = merge_cell(edited, old, new, lookup)
    assert not merged.conflicts
    assert "EPOCHS = 9  # longer" in merged.code
    assert read_graph(merged.code, new, lookup).document.nodes["output"].params == {"loss": "dice", "epochs": 9}
    assert "nn.Conv2d(3, 6" in merged.code


def test_an_edited_module_follows_the_graph_as_a_module() -> None:
    old = network("regression")
    new = apply(old, [SetParams(id="conv_1", params={"out_channels": 20})])
    edited = emit(old, lookup, "module").code.replace("def forward(", "# mine\n    def forward(")
    merged = merge_cell(edited, old, new, lookup)
    assert not merged.conflicts
    assert "# mine" in merged.code
    assert "LightningModule" not in merged.code
    assert read_graph(merged.code, new, lookup).document == new
