"""A graph of each kind, drawn, emitted and trained for a few steps on a real data set, as a job does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from support.graphs import graph

from patholearn_lab.codegen.forms import Form, emit
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.errors import CodeError
from patholearn_lab.graph.document import Document
from patholearn_lab.paths import DataPaths
from patholearn_lab.training.answers import answers_of, ensure_answers_fit
from patholearn_lab.training.cell import load_cell
from patholearn_lab.training.confusions import Confusion
from patholearn_lab.training.run import Outcome, seed_everything, train
from patholearn_lab.training.spec import FitSettings

pytestmark = [
    pytest.mark.filterwarnings("ignore:The '.*_dataloader' does not have many workers"),
    pytest.mark.filterwarnings("ignore:`isinstance.treespec, LeafSpec.:FutureWarning"),
]
SMALL = {"samples": 60, "tile_px": 32}


class Quiet:
    """A recorder that keeps the log and the names of the curves."""

    cancelled = False
    keep = None

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: set[str] = set()

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        assert stage

    def log(self, message: str) -> None:
        assert message

    def metric(self, name: str, value: float, *, step: int, epoch: int | None = None) -> None:
        self.names.add(name)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> DatasetLibrary:
    paths = DataPaths(tmp_path_factory.mktemp("data"))
    paths.ensure()
    library = DatasetLibrary(paths)
    library.create_builtin("he_tissue", parameters=SMALL)
    for builtin in ("digits", "ihc_colon"):
        library.ensure(builtin)
    return library


def trained(
    document: Document, library: DatasetLibrary, folder: Path, epochs: int = 1, form: Form = "cell"
) -> tuple[Outcome, Quiet]:
    """Emit the cell of a graph and train it, as the job does."""
    seed_everything(1)
    cell = load_cell(emit(document, library.shape, form).code, folder)
    store = library.open(str(cell.constants["DATASET"]))
    shape = store.manifest.shape()
    answers = answers_of(cell.constants, "labels", {name: shape.names(name) for name in shape.targets})
    data = DatasetModule(store, batch_size=32, targets=list(dict.fromkeys(answer.target for answer in answers)))
    settings = FitSettings(dataset=shape.id, epochs=epochs, batch_size=32, learning_rate=None, seed=1)
    notes = Quiet(folder)
    return train(cell, settings, data, answers, shape.image, notes), notes


def encoder_decoder(dataset: str, channels: int, end: dict[str, Any], *edges: str) -> Document:
    """Down by pooling, up again, and across: a small U-Net without its skip."""
    conv = {"same_padding": True}
    return graph(
        {
            "data": ("dataset", {"dataset": dataset}),
            "conv_1": ("conv2d", {"out_channels": 8, **conv}),
            "relu_1": "relu",
            "pool_1": "max_pool2d",
            "conv_2": ("conv2d", {"out_channels": 8, **conv}),
            "relu_2": "relu",
            "up_1": "upsample",
            "conv_3": ("conv2d", {"out_channels": channels, "kernel_size": 1}),
            **end,
        },
        "data>conv_1",
        "conv_1>relu_1",
        "relu_1>pool_1",
        "pool_1>conv_2",
        "conv_2>relu_2",
        "relu_2>up_1",
        "up_1>conv_3",
        *edges,
        name="Small network",
    )


def test_a_segmentation_learns_where_the_stain_is(library: DatasetLibrary, tmp_path: Path) -> None:
    end = {
        "output": (
            "segmentation_output",
            {"loss": "dice_cross_entropy", "learning_rate": 0.01, "schedule": "one_cycle"},
        ),
        "metric_1": ("metric", {"name": "iou"}),
    }
    document = encoder_decoder("ihc_colon", 2, end, "conv_3>output", "output>metric_1")
    outcome, notes = trained(document, library, tmp_path, epochs=2)
    (confusion,) = outcome.confusions
    store = library.open("ihc_colon")
    assert int(confusion.matrix.sum()) == store.manifest.count("test") * 64 * 64
    assert {"train_iou", "valid_iou", "valid_loss"} <= notes.names
    mean = sum(value for value in confusion.iou().values() if value is not None) / 2
    assert outcome.test_metrics["test_iou"] == pytest.approx(mean, abs=1e-4)
    assert outcome.test_metrics["test_accuracy"] == pytest.approx(confusion.accuracy)
    dice = confusion.dice()["stained"]
    assert dice is not None
    assert dice > 0.6


def test_what_a_tile_is_and_where_its_nuclei_are_is_learned_together(library: DatasetLibrary, tmp_path: Path) -> None:
    end = {
        "pool_2": ("max_pool2d", {"kernel_size": 4}),
        "flatten_1": "flatten",
        "linear_1": ("linear", {"out_features": 2}),
        "output": "classification_output",
        "output_2": ("segmentation_output", {"loss": "weighted_cross_entropy", "weight": 0.5}),
    }
    edges = ("relu_2>pool_2", "pool_2>flatten_1", "flatten_1>linear_1", "linear_1>output", "conv_3>output_2")
    outcome, notes = trained(encoder_decoder("he_tissue", 2, end, *edges), library, tmp_path, form="compact")
    assert {"train_output_accuracy", "valid_output_2_dice", "valid_loss", "valid_output_2_loss"} <= notes.names
    assert [int(confusion.matrix.sum()) for confusion in outcome.confusions] == [6, 6 * 32 * 32]
    assert outcome.test_metrics["test_output_accuracy"] == pytest.approx(outcome.confusions[0].accuracy)
    assert "test_output_2_accuracy" in outcome.test_metrics


def test_an_autoencoder_learns_to_give_back_digits(library: DatasetLibrary, tmp_path: Path) -> None:
    document = encoder_decoder(
        "digits", 1, {"output": ("reconstruction_output", {"learning_rate": 0.01})}, "conv_3>output"
    )
    outcome, notes = trained(document, library, tmp_path, epochs=2)
    assert outcome.confusions == []
    assert outcome.test_metrics["test_mse"] < 0.5  # the mean image costs 1
    assert notes.names >= {"train_mse", "valid_mse", "train_loss"}


@pytest.mark.parametrize(("kind", "metric"), [("multilabel_output", "test_f1"), ("regression_output", "test_mae")])
def test_what_follows_from_masks_is_learned(kind: str, metric: str, library: DatasetLibrary, tmp_path: Path) -> None:
    document = graph(
        {
            "data": ("dataset", {"dataset": "he_tissue"}),
            "pool_1": ("avg_pool2d", {"kernel_size": 8}),
            "flatten_1": "flatten",
            "linear_1": ("linear", {"out_features": 2}),
            "output": kind,
        },
        "data>pool_1",
        "pool_1>flatten_1",
        "flatten_1>linear_1",
        "linear_1>output",
    )
    outcome, _ = trained(document, library, tmp_path)
    assert outcome.confusions == []
    assert set(outcome.test_metrics) == {"test_loss", metric}


NAMES = {"labels": ("a", "b"), "masks": ("x", "y", "z")}


@pytest.mark.parametrize(
    ("constants", "outputs", "message"),
    [
        (
            {"TARGET": "masks"},
            torch.zeros(2, 3, 4, 4),
            r"channel for each of the 3 classes \(x, y, z\), that is the shape \(2, 3, 8, 8\)",
        ),
        ({}, torch.zeros(2, 5), r"one score for each of the 2 classes \(a, b\)"),
        ({}, {"a": torch.zeros(2, 2)}, "but it gives dict"),
        ({"TARGET": "images"}, torch.zeros(2, 3, 8, 8), "an image like the one that went in"),
        (
            {"TARGETS": {"one": "labels", "two": "masks"}},
            {"one": torch.zeros(2, 2)},
            "names an output 'two' in TARGETS",
        ),
        ({"TARGETS": {"one": "labels", "two": "masks"}}, torch.zeros(2, 2), "names an output 'one' in TARGETS"),
    ],
)
def test_answers_that_do_not_fit_are_told_with_the_shape_that_does(
    constants: dict[str, Any], outputs: Any, message: str
) -> None:
    answers = answers_of(constants, "labels", NAMES)
    with pytest.raises(CodeError, match=message):
        ensure_answers_fit(answers, outputs, (1, 8, 8), 2)


def test_dice_and_iou_of_a_class_that_never_occurs_are_unknown() -> None:
    (answer,) = answers_of({"TARGET": "masks"}, "labels", NAMES)
    confusion = Confusion(answer, torch.tensor([[6, 2, 0], [2, 4, 0], [0, 0, 0]]))
    assert confusion.dice() == {"x": 0.75, "y": pytest.approx(8 / 12), "z": None}
    assert confusion.iou() == {"x": pytest.approx(6 / 10), "y": 0.5, "z": None}
    assert confusion.accuracy == pytest.approx(10 / 14)
