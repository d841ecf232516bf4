"""What a training says where it cannot go on, with the mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.training.test_run import CELL, failure, line_of


def test_a_network_that_becomes_nan_is_stopped_at_once_with_the_learning_rate_named(tmp_path: Path) -> None:
    error = failure(tmp_path, CELL.replace("Adam(self.parameters(), lr=0.01)", "SGD(self.parameters(), lr=1e30)"))
    assert "diverged" in error.message
    assert "1e+30" in error.hint
    assert error.details["changes"] == {"learning_rate": 1e29}
    assert error.details["layer"] == "layers.1"
    assert (error.details["epoch"], error.details["cause"]) == (1, "not_finite")


def test_a_batch_that_does_not_fit_into_memory_is_told_with_the_one_that_does(tmp_path: Path) -> None:
    greedy = "        if self.training and len(x) > 3:\n            torch.empty(10**15)\n        return self.layers(x)"
    error = failure(tmp_path, CELL.replace("        return self.layers(x)", greedy))
    assert error.message.startswith("The memory is used up: a batch of ")
    assert error.details["changes"]["batch_size"] in {2, 3}
    assert "fits" in error.hint


def test_an_error_in_training_step_names_its_line(tmp_path: Path) -> None:
    code = CELL.replace(
        "        loss = F.cross_entropy(scores, labels)", "        loss = F.cross_entropy(scores, labels + 1)"
    )
    error = failure(tmp_path, code)
    assert "too few outputs" in error.message
    assert error.details["line"] == line_of(code, "labels + 1")
    assert error.details["traceback_tail"][-1].startswith("IndexError: Target 3 is out of bounds")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("nn.Linear(16, 3)", "nn.Linear(16, 5)", "gives (2, 5)"),
        ("return self.layers(x)", "return x", "gives (2, 1, 6, 6)"),
        ("return self.layers(x)", "self.layers(x)", "gives NoneType"),
        ("nn.Linear(36, 16)", "nn.Linear(30, 16)", "expects 30 values for each image, but 36 arrive"),
        ("self.layers(x)", "self.layer(x)", "Net has no 'layer'"),
        ("def training_step", "def train_step", "lacks the method training_step"),
        ("def configure_optimizers", "def configure_optimiser", "lacks the method configure_optimizers"),
        ('return self.step(batch, "train")', 'self.step(batch, "train")', "training_step returns nothing"),
        ('return self.step(batch, "train")', "return 0.5", "has to return the loss"),
        ("return torch.optim.Adam(self.parameters(), lr=0.01)", "pass", "configure_optimizers returns nothing"),
        ("self.parameters(), lr", "nn.Linear(2, 2).parameters(), lr", "or optimizes something else"),
        ("return torch.optim.Adam(self.parameters(), lr=0.01)", "return 3", "has to return an optimizer"),
        ("self.parameters(), lr", "[], lr", "no layers with weights"),
        ("        return loss", "        return loss.detach()", "not connected to the network"),
        ("        return loss", "        return loss.expand(3)", "the loss has to be one"),
        (
            'return self.step(batch, "train")',
            'loss = self.step(batch, "train")\n        loss.backward()\n        return loss',
            "does it once more",
        ),
        ('loss, on_step=False, on_epoch=True)', "scores)", "log(name, value)"),
        (
            "        return loss",
            '        self.log(f"{split}_loss", loss, on_step=True)\n        return loss',
            "in two ways",
        ),
        ("def training_step(self, batch, batch_idx)", "def training_step(self)", "written for 1 values"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_network_is_said_in_plain_words(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in CELL
    error = failure(tmp_path, CELL.replace(old, new))
    if words == "log(name, value)":
        assert "self.log can keep one number" in error.message
    else:
        assert words in error.message
    assert error.hint
