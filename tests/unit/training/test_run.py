from __future__ import annotations

import json
import warnings
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import lightning as L
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from patholearn_lab.errors import CancelledError, CodeError, JobSpecError
from patholearn_lab.training import callbacks
from patholearn_lab.training.answers import Answer
from patholearn_lab.training.cell import LoadedCell, load_cell
from patholearn_lab.training.checkpoints import Start
from patholearn_lab.training.record import DataUsed, read_record, write_record
from patholearn_lab.training.run import Outcome, seed_everything, train
from patholearn_lab.training.spec import FitSettings, TrainingSpec

CLASSES = ("dark", "light", "striped")
SHAPE = (1, 6, 6)

CELL = """\
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn

class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(36, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))

    def forward(self, x):
        return self.layers(x)

    def step(self, batch, split):
        images, labels = batch
        scores = self(images)
        loss = F.cross_entropy(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True)
        self.log(f"{split}_accuracy", (scores.argmax(1) == labels).float().mean(), on_step=False, on_epoch=True)
        return loss

    def training_step(self, batch, batch_idx):
        return self.step(batch, "train")

    def validation_step(self, batch, batch_idx):
        self.step(batch, "valid")

    def test_step(self, batch, batch_idx):
        self.step(batch, "test")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.01)

model = Net()
"""


class Data(L.LightningDataModule):
    """Three kinds of little pictures, drawn with a seed of their own."""

    def __init__(self, batch_size: int = 16) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self._labels = torch.arange(240) % 3
        images = torch.randn(240, *SHAPE, generator=generator) * 0.3
        images[self._labels == 1] += 1
        images[self._labels == 2, :, ::2] += 1
        self._images = images
        self._batch_size = batch_size

    def _loader(self, start: int, stop: int, shuffle: bool = False) -> DataLoader[Any]:
        dataset = TensorDataset(self._images[start:stop], self._labels[start:stop])
        return DataLoader(dataset, batch_size=self._batch_size, shuffle=shuffle)

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader(0, 160, shuffle=True)

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(160, 200)

    def test_dataloader(self) -> DataLoader[Any]:
        return self._loader(200, 240)


class Notes:
    """A recorder that keeps everything in lists."""

    def __init__(
        self, folder: Path, cancel_after: int | None = None, keep: Literal["best", "last"] | None = None
    ) -> None:
        self.folder = folder
        self.reports: list[tuple[float, float | None, str]] = []
        self.lines: list[str] = []
        self.points: list[tuple[str, float, int, int | None]] = []
        self._cancel_after = cancel_after
        self._keep = keep

    def report(self, done: float, total: float | None, stage: str = "") -> None:
        self.reports.append((done, total, stage))

    def log(self, message: str) -> None:
        self.lines.append(message)

    def metric(self, name: str, value: float, *, step: int, epoch: int | None = None) -> None:
        self.points.append((name, value, step, epoch))

    @property
    def cancelled(self) -> bool:
        steps = sum(name == "train_loss_step" for name, *_ in self.points)
        return self._cancel_after is not None and steps >= self._cancel_after

    @property
    def keep(self) -> Literal["best", "last"] | None:
        return self._keep if self.cancelled else None

    def curve(self, name: str) -> list[float]:
        return [value for found, value, *_ in self.points if found == name]


def settings(**changes: Any) -> FitSettings:
    values = {"dataset": "pictures", "epochs": 3, "batch_size": 16, "learning_rate": None, "seed": 1}
    return FitSettings.model_validate(values | changes)


def fit(
    folder: Path, code: str = CELL, notes: Notes | None = None, start: Start | None = None, **changes: Any
) -> tuple[LoadedCell, Notes, Outcome]:
    notes = notes or Notes(folder)
    chosen = settings(**changes)
    seed_everything(chosen.seed)
    cell = load_cell(code, folder)
    return cell, notes, train(cell, chosen, Data(), [Answer("", "labels", CLASSES)], SHAPE, notes, start=start)


def failure(folder: Path, code: str, **changes: Any) -> CodeError:
    with pytest.raises(CodeError) as caught:
        fit(folder, code, **changes)
    return caught.value


def line_of(code: str, text: str) -> int:
    return next(number for number, line in enumerate(code.splitlines(), 1) if text in line)


def test_a_training_learns_and_says_how_well(tmp_path: Path) -> None:
    _, _, outcome = fit(tmp_path, epochs=6)
    assert outcome.test_metrics["test_accuracy"] > 0.9
    assert set(outcome.test_metrics) == {"test_loss", "test_accuracy"}
    assert outcome.epochs == 6
    assert 1 <= outcome.best_epoch <= 6
    assert outcome.train_wall_s > 0


def test_the_confusion_matrix_counts_every_test_image_and_agrees_with_the_accuracy(tmp_path: Path) -> None:
    _, _, outcome = fit(tmp_path)
    matrix = outcome.confusions[0].matrix
    assert matrix.sum(dim=1).tolist() == [13, 13, 14]
    assert matrix.trace() / 40 == pytest.approx(outcome.test_metrics["test_accuracy"])


def test_the_curves_have_the_names_of_the_cell_once_an_epoch(tmp_path: Path) -> None:
    _, notes, _ = fit(tmp_path)
    for name in ("train_loss", "train_accuracy", "valid_loss", "valid_accuracy"):
        assert [(step, epoch) for found, _, step, epoch in notes.points if found == name] == [(10, 0), (20, 1), (30, 2)]
    assert {name for name, *_ in notes.points} == {
        "train_loss", "train_accuracy", "valid_loss", "valid_accuracy", "train_loss_step", "learning_rate",
    }  # fmt: skip


def test_the_loss_of_the_steps_is_thinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "MAX_STEP_POINTS", 6)
    _, notes, _ = fit(tmp_path)
    assert [step for name, _, step, _ in notes.points if name == "train_loss_step"] == [5, 10, 15, 20, 25, 30]


def test_progress_goes_from_nothing_to_all_batches_and_on_to_testing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "REPORT_EVERY_S", 0.0)
    _, notes, _ = fit(tmp_path)
    training = [done for done, total, stage in notes.reports if stage == "Training"]
    assert training[0] == 0
    assert training == sorted(training)
    assert set(training) == set(range(31))
    assert notes.reports[-4:] == [(0, None, "Testing"), (1, 3, "Testing"), (2, 3, "Testing"), (3, 3, "Testing")]


def test_the_same_seed_twice_gives_the_same_figures(tmp_path: Path) -> None:
    first_cell, first_notes, first = fit(tmp_path / "a")
    second_cell, second_notes, second = fit(tmp_path / "b")
    assert first_notes.points == second_notes.points
    assert first.test_metrics == second.test_metrics
    assert torch.equal(first.confusions[0].matrix, second.confusions[0].matrix)
    for one, other in zip(first_cell.model.parameters(), second_cell.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_another_seed_gives_other_figures(tmp_path: Path) -> None:
    _, one, _ = fit(tmp_path / "a", seed=1)
    _, other, _ = fit(tmp_path / "b", seed=2)
    assert one.curve("train_loss") != other.curve("train_loss")


def test_a_request_to_stop_ends_the_training_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "REPORT_EVERY_S", 0.0)
    notes = Notes(tmp_path, cancel_after=13)
    with pytest.raises(CancelledError):
        fit(tmp_path, notes=notes, epochs=50)
    assert len(notes.curve("train_loss_step")) in {13, 14}


def test_the_best_weights_are_those_of_the_smallest_valid_loss(tmp_path: Path) -> None:
    # After the second epoch the network is spoiled on purpose.
    code = CELL.replace(
        '        self.step(batch, "valid")',
        "        if self.current_epoch == 2:\n            self.layers[1].weight.data.mul_(0)\n"
        '        self.step(batch, "valid")',
    )
    cell, notes, outcome = fit(tmp_path, code, epochs=3)
    losses = notes.curve("valid_loss")
    assert losses[2] > losses[1]
    assert outcome.best_epoch == 2
    assert cell.model.layers[1].weight.abs().sum() > 0
    best = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)
    assert best["valid_loss"] == pytest.approx(losses[1])


def test_the_last_state_can_be_gone_on_from_and_is_read_without_running_code(tmp_path: Path) -> None:
    fit(tmp_path)
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert last["global_step"] == 30
    assert last["optimizer_states"]
    assert sorted(file.name for file in (tmp_path / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_run_that_goes_on_counts_its_epochs_on_and_keeps_the_best_so_far(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    fit(first, epochs=2)
    best = torch.load(first / "checkpoints" / "best.ckpt", weights_only=True)
    start = Start(first / "checkpoints", "last")
    _, notes, outcome = fit(second, start=start, epochs=1, learning_rate=1e-30)
    assert [epoch for name, _, _, epoch in notes.points if name == "valid_loss"] == [2]
    assert outcome.epochs == 3
    assert notes.reports[0][:2] == (20, 30)
    # At that rate nothing is learned: the weights are those of the last epoch, and the best ones stay the best.
    before = torch.load(first / "checkpoints" / "last.ckpt", weights_only=True)
    after = torch.load(second / "checkpoints" / "last.ckpt", weights_only=True)
    assert all(torch.equal(before["state_dict"][name], value) for name, value in after["state_dict"].items())
    assert [state["step"].item() for state in after["optimizer_states"][0]["state"].values()] == [30.0] * 4
    kept = torch.load(second / "checkpoints" / "best.ckpt", weights_only=True)
    assert kept["valid_loss"] == best["valid_loss"]
    assert outcome.best_epoch == best["epoch"] + 1


def test_a_run_can_begin_with_the_best_weights_of_another_and_count_from_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    cell, _, _ = fit(first, epochs=1)
    trained = {name: value.clone() for name, value in cell.model.state_dict().items()}
    again, _, outcome = fit(second, start=Start(first / "checkpoints", "best"), epochs=1, learning_rate=1e-30, seed=9)
    assert outcome.epochs == 1
    assert all(torch.equal(trained[name], value) for name, value in again.model.state_dict().items())


def test_weights_of_another_network_and_missing_ones_are_refused_in_words(tmp_path: Path) -> None:
    fit(tmp_path / "first", epochs=1)
    wider = CELL.replace("16", "20")
    with pytest.raises(JobSpecError, match=r"weights of the run first do not fit.*size mismatch"):
        fit(tmp_path / "second", wider, start=Start(tmp_path / "first" / "checkpoints", "best"))
    with pytest.raises(JobSpecError, match="no last checkpoint any more"):
        fit(tmp_path / "third", start=Start(tmp_path / "gone" / "checkpoints", "last"))


def test_without_a_valid_loss_the_last_epoch_counts_as_the_best(tmp_path: Path) -> None:
    code = CELL.replace("def validation_step", "def no_validation_step")
    _, notes, outcome = fit(tmp_path, code)
    assert outcome.best_epoch == 3
    assert "valid_loss" not in {name for name, *_ in notes.points}


def test_without_a_test_step_the_accuracy_is_measured_all_the_same(tmp_path: Path) -> None:
    _, notes, outcome = fit(tmp_path, CELL.replace("def test_step", "def no_test_step"))
    assert set(outcome.test_metrics) == {"test_accuracy"}
    assert any("no test_step" in line for line in notes.lines)


def test_a_cell_that_logs_nothing_is_trained_and_told_so(tmp_path: Path) -> None:
    code = "\n".join(line for line in CELL.splitlines() if "self.log(" not in line)
    _, notes, outcome = fit(tmp_path, code)
    assert outcome.epochs == 3
    assert any("logs nothing" in line for line in notes.lines)


def test_the_learning_rate_of_the_training_replaces_that_of_the_cell(tmp_path: Path) -> None:
    code = CELL.replace(
        "        return torch.optim.Adam(self.parameters(), lr=0.01)",
        "        optimizer = torch.optim.SGD(self.parameters(), lr=0.01)\n"
        "        return [optimizer], [torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)]",
    )
    cell, _, _ = fit(tmp_path, code, learning_rate=0.2, epochs=2)
    assert cell.model.optimizers().param_groups[0]["lr"] == pytest.approx(0.2 * 0.5**2)


def test_nothing_of_lightnings_chatter_reaches_the_student(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        fit(tmp_path)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""
    assert [str(warning.message) for warning in recwarn] == []


def test_a_print_of_the_cell_does_reach_the_student(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    fit(tmp_path, CELL + "print('hello from the cell')\n")
    assert "hello from the cell" in capfd.readouterr().out


def test_the_record_has_all_that_a_second_run_needs(tmp_path: Path) -> None:
    spec = TrainingSpec(code=CELL, dataset="pictures", seed=5, document={"nodes": {}})
    used = DataUsed(id="pictures", version=3, content_hash="abc123", splits={"train": 8, "valid": 2, "test": 2})
    write_record(tmp_path, spec, settings(seed=5), used)
    assert read_record(tmp_path).dataset == used
    record = json.loads((tmp_path / "training.json").read_text())
    assert record["settings"]["seed"] == 5
    assert record["code_hash"] == sha256(CELL.encode()).hexdigest()
    assert record["environment"]["packages"]["torch"] == torch.__version__.partition("+")[0] or torch.__version__
    assert record["environment"]["threads"] == torch.get_num_threads()
    assert json.loads((tmp_path / "code" / "graph.arch.json").read_text()) == {"nodes": {}}


def test_a_training_that_is_stopped_gives_a_model_of_its_last_epoch_where_somebody_wants_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "REPORT_EVERY_S", 0.0)
    # Ten steps an epoch: the wish comes in the third.
    cell, notes, outcome = fit(tmp_path, notes=Notes(tmp_path, cancel_after=24, keep="last"), epochs=50)
    assert (outcome.epochs, outcome.best_epoch) == (2, 2)
    assert set(outcome.test_metrics) >= {"test_loss", "test_accuracy"}
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    assert all(torch.equal(value, last[name]) for name, value in cell.model.state_dict().items())
    assert max(step for name, _, step, _ in notes.points if name == "train_loss_step") < 26


def test_a_training_that_was_paused_ends_where_it_was_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callbacks, "REPORT_EVERY_S", 0.0)
    with pytest.raises(CancelledError):
        fit(tmp_path, notes=Notes(tmp_path, cancel_after=24), epochs=4)
    _, notes, outcome = fit(tmp_path, start=Start(tmp_path / "checkpoints", "last", own=True), epochs=4)
    assert outcome.epochs == 4
    assert [epoch for name, _, _, epoch in notes.points if name == "valid_loss"] == [2, 3]
