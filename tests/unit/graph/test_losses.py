"""The losses that torch lacks are compared with a plain formula, pixel by pixel, and with torchvision."""

from __future__ import annotations

from math import exp, log
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from patholearn_lab.graph.learning.losses import LOSSES, SOURCES, class_weights, loss_of, losses_of

CLASSES, IGNORED = 3, 255


def function(name: str) -> Any:
    """Run the source of a function as a cell does."""
    space: dict[str, Any] = {"torch": torch, "F": F}
    exec(SOURCES[name], space)
    return space[name]


@pytest.fixture
def scores() -> torch.Tensor:
    return torch.randn(2, CLASSES, 4, 5, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def masks() -> torch.Tensor:
    made = torch.randint(0, CLASSES, (2, 4, 5), generator=torch.Generator().manual_seed(1))
    made[0, 0, :3] = IGNORED
    return made


def counts(scores: torch.Tensor, masks: torch.Tensor, c: int) -> tuple[float, float, float]:
    """Hits, false alarms and misses of class `c`, summed pixel by pixel."""
    hits = alarms = misses = 0.0
    for n, row, column in torch.cartesian_prod(*map(torch.arange, masks.shape)).tolist():
        true = int(masks[n, row, column])
        if true == IGNORED:
            continue
        exponentials = [exp(float(value)) for value in scores[n, :, row, column]]
        p = exponentials[c] / sum(exponentials)
        hits += p if true == c else 0
        alarms += p if true != c else 0
        misses += 1 - p if true == c else 0
    return hits, alarms, misses


def test_the_dice_loss_is_its_formula_over_what_is_annotated(scores: torch.Tensor, masks: torch.Tensor) -> None:
    found = [counts(scores, masks, c) for c in range(CLASSES)]
    expected = 1 - sum((2 * tp + 1) / (2 * tp + fp + fn + 1) for tp, fp, fn in found) / CLASSES
    assert float(function("dice_loss")(scores, masks, ignore_index=IGNORED)) == pytest.approx(expected, abs=1e-5)


def test_the_tversky_loss_is_its_formula_over_what_is_annotated(scores: torch.Tensor, masks: torch.Tensor) -> None:
    found = [counts(scores, masks, c) for c in range(CLASSES)]
    expected = 1 - sum((tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1) for tp, fp, fn in found) / CLASSES
    loss = function("tversky_loss")(scores, masks, alpha=0.3, beta=0.7, ignore_index=IGNORED)
    assert float(loss) == pytest.approx(expected, abs=1e-5)


def test_the_focal_loss_is_its_formula_over_what_is_annotated(scores: torch.Tensor, masks: torch.Tensor) -> None:
    total, known = 0.0, 0
    probabilities = scores.softmax(dim=1)
    for n, row, column in torch.cartesian_prod(*map(torch.arange, masks.shape)).tolist():
        true = int(masks[n, row, column])
        if true != IGNORED:
            p = float(probabilities[n, true, row, column])
            total, known = total - (1 - p) ** 2 * log(p), known + 1
    loss = function("focal_loss")(scores, masks, gamma=2.0, ignore_index=IGNORED)
    assert float(loss) == pytest.approx(total / known, abs=1e-5)


def test_the_binary_focal_loss_is_that_of_torchvision() -> None:
    from torchvision.ops import sigmoid_focal_loss

    scores = torch.randn(6, 4, generator=torch.Generator().manual_seed(2))
    tags = torch.randint(0, 2, (6, 4), generator=torch.Generator().manual_seed(3)).float()
    expected = sigmoid_focal_loss(scores, tags, alpha=-1, gamma=1.5, reduction="mean")
    torch.testing.assert_close(function("binary_focal_loss")(scores, tags, gamma=1.5), expected)
    more, unknown = torch.cat([scores, scores]), torch.full((6, 4), -1.0)
    ignoring = function("binary_focal_loss")(more, torch.cat([tags, unknown]), gamma=1.5, ignore_index=-1)
    torch.testing.assert_close(ignoring, expected)


def test_what_is_not_annotated_has_no_weight_in_the_binary_cross_entropy() -> None:
    scores, tags = torch.tensor([[2.0, -1.0, 5.0]]), torch.tensor([[1.0, 1.0, -1.0]])
    expected = (log(1 + exp(-2.0)) + log(1 + exp(1.0))) / 2
    assert float(function("known_bce_loss")(scores, tags, -1)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", ["dice_loss", "tversky_loss", "focal_loss"])
def test_what_is_not_annotated_does_not_move_the_network(name: str, scores: torch.Tensor, masks: torch.Tensor) -> None:
    scores.requires_grad_()
    function(name)(scores, masks, ignore_index=IGNORED).backward()
    assert scores.grad is not None
    assert torch.isfinite(scores.grad).all()
    unknown = masks == IGNORED
    assert scores.grad.movedim(1, -1)[unknown].abs().sum() == 0
    assert scores.grad.movedim(1, -1)[~unknown].abs().min() > 0


def test_a_perfect_answer_costs_nothing(masks: torch.Tensor) -> None:
    masks = masks.where(masks != IGNORED, 0)
    perfect = F.one_hot(masks, CLASSES).movedim(-1, 1) * 50.0
    for name in ("dice_loss", "tversky_loss", "focal_loss"):
        assert float(function(name)(perfect, masks)) == pytest.approx(0, abs=1e-5), name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (0.5, 2.0, 2.0)),
        ("1, 2.5,3", (1.0, 2.5, 3.0)),
        ("(1; 2; 3)", (1.0, 2.0, 3.0)),
        ("one, two", ()),
        ("1, -2, 3", ()),
        ("nan, 1, 1", ()),
        ("0, 0, 0", ()),
    ],
)
def test_class_weights_are_typed_or_balance_the_classes(text: str, found: tuple[float, ...]) -> None:
    assert class_weights(text, (200, 50, 50)) == found


def test_a_class_that_never_occurs_weighs_nothing() -> None:
    assert class_weights("", (100, 0)) == (0.5, 0.0)
    assert class_weights("", ()) == ()


def test_every_loss_is_found_by_its_task_and_name() -> None:
    assert losses_of("segmentation")[0] == "cross_entropy"
    assert all(loss_of(task, loss.name) is loss for loss in LOSSES for task in loss.tasks)
    called = {term.function for loss in LOSSES for term in loss.terms}
    assert {name for name in called if not name.startswith("F.")} <= set(SOURCES)
