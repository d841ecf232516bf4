"""Every kind of output with every loss, metric, optimizer and schedule: emitted, run and trained on real tensors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from support.graphs import GOLDEN, NUCLEI, graph, lookup

from patholearn_lab.codegen import EmittedCell, emit_cell, read_cell
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.learning.losses import losses_of
from patholearn_lab.graph.learning.metrics import BY_TASK, METRICS
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import SCHEDULES
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.graph.nodes.outputs import SPECS

BATCH = 6
TASKS = [spec.task for spec in SPECS if spec.task]
LOSSES = [(task, loss) for task in TASKS for loss in losses_of(task)]
WIDTHS = {"classification": 2, "multilabel": 3, "segmentation": 3, "regression": 3, "reconstruction": 3}


def network(
    task: str, output: dict[str, Any] | None = None, metrics: dict[str, dict[str, Any]] | None = None
) -> Document:
    """A small network that ends in an output of that task."""
    ends: dict[str, Any] = {"conv_2": ("conv2d", {"out_channels": WIDTHS[task], "kernel_size": 1})}
    edges = ["relu_1>conv_2", "conv_2>output"]
    if OBJECTIVES[task].target not in ("masks", "images"):  # type: ignore[index]
        ends = {"pool_1": ("max_pool2d", {"kernel_size": 8}), "flatten_1": "flatten"}
        ends |= {"linear_1": ("linear", {"out_features": WIDTHS[task]})}
        edges = ["relu_1>pool_1", "pool_1>flatten_1", "flatten_1>linear_1", "linear_1>output"]
    measured = {key: ("metric", params) for key, params in (metrics or {}).items()}
    return graph(
        {
            "data": ("dataset", {"dataset": "nuclei"}),
            "conv_1": ("conv2d", {"out_channels": 4, "same_padding": True}),
            "relu_1": "relu",
            **ends,
            "output": (f"{task}_output", output or {}),
            **measured,
        },
        "data>conv_1",
        "conv_1>relu_1",
        *edges,
        *(f"output>{metric}" for metric in measured),
        name=f"{task} network",
    )


def two_outputs(**second: Any) -> Document:
    """What a tile is, and where its nuclei are, learned together."""
    document = graph(
        {
            "data": ("dataset", {"dataset": "nuclei"}),
            "conv_1": ("conv2d", {"out_channels": 8, "same_padding": True}),
            "relu_1": "relu",
            "conv_2": ("conv2d", {"out_channels": 3, "kernel_size": 1}),
            "pool_1": ("max_pool2d", {"kernel_size": 8}),
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": "classification_output",
            "output_2": ("segmentation_output", {"loss": "dice_cross_entropy", "weight": 0.5, **second}),
            "metric_1": ("metric", {"name": "iou", "on_train": False}),
        },
        "data>conv_1",
        "conv_1>relu_1",
        "relu_1>conv_2",
        "relu_1>pool_1",
        "pool_1>flatten_1",
        "flatten_1>linear_1",
        "linear_1>output",
        "conv_2>output_2",
        "output_2>metric_1",
        name="Diagnosis and nuclei",
    )
    notes = {"output": "Diagnosis", "output_2": "Nuclei"}
    nodes = {
        key: node.model_copy(update={"note": notes[key]}) if key in notes else node
        for key, node in document.nodes.items()
    }
    return document.model_copy(update={"nodes": nodes})


def run(cell: EmittedCell) -> Any:
    """Run a cell as training does, and return its network with its log in `logged`."""
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    model = space["model"]
    model.logged = {}
    model.log = lambda name, value, **_: model.logged.update({name: value})
    model.log_dict = lambda metrics, **_: model.logged.update(metrics.compute())
    return model


def truth(target: str, generator: torch.Generator, ignored: int | None = None) -> torch.Tensor:
    """Right answers of that kind, some of them not annotated."""
    images = torch.rand(BATCH, *NUCLEI.image, generator=generator)
    match target:
        case "labels":
            answers = torch.arange(BATCH) % 2
        case "masks":
            answers = torch.randint(0, 3, (BATCH, 32, 32), generator=generator)
        case "tags":
            answers = torch.randint(0, 2, (BATCH, 3), generator=generator).float()
        case "values":
            answers = torch.rand(BATCH, 3, generator=generator)
        case _:
            return images
    if ignored is not None:
        answers[0] = ignored
    return answers


@pytest.mark.parametrize(("task", "loss"), LOSSES)
@pytest.mark.parametrize("ignored", [None, 255])
def test_every_loss_of_every_output_is_finite_and_moves_every_weight(task: str, loss: str, ignored: int | None) -> None:
    spec = next(spec for spec in SPECS if spec.task == task)
    if ignored is not None and spec.param("ignore_index") is None:
        assert task in ("regression", "reconstruction")
        return
    document = network(task, {"loss": loss, **({"ignore_index": ignored} if ignored else {})})
    model = run(emit_cell(document, lookup))
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(BATCH, *NUCLEI.image, generator=generator)
    value = model.training_step((images, truth(OBJECTIVES[task].target, generator, ignored)), 0)  # type: ignore[index]
    value.backward()
    assert value.ndim == 0
    assert torch.isfinite(value)
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("metric", METRICS, ids=[f"{metric.task}-{metric.name}" for metric in METRICS])
@pytest.mark.filterwarnings("ignore:.*samples in (targets|preds):UserWarning")
def test_every_metric_is_constructed_updated_and_computed(metric: Any) -> None:
    if metric.one_value:
        return  # measured in test_a_metric_of_one_value
    model = run(emit_cell(network(metric.task, {}, {"metric_1": {"name": metric.name}}), lookup))
    generator = torch.Generator().manual_seed(2)
    images = torch.rand(BATCH, *NUCLEI.image, generator=generator)
    answers = truth(OBJECTIVES[metric.task].target, generator)
    model.eval().validation_step((images, answers), 0)
    assert set(model.logged) == {"valid_loss", f"valid_{metric.name}"}
    measured = model.logged[f"valid_{metric.name}"]
    assert measured.numel() == 1
    assert torch.isfinite(measured)


@pytest.mark.parametrize("task", TASKS)
def test_what_is_measured_where_no_metric_is_drawn(task: str) -> None:
    code = emit_cell(network(task), lookup).code
    first = next(iter(BY_TASK[task].values()))  # type: ignore[index]
    assert f'"{first.name}": torchmetrics.{first.target}(' in code


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["none", *SCHEDULES])
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step.*:UserWarning")
def test_every_optimizer_and_schedule_is_made(optimizer: str, schedule: str) -> None:
    document = network("classification", {"optimizer": optimizer, "schedule": schedule, "weight_decay": 0.02})
    model = run(emit_cell(document, lookup))
    model._trainer = model.trainer = type("Trainer", (), {"max_epochs": 6, "estimated_stepping_batches": 60})()
    made = model.configure_optimizers()
    if schedule == "none":
        assert type(made).__name__.lower() == optimizer
        assert made.defaults["weight_decay"] == 0.02
        return
    (made_optimizer,), (configuration,) = made
    assert type(made_optimizer).__name__.lower() == optimizer
    scheduler = configuration["scheduler"] if isinstance(configuration, dict) else configuration
    before = made_optimizer.param_groups[0]["lr"]
    for _ in range(6):
        made_optimizer.step()
        scheduler.step(*([1.0] if schedule == "plateau" else []))
    assert made_optimizer.param_groups[0]["lr"] != before


GOLDEN_CELLS = {
    "segmentation": lambda: network(
        "segmentation",
        {"loss": "dice_cross_entropy", "schedule": "cosine"},
        {"metric_1": {"name": "dice"}, "metric_2": {"name": "iou"}},
    ),
    "two_outputs": two_outputs,
    "autoencoder": lambda: network("reconstruction"),
}


@pytest.mark.parametrize("name", GOLDEN_CELLS)
def test_a_graph_gives_the_golden_cell(name: str) -> None:
    document = GOLDEN_CELLS[name]()
    assert [issue for issue in check(document, lookup).issues if issue.severity != "advice"] == []
    assert emit_cell(document, lookup).code == (GOLDEN / "cells" / f"{name}.py").read_text(encoding="utf-8")


FORMATTED = [
    *(network(task, {"loss": loss, "schedule": "warmup_cosine"}) for task, loss in LOSSES),
    network("segmentation", {"loss": "dice_cross_entropy", "ignore_index": 255, "label_smoothing": 0.1}),
    network("classification", {"schedule": "one_cycle", "optimizer": "sgd"}),
    network("classification", {"schedule": "plateau", "decay": 0.25}),
    two_outputs(),
    two_outputs(loss="dice_cross_entropy", ignore_index=255, label_smoothing=0.1),
]


def test_cells_are_formatted_as_ruff_would(tmp_path: Path) -> None:
    for number, document in enumerate(FORMATTED):
        (tmp_path / f"cell_{number}.py").write_text(emit_cell(document, lookup).code, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run([*ruff, "format", "--isolated", "--diff", str(tmp_path)], capture_output=True, text=True)
    assert formatted.returncode == 0, formatted.stdout
    linted = subprocess.run(
        [*ruff, "check", "--isolated", "--no-cache", "--select", "E,F,I,W", "--line-length", "88", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert linted.returncode == 0, linted.stdout


def test_two_outputs_are_learned_together_and_measured_under_their_names() -> None:
    cell = emit_cell(two_outputs(), lookup)
    model = run(cell)
    generator = torch.Generator().manual_seed(3)
    images = torch.rand(BATCH, *NUCLEI.image, generator=generator)
    targets = {"labels": truth("labels", generator), "masks": truth("masks", generator)}
    outputs = model(images)
    assert {name: tuple(value.shape) for name, value in outputs.items()} == {
        "diagnosis": (BATCH, 2),
        "nuclei": (BATCH, 3, 32, 32),
    }
    loss = model.validation_step((images, targets), 0)
    logged = model.logged
    assert set(logged) == {
        "valid_loss",
        "valid_diagnosis_loss",
        "valid_diagnosis_accuracy",
        "valid_nuclei_loss",
        "valid_nuclei_iou",
    }
    torch.testing.assert_close(loss, logged["valid_diagnosis_loss"] + 0.5 * logged["valid_nuclei_loss"])
    model.training_step((images, targets), 0)
    assert "train_nuclei_iou" not in model.logged
    lines = cell.code.splitlines()
    assert "nuclei_loss" in lines[cell.lines["output_2"][0] - 1]


@pytest.mark.parametrize(
    ("document", "targets"),
    [
        (network("classification"), ("labels",)),
        (network("segmentation"), ("masks",)),
        (network("reconstruction"), ("images",)),
        (two_outputs(), ("labels", "masks")),
    ],
)
def test_what_a_batch_has_to_hold_is_read_without_running_the_cell(
    document: Document, targets: tuple[str, ...]
) -> None:
    assert read_cell(emit_cell(document, lookup).code).targets == targets


def test_class_weights_come_from_the_data_set_or_are_typed() -> None:
    weighted = network("segmentation", {"loss": "weighted_cross_entropy"})
    # n / (classes · n of the class): 1,228,800 pixels in 3 classes.
    assert (
        'self.register_buffer("class_weights", torch.tensor([0.4551, 1.365, 14.22]))'
        in emit_cell(weighted, lookup).code
    )
    typed = network("segmentation", {"loss": "weighted_cross_entropy", "class_weights": "1, 2.5; 4"})
    assert "torch.tensor([1.0, 2.5, 4.0])" in emit_cell(typed, lookup).code
    assert "class_weights" not in emit_cell(network("segmentation", {"class_weights": "1, 2, 3"}), lookup).code
