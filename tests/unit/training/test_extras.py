from __future__ import annotations

from pathlib import Path

import pytest
import torch
from unit.training.test_run import CELL, fit

from patholearn_lab.errors import JobSpecError
from patholearn_lab.training.spec import read_spec


def test_a_training_stops_when_the_validation_loss_falls_no_more(tmp_path: Path) -> None:
    stuck = CELL.replace("lr=0.01", "lr=0.0")
    _cell, notes, outcome = fit(tmp_path, stuck, epochs=12, patience=2)
    assert outcome.epochs == 3
    assert any("valid_loss had not become smaller for 2 epochs" in line for line in notes.lines)


def test_averaged_weights_are_those_that_are_kept(tmp_path: Path) -> None:
    cell, _notes, _outcome = fit(tmp_path, epochs=2, average_weights=0.9)
    best = torch.load(tmp_path / "checkpoints" / "best.ckpt", weights_only=True)["state_dict"]
    last = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    name = "layers.1.weight"
    assert torch.equal(best[name], cell.model.state_dict()[name])
    assert not torch.equal(last["current_model_state"][name], last["state_dict"][name])


def test_the_learning_rate_is_found_and_used(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _cell, notes, _outcome = fit(tmp_path, epochs=1, find_learning_rate=True)
    (line,) = [line for line in notes.lines if "learning rate was found" in line]
    assert capfd.readouterr().err == ""
    assert notes.curve("learning_rate") == [float(line.split()[-1].rstrip("."))]


def test_gradients_are_clipped_and_summed_up_and_half_the_bits_do(tmp_path: Path) -> None:
    _cell, tiny, _outcome = fit(tmp_path / "a", epochs=1, clip_gradients=1e-9, accumulate=5, precision=16)
    # 10 batches an epoch make 2 steps.
    assert {step for name, _value, step, _epoch in tiny.points if name == "valid_loss"} == {2}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("patience", 0), ("clip_gradients", 0), ("accumulate", 0), ("average_weights", 1), ("precision", 8)],
)
def test_an_option_out_of_its_range_is_refused_by_name(setting: str, value: float) -> None:
    with pytest.raises(JobSpecError, match=setting):
        read_spec({"code": "model = 1", setting: value})
