from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch
from support.graphs import GOLDEN, SETS, golden_document, graph, lookup

from patholearn_lab.codegen import EmittedCell, emit_cell, read_cell
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.document import Document, read_document
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.graph.templates import template

NAMES = ["lenet5", "mnist_thesis", "small_cnn", "branches"]


def sound(name: str) -> Document:
    """A golden document that can be trained: LeNet-5 gets the two classes of the tissue."""
    document = golden_document(name)
    if name == "lenet5":
        return apply(document, [SetParams(id="linear_3", params={"out_features": 2})])
    return document


def run(cell: EmittedCell) -> Any:
    """Run a cell as training does, and return its network."""
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    return space["model"]


def changed(document: Document, node: str, **params: Any) -> Document:
    return apply(document, [SetParams(id=node, params=params)])


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_gives_the_golden_cell(name: str) -> None:
    golden = (GOLDEN / "cells" / f"{name}.py").read_text(encoding="utf-8")
    assert emit_cell(sound(name), lookup).code == golden


@pytest.mark.parametrize("name", NAMES)
def test_equal_graphs_give_equal_cells_whatever_the_order_and_place(name: str) -> None:
    document = sound(name)
    moved = {key: node.model_copy(update={"x": -node.y}) for key, node in reversed(document.nodes.items())}
    turned = document.model_copy(update={"nodes": moved, "edges": dict(reversed(document.edges.items()))})
    assert emit_cell(turned, lookup) == emit_cell(document, lookup)


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_runs_and_gives_the_shapes_and_weights_that_were_predicted(name: str) -> None:
    document = sound(name)
    result = check(document, lookup)
    cell = emit_cell(document, lookup)
    model = run(cell).eval()
    shape = SETS[str(document.nodes["data"].params["dataset"])]
    seen: dict[str, tuple[int, ...]] = {}
    for layer_name, module in model.named_children():
        if layer_name in document.nodes:
            module.register_forward_hook(
                lambda _module, _inputs, output, key=layer_name: seen.update({key: tuple(output.shape[1:])})
            )
    scores = model(torch.zeros(2, *shape.image))
    assert tuple(scores.shape) == (2, len(shape.classes))
    assert sum(parameter.numel() for parameter in model.parameters()) == result.totals.parameters
    assert seen == {key: result.nodes[key].outputs["output"] for key in seen}
    assert len(seen) >= 3


@pytest.mark.parametrize("dataset", ["he_tissue", "mnist", "tiny"])
@pytest.mark.parametrize("name", ["lenet5", "small_cnn"])
def test_every_template_runs_on_every_data_set(name: str, dataset: str) -> None:
    document = template(name, dataset, lookup)
    model = run(emit_cell(document, lookup)).eval()
    shape = SETS[dataset]
    assert tuple(model(torch.zeros(3, *shape.image)).shape) == (3, len(shape.classes))
    assert sum(p.numel() for p in model.parameters()) == check(document, lookup).totals.parameters


def every_layer_kind() -> Document:
    return graph(
        {
            "data": ("dataset", {"dataset": "mnist"}),
            "conv_1": ("conv2d", {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
            "norm_1": ("batch_norm", {"momentum": 0.2}),
            "gelu_1": "gelu",
            "avg_1": ("avg_pool2d", {"kernel_size": 3, "stride": 1, "padding": 1}),
            "leaky_1": ("leaky_relu", {"negative_slope": 0.2}),
            "conv_2": ("conv2d", {"out_channels": 8, "groups": 4, "bias": False, "same_padding": True}),
            "add_1": "add",
            "cat_1": "concatenate",
            "pool_1": "max_pool2d",
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 12, "bias": False}),
            "norm_2": "batch_norm",
            "tanh_1": "tanh",
            "linear_2": ("linear", {"out_features": 12}),
            "sigmoid_1": "sigmoid",
            "cat_2": "concatenate",
            "dropout_1": "dropout",
            "linear_3": ("linear", {"out_features": 10}),
            "softmax_1": "softmax",
            "output": ("classification_output", {"optimizer": "adamw", "weight_decay": 0.01}),
        },
        "data>conv_1",
        "conv_1>norm_1",
        "norm_1>gelu_1",
        "norm_1>avg_1",
        "avg_1>leaky_1",
        "leaky_1>conv_2",
        "gelu_1>add_1",
        "conv_2>add_1",
        "add_1>cat_1",
        "norm_1>cat_1",
        "leaky_1>cat_1",
        "cat_1>pool_1",
        "pool_1>flatten_1",
        "flatten_1>linear_1",
        "linear_1>norm_2",
        "norm_2>tanh_1",
        "tanh_1>linear_2",
        "linear_2>sigmoid_1",
        "tanh_1>cat_2",
        "sigmoid_1>cat_2",
        "cat_2>dropout_1",
        "dropout_1>linear_3",
        "linear_3>softmax_1",
        "softmax_1>output",
        name="Every kind",
    )


def test_branches_meet_again_whatever_their_order() -> None:
    document = every_layer_kind()
    model = run(emit_cell(document, lookup)).eval()
    torch.manual_seed(0)
    x = torch.rand(4, 1, 28, 28)
    functional = torch.nn.functional
    normed = model.norm_1(model.conv_1(x))
    leaky = functional.leaky_relu(functional.avg_pool2d(normed, 3, stride=1, padding=1), 0.2)
    added = functional.gelu(normed) + model.conv_2(leaky)
    joined = torch.cat([added, normed, leaky], dim=1)
    tanh = torch.tanh(model.norm_2(model.linear_1(torch.flatten(functional.max_pool2d(joined, 2), 1))))
    both = torch.cat([tanh, torch.sigmoid(model.linear_2(tanh))], dim=1)
    expected = torch.softmax(model.linear_3(both), dim=1)
    torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sound("branches"),
        lambda: template("small_cnn", "he_tissue", lookup),
        every_layer_kind,
        lambda: long_merge("add"),
        lambda: long_merge("concatenate"),
    ],
)
@pytest.mark.parametrize("width", [88, 120])
def test_a_cell_is_formatted_as_ruff_would(make: Callable[[], Document], width: int, tmp_path: Path) -> None:
    path = tmp_path / "cell.py"
    path.write_text(emit_cell(make(), lookup).code, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    formatted = subprocess.run(
        [*ruff, "format", "--isolated", "--diff", "--line-length", str(width), str(path)],
        capture_output=True,
        text=True,
    )
    assert formatted.returncode == 0, formatted.stdout
    linted = subprocess.run(
        [*ruff, "check", "--isolated", "--no-cache", "--select", "E,F,I,W", str(path)], capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def long_merge(kind: str) -> Document:
    """Fourteen branches with long names."""
    branches = {f"convolution_branch_{number}": ("conv2d", {"out_channels": 2}) for number in range(14)}
    nodes = {"data": ("dataset", {"dataset": "mnist"}), **branches, "merge_1": kind, "flatten_1": "flatten"}
    nodes |= {"linear_1": ("linear", {"out_features": 10}), "output": "classification_output"}
    edges = [f"data>{branch}" for branch in branches] + [f"{branch}>merge_1" for branch in branches]
    return graph(nodes, *edges, "merge_1>flatten_1", "flatten_1>linear_1", "linear_1>output", name="Many")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["add", "concatenate"])
def test_many_branches_run(kind: str) -> None:
    model = run(emit_cell(long_merge(kind), lookup)).eval()
    assert tuple(model(torch.zeros(2, 1, 28, 28)).shape) == (2, 10)


@pytest.mark.parametrize("name", NAMES)
def test_every_node_knows_its_lines(name: str) -> None:
    document = sound(name)
    cell = emit_cell(document, lookup)
    lines = cell.code.splitlines()
    assert set(cell.lines) == set(document.nodes)
    for node, (first, last) in cell.lines.items():
        text = "\n".join(lines[first - 1 : last])
        assert 1 <= first <= last <= len(lines)
        if document.nodes[node].kind in ("conv2d", "linear", "batch_norm", "dropout"):
            assert f"self.{node} = nn." in text
    assert lines[cell.lines["data"][0] - 1].startswith("DATASET = ")
    assert "configure_optimizers" in lines[cell.lines["output"][0] - 1]


def test_the_cell_can_be_read_back() -> None:
    cell = emit_cell(sound("mnist_thesis"), lookup)
    facts = read_cell(cell.code)
    assert facts.class_name == cell.class_name == "MNISTNetwork"
    assert facts.settings == {"DATASET": "mnist", "EPOCHS": 15, "BATCH_SIZE": 128}


@pytest.mark.parametrize(
    ("params", "line"),
    [
        ({}, "torch.optim.Adam(self.parameters(), lr=0.001)"),
        ({"optimizer": "adam", "weight_decay": 0.1}, "torch.optim.Adam(self.parameters(), lr=0.001, weight_decay=0.1)"),
        ({"optimizer": "adamw"}, "torch.optim.AdamW(self.parameters(), lr=0.001, weight_decay=0.0)"),
        ({"optimizer": "sgd", "learning_rate": 1}, "torch.optim.SGD(self.parameters(), lr=1.0, momentum=0.9)"),
        ({"optimizer": "sgd", "momentum": 0}, "torch.optim.SGD(self.parameters(), lr=0.001)"),
        ({"label_smoothing": 0.1}, "F.cross_entropy(scores, labels, label_smoothing=0.1)"),
    ],
)
def test_the_training_settings_stand_in_the_cell(params: dict[str, object], line: str) -> None:
    document = template("small_cnn", "he_tissue", lookup)
    cell = emit_cell(changed(document, "output", **params), lookup)
    assert line in cell.code
    run(cell).configure_optimizers()


def test_a_note_names_a_layer_or_stands_above_it() -> None:
    raw = sound("small_cnn").model_dump()
    raw["nodes"]["conv_1"]["note"] = "Edge finder"
    raw["nodes"]["relu_1"]["note"] = "Negative answers are of no use here,\nso they go."
    raw["meta"]["name"] = "Ours\nimport os; '''"
    cell = emit_cell(read_document(raw), lookup)
    assert "        self.edge_finder = nn.Conv2d(3, 8" in cell.code
    assert "        # Negative answers are of no use here, so they go.\n        x = F.relu(x)" in cell.code
    assert cell.code.startswith("# Ours import os; ''', drawn with PathoLearn Lab.\n")
    assert cell.class_name == "OursImportOs"
    run(cell)


def test_a_graph_with_errors_becomes_no_code_and_says_why() -> None:
    with pytest.raises(CodeError, match=r"cannot become code yet\. “H&E tissue” has 2 classes") as caught:
        emit_cell(golden_document("lenet5"), lookup)
    assert caught.value.hint.startswith("Set linear_3 to 2 outputs")
    assert [issue["code"] for issue in caught.value.details["issues"]] == ["wrong_class_count"]


def test_nodes_that_lead_nowhere_are_not_in_the_cell() -> None:
    raw = sound("small_cnn").model_dump()
    raw["nodes"]["conv_9"] = {"kind": "conv2d"}
    raw["nodes"]["odd_1"] = {"kind": "quantum_layer"}
    cell = emit_cell(read_document(raw), lookup)
    assert cell.code == emit_cell(sound("small_cnn"), lookup).code


@pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers")  # three batches need none
@pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.:FutureWarning")  # lightning 2.6 with torch 2.13
def test_the_logged_metrics_are_those_of_the_whole_split(tmp_path: Path) -> None:
    """Train for an epoch, and compare what Lightning logged with the same metrics computed at once."""
    import lightning
    import torchmetrics.functional as metric

    classes, images = 3, torch.rand(30, 3, 64, 64)
    labels = torch.arange(30) % classes
    nodes = {key: node.model_dump() for key, node in sound("branches").nodes.items()}
    nodes["linear_1"]["params"] = {"out_features": classes}
    names = {
        "metric_1": "accuracy",
        "metric_2": "f1",
        "metric_3": "precision",
        "metric_4": "recall",
        "metric_5": "auroc",
    }
    raw = sound("branches").model_dump() | {"nodes": nodes}
    for node, name in names.items():
        nodes[node] = {"kind": "metric", "params": {"name": name, "on_train": name == "accuracy"}}
        raw["edges"][f"e_{node}"] = {"from": "output", "fromPort": "scores", "to": node, "toPort": "scores"}
    del raw["edges"]["e15"], raw["edges"]["e16"]
    shape = SETS["he_tissue"].__class__("t", "T", "classification", 3, 64, 64, ("a", "b", "c"), 30)
    torch.manual_seed(0)
    model = run(emit_cell(read_document(raw), lambda _: shape))
    batches = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=8)
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        default_root_dir=tmp_path,
    )
    trainer.fit(model, batches, batches)
    logged = {name: float(value) for name, value in trainer.callback_metrics.items()}
    with torch.no_grad():
        scores = model.eval()(images)
    expected = {
        "valid_loss": torch.nn.functional.cross_entropy(scores, labels, label_smoothing=0.1),
        "valid_accuracy": metric.accuracy(scores, labels, "multiclass", num_classes=classes),
        "valid_f1": metric.f1_score(scores, labels, "multiclass", num_classes=classes, average="macro"),
        "valid_precision": metric.precision(scores, labels, "multiclass", num_classes=classes, average="macro"),
        "valid_recall": metric.recall(scores, labels, "multiclass", num_classes=classes, average="macro"),
        "valid_auroc": metric.auroc(scores, labels, "multiclass", num_classes=classes),
    }
    assert set(logged) == {"train_loss", "train_accuracy", *expected}
    for name, value in expected.items():
        assert logged[name] == pytest.approx(float(value), abs=1e-5), name


def test_memory_is_that_of_the_outputs() -> None:
    facts = check(sound("branches"), lookup).nodes
    assert all(
        fact.memory_bytes == 4 * prod(fact.outputs["output"]) for fact in facts.values() if "output" in fact.outputs
    )
