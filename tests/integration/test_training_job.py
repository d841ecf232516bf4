"""The training job, called as the child process of a job calls it: from a payload to a model that predicts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from support.bare import run_bare
from support.trained import ensure_is_exported_again, ensure_is_measured_again, ensure_predicts_a_whole_set

from patholearn_lab.client.comparison import compare
from patholearn_lab.codegen import emit_cell
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.errors import (
    CancelledError,
    CodeError,
    DatasetNotFoundError,
    JobSpecError,
)
from patholearn_lab.graph.templates import template, templates
from patholearn_lab.jobs.child import load_target
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder, StopRequest, plain_json
from patholearn_lab.jobs.jsonl import read_lines
from patholearn_lab.jobs.models import Job, MetricPage
from patholearn_lab.jobs.reading import read_metrics
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.estimating import estimate
from patholearn_lab.services.experiments import Experiments
from patholearn_lab.services.job_kinds import JOB_KINDS, train
from patholearn_lab.serving.answers import ImageAnswer
from patholearn_lab.serving.export import measure_parity
from patholearn_lab.serving.library import ModelLibrary
from patholearn_lab.serving.predict import Predictor, Question
from patholearn_lab.serving.preprocess import network_input
from patholearn_lab.training import callbacks
from patholearn_lab.training.cell import load_cell
from patholearn_lab.training.estimate import Estimate
from patholearn_lab.training.record import TrainingRecord, read_record

CELL = """\
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn

DATASET = "digits"
EPOCHS = 4
BATCH_SIZE = 64


class SmallNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.LazyLinear(10)
        )

    def forward(self, x):
        return self.layers(x)

    def _step(self, batch, split):
        images, labels = batch
        scores = self(images)
        loss = F.cross_entropy(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True)
        self.log(f"{split}_accuracy", (scores.argmax(1) == labels).float().mean(), on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self._step(batch, "valid")

    def test_step(self, batch, batch_idx):
        self._step(batch, "test")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.003)


model = SmallNet()
"""

MakeContext = Callable[[str], JobContext]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """A data folder that keeps the digits, so that they are made once."""
    paths = DataPaths(tmp_path_factory.mktemp("data"))
    paths.ensure()
    return paths


@pytest.fixture
def context_of(paths: DataPaths) -> Iterator[MakeContext]:
    contexts: list[JobContext] = []

    def make(name: str) -> JobContext:
        spec = {"kind": "training", "owner": "ada", "visibility": "group", "created_at": "2026-01-01T00:00:00+00:00"}
        folder = RunFolder.create(paths.run(name), paths.scratch, spec)
        contexts.append(JobContext(folder, lambda line: None))
        return contexts[-1]

    yield make
    for context in contexts:
        context.close()


def test_the_table_names_functions_that_are_there() -> None:
    assert {name: load_target(JOB_KINDS[name].target) for name in JOB_KINDS}["training"] is train
    assert train.__module__ == "patholearn_lab.services.job_kinds"


def test_one_batch_tells_what_a_training_will_need(context_of: MakeContext) -> None:
    context = context_of("digits-estimate")
    document = {"schemaVersion": 1}
    found = Estimate.model_validate(estimate({"code": CELL, "batch_size": 64, "document": document}, context))
    assert found.fits
    assert (found.batch_size, found.epochs, found.device) == (64, 4, "CPU")
    assert found.batches == 23
    assert 0 < found.batch_s < found.epoch_s < found.total_s
    assert {part.name for part in found.parts} >= {"weights", "gradients", "optimizer", "activations", "images"}
    assert found.reasons[0].startswith("It fits: a batch of 64 needs about")
    assert list((context.folder / "checkpoints").iterdir()) == []


def ensure_trains_on_alone(paths: DataPaths, run: str, result: dict[str, Any], folder: Path) -> None:
    """Download a run with its data, and train it again with torch and lightning alone: to the same figures."""
    job = SimpleNamespace(id=run, name="Digits", state="done", result=result)
    queue: Any = SimpleNamespace(find=lambda _id: job)
    packed = folder / "packed.zip"
    Experiments(paths, queue, DatasetLibrary(paths)).write(run, packed, data=True)
    with ZipFile(packed) as archive:
        archive.extractall(folder)
    assert (folder / "network.py").read_text() == CELL
    assert re.match(r"torch==[\d.]+\nlightning==[\d.]+\nnumpy==[\d.]+\n$", (folder / "requirements.txt").read_text())
    threads = str(torch.get_num_threads())
    again = run_bare(folder / "train.py", "--device", "cpu", "--output", "mine.ckpt", threads=threads)
    assert again.returncode == 0, again.stderr[-2000:]
    assert json.loads(again.stdout.splitlines()[-1]) == pytest.approx(result["test_metrics"], rel=1e-4)
    mine = torch.load(folder / "mine.ckpt", weights_only=True)["state_dict"]
    kept = torch.load(folder / "weights.ckpt", weights_only=True)["state_dict"]
    assert all(torch.allclose(mine[name], kept[name], atol=1e-4) for name in kept)


def test_a_training_ends_in_a_model_that_predicts_and_in_a_folder_that_trains_on_alone(
    paths: DataPaths, context_of: MakeContext, tmp_path: Path
) -> None:
    context = context_of("digits-1")
    payload = {"code": CELL, "dataset": None, "epochs": None, "batch_size": None, "seed": 3, "graph": "g-1",
               "document": {"schemaVersion": 1}, "model_name": "My digits!"}  # fmt: skip
    RunFolder(context.folder).ask_for(payload=payload)
    result = train(payload, context)
    context.close()

    assert plain_json(result) == result
    assert result["test_metrics"]["test_accuracy"] > 0.85
    assert result["test_metrics"]["test_accuracy"] > result["baseline_accuracy"] + 0.4
    assert result["epochs"] == 4
    assert result["model"] == {"name": "my-digits", "version": 1}
    assert result["confusion"]["counts"] == "images"
    matrix = np.array(result["confusion"]["matrix"])
    assert matrix.trace() / matrix.sum() == pytest.approx(result["test_metrics"]["test_accuracy"])
    assert result["onnx_max_abs_diff"] < 1e-6
    assert result["onnx_images"] == min(1000, matrix.sum())
    assert result["train_wall_s"] > 0
    assert result["start_s"] > 0

    manifest = ModelLibrary(paths).find("my-digits")
    assert (manifest.owner, manifest.visibility) == ("ada", "group")
    assert (manifest.job, manifest.graph, manifest.dataset) == ("digits-1", "g-1", "digits")

    store = DatasetLibrary(paths).open("digits")
    indices = store.indices("test")
    predictions = Predictor(ModelLibrary(paths)).predict("my-digits", list(map(Question, store.images(indices))))
    guesses = [answer.predicted_index for (answer,) in predictions]
    right = [guess == label for guess, label in zip(guesses, store.labels(indices), strict=True)]
    assert np.mean(right) == pytest.approx(result["test_metrics"]["test_accuracy"], abs=0.005)

    points = read_lines(context.folder / "metrics.jsonl")
    assert [point["epoch"] for point in points if point["name"] == "valid_loss"] == [0, 1, 2, 3]
    assert (context.folder / "code" / "cell.py").read_text() == CELL
    assert json.loads((context.folder / "code" / "graph.arch.json").read_text()) == {"schemaVersion": 1}
    record = json.loads((context.folder / "training.json").read_text())
    asked = {"dataset": "digits", "epochs": 4, "batch_size": 64, "learning_rate": None, "seed": 3}
    assert {name: record["settings"][name] for name in asked} == asked
    assert sorted(file.name for file in (context.folder / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]
    ensure_trains_on_alone(paths, "digits-1", result, tmp_path)
    ensure_is_measured_again(result, context_of)
    ensure_is_exported_again(paths, result, context_of)
    ensure_predicts_a_whole_set(paths, result, context_of)


def test_the_same_seed_twice_gives_the_same_figures_and_the_next_version(
    paths: DataPaths, context_of: MakeContext
) -> None:
    payload = {
        "code": CELL,
        "epochs": 1,
        "seed": 11,
        "document": {"meta": {"name": "Net No. 2"}},
        "class_weights": "balanced",
    }
    contexts = [context_of("twice-1"), context_of("twice-2")]
    first = train(payload, contexts[0])
    # The second names the version, as a reproduction does.
    second = train(payload | {"dataset": "digits", "dataset_version": 1}, contexts[1])
    for key in ("test_metrics", "confusion", "baseline_accuracy", "onnx_max_abs_diff"):
        assert first[key] == second[key]
    assert (first["model"]["version"], second["model"]["version"]) == (1, 2)
    assert first["model"]["name"] == "net-no.-2"
    # What was trained is the cell with its classes weighed, and is kept so.
    assert (
        "F.cross_entropy(scores, labels, weight=scores.new_tensor(["
        in (paths.run("twice-1") / "code" / "cell.py").read_text()
    )
    for context in contexts:
        context.close()
    compared = compare(Folders(paths), done("twice-1", first), done("twice-2", second))  # type: ignore[arg-type]
    assert compared.equal, str(compared)
    assert {"train_loss_step", "valid_loss", "test_accuracy"} <= {figure.name for figure in compared.figures}
    assert compared.changes == ()


class Folders:
    """The two questions that a comparison asks, answered from the run folders."""

    def __init__(self, paths: DataPaths) -> None:
        self._paths = paths

    def metrics(self, id: str, after: int = 0) -> MetricPage:
        return read_metrics(RunFolder(self._paths.run(id)), after)

    def record(self, id: str) -> TrainingRecord:
        return read_record(self._paths.run(id))


def done(id: str, result: dict[str, Any]) -> Job:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(
        id=id, kind="training", name="", owner="ada", state="done", created_at=now, transitions=(), result=result
    )


def test_a_version_of_the_data_that_is_not_there_is_refused(context_of: MakeContext) -> None:
    with pytest.raises(DatasetNotFoundError, match="9"):
        train({"code": CELL, "dataset_version": 9}, context_of("no-version"))


def test_serving_prepares_pixels_bit_for_bit_as_training_does(paths: DataPaths) -> None:
    datasets = DatasetLibrary(paths)
    datasets.ensure("digits")
    store = datasets.open("digits")
    images, labels = next(iter(DatasetModule(store, 50, num_workers=0).test_dataloader()))
    indices = store.indices("test")[:50]
    served = network_input(store.images(indices), Preprocessing.of(store.manifest))
    assert torch.equal(torch.from_numpy(served), images)
    assert labels.tolist() == store.labels(indices).tolist()


def test_a_mistake_in_the_cell_is_a_code_error_with_its_line(paths: DataPaths, context_of: MakeContext) -> None:
    code = CELL.replace("nn.LazyLinear(10)", "nn.Linear(100, 10)")
    before = len(ModelLibrary(paths).list())
    with pytest.raises(CodeError, match="expects 100 values for each image, but 2048 arrive") as caught:
        train({"code": code}, context_of("mistake"))
    line = next(n for n, text in enumerate(code.splitlines(), 1) if "return self.layers(x)" in text)
    assert caught.value.details["line"] == line
    assert plain_json(caught.value.details) == caught.value.details
    assert len(ModelLibrary(paths).list()) == before


# A U-Net learns for a minute on two cores; a smaller one is trained in tests/unit/training/test_every_output.py. The
# one for a table needs a set that has one: tests/unit/services/test_training_every_output.py.
CLASSIFIERS = [
    card.name for card in templates() if card.name not in {"empty", "unet", "autoencoder", "image_and_table"}
]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_cell_of_every_classifying_template_is_trained_and_exported(
    name: str, paths: DataPaths, context_of: MakeContext
) -> None:
    datasets = DatasetLibrary(paths)
    cell = emit_cell(template(name, "digits", datasets.shape), datasets.shape)
    result = train({"code": cell.code, "epochs": 1}, context_of(name.replace("_", "-")))
    assert set(result["test_metrics"]) >= {"test_loss", "test_accuracy"}
    assert result["onnx_max_abs_diff"] < 5e-6


def test_an_autoencoder_is_trained_exported_and_gives_back_images(paths: DataPaths, context_of: MakeContext) -> None:
    datasets = DatasetLibrary(paths)
    cell = emit_cell(template("autoencoder", "digits", datasets.shape), datasets.shape)
    result = train({"code": cell.code, "epochs": 1}, context_of("autoencoder"))
    assert set(result["test_metrics"]) >= {"test_loss", "test_mse"}
    assert result["onnx_max_abs_diff"] < 5e-6
    image = datasets.open("digits").images([0])[0]
    [(answer,)] = Predictor(ModelLibrary(paths)).predict(result["model"]["name"], [Question(image)])
    assert isinstance(answer, ImageAnswer)
    assert answer.pixels.shape == image.shape[:2]
    assert 0 < answer.mean_squared_error < answer.mean_absolute_error < 0.5


def test_a_request_to_stop_leaves_no_model(
    paths: DataPaths, context_of: MakeContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "REPORT_EVERY_S", 0.0)
    context = context_of("stopped")
    DatasetLibrary(paths).ensure("digits")
    RunFolder(context.folder).ask_to_stop(StopRequest("enough"))
    with pytest.raises(CancelledError):
        train({"code": CELL, "model_name": "stopped"}, context)
    assert "stopped" not in {manifest.name for manifest in ModelLibrary(paths).list()}


def test_a_data_set_that_is_not_there_is_named(context_of: MakeContext) -> None:
    with pytest.raises(DatasetNotFoundError, match="no-such-set"):
        train({"code": CELL, "dataset": "no-such-set"}, context_of("no-data"))


def test_a_wrong_setting_is_refused_before_anything_is_written(context_of: MakeContext) -> None:
    context = context_of("wrong")
    with pytest.raises(JobSpecError, match="no setting 'epoch'"):
        train({"code": CELL, "epoch": 3}, context)
    assert not list((Path(context.folder) / "code").iterdir())


@pytest.mark.real_data
def test_the_thesis_network_learns_mnist_and_onnx_agrees_with_torch(
    real_data: Path, data_paths: DataPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    """Listing 21 of the thesis, two epochs; on five test images it saw differences of at most 4.768372e-7."""
    datasets = DatasetLibrary(data_paths)
    datasets.import_archive(real_data / "digits" / "mnist.npz", "mnist", "MNIST")
    drawn = template("mnist_thesis", "mnist", datasets.shape)
    cell = emit_cell(drawn, datasets.shape).code
    spec = {"kind": "training", "owner": "ada", "visibility": "private", "created_at": "2026-01-01T00:00:00+00:00"}
    context = JobContext(RunFolder.create(data_paths.run("mnist"), data_paths.scratch, spec), lambda line: None)
    result: dict[str, Any] = train(
        {"code": cell, "epochs": 2, "batch_size": 128, "learning_rate": 0.001, "seed": 0}, context
    )
    context.close()

    assert result["test_metrics"]["test_accuracy"] >= 0.98
    assert result["onnx_images"] == 1000

    store, models = datasets.open("mnist"), ModelLibrary(data_paths)
    preprocessing = Preprocessing.of(store.manifest)
    five = store.images(store.indices("test")[:5])
    model = load_cell(cell, context.folder).model
    model.load_state_dict(torch.load(context.folder / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"])
    network = models.folder(result["model"]["name"]) / "model.onnx"
    outputs = models.find(result["model"]["name"]).outputs
    of_five = measure_parity(model, network, {"images": network_input(five, preprocessing)}, outputs).max_abs_diff
    with capsys.disabled():
        print(
            f"\nMNIST, {result['train_wall_s']:.1f} s of training: test accuracy "
            f"{result['test_metrics']['test_accuracy']:.4f} (baseline {result['baseline_accuracy']:.4f}); ONNX against "
            f"torch on class probabilities: {of_five:.2e} on 5 images, {result['onnx_max_abs_diff']:.2e} on 1,000; "
            f"start {result['start_s']:.1f} s, export and parity {result['export_s']:.1f} s"
        )
    assert of_five <= 4.77e-7
