from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from patholearn_lab.training.findings import Diagnosis, Finding
from patholearn_lab.training.history import Curve, History
from patholearn_lab.training.signs import SIGNS, read_curves
from patholearn_lab.training.signs.data import wilson
from patholearn_lab.training.spec import TrainingSpec

BALANCED = {"train": {"benign": 500, "malignant": 500}, "valid": {"benign": 500, "malignant": 500}}
EPOCHS = range(12)
FALLING = [0.1 + 0.6 * math.exp(-epoch / 3) for epoch in EPOCHS]
LEARNED = [0.95 - 0.4 * math.exp(-epoch / 3) for epoch in EPOCHS]
HEALTHY = {
    "train_loss": FALLING,
    "valid_loss": [0.05 + value for value in FALLING],
    "train_accuracy": LEARNED,
    "valid_accuracy": LEARNED,
}


def history(facts: dict[str, Any] | None = None, **curves: Sequence[float]) -> History:
    """A healthy training, but for the curves and the facts that are given."""
    given = {"learning_rate": 0.001, "epochs_wanted": 12, "splits": BALANCED, "batch_size": 32, **(facts or {})}
    shown = {name: values for name, values in {**HEALTHY, **curves}.items() if values}
    made = {name: Curve(name, tuple(range(1, len(values) + 1)), tuple(values)) for name, values in shown.items()}
    return History(made, **given)


def codes(one: History) -> list[str]:
    return [finding.code for finding in read_curves(one)]


def only(one: History) -> Finding:
    (finding,) = read_curves(one)
    return finding


def test_a_healthy_training_has_nothing_to_say() -> None:
    assert codes(history()) == []
    assert str(Diagnosis(epochs=12)) == "Nothing in the curves of the 12 epochs asks for attention."


@pytest.mark.parametrize("epochs", range(4))
def test_from_few_epochs_nothing_is_told(epochs: int) -> None:
    assert codes(history(**{name: values[:epochs] for name, values in HEALTHY.items()})) == []


def test_overfitting_begins_where_the_validation_loss_is_smallest() -> None:
    rising = [0.5 - 0.05 * min(epoch, 4) + 0.05 * max(0, epoch - 4) for epoch in EPOCHS]
    finding = only(history(valid_loss=rising))
    assert finding.code == "overfitting"
    assert "Since epoch 5 the validation loss has risen from 0.3 to 0.65" in finding.sentence
    assert [(each.curve, each.first, each.last) for each in finding.evidence] == [
        ("valid_loss", 5, 12),
        ("train_loss", 5, 12),
    ]
    assert finding.remedies[0].changes == {"patience": 3}


def test_a_validation_loss_that_rises_with_the_training_loss_is_no_overfitting() -> None:
    up = [0.3 + 0.01 * epoch for epoch in EPOCHS]
    assert "overfitting" not in codes(history(train_loss=up, valid_loss=[0.1 + value for value in up]))


def test_one_bad_epoch_at_the_end_is_no_overfitting() -> None:
    assert codes(history(valid_loss=[*HEALTHY["valid_loss"][:-1], 0.5])) == []


def test_a_network_that_hardly_beats_chance_on_train_underfits() -> None:
    finding = only(history(train_accuracy=[0.52] * 12, valid_accuracy=[0.5] * 12))
    assert finding.code == "underfitting"
    assert "52% of the training images" in finding.sentence
    assert finding.remedies[0].changes == {"epochs": 24}


def test_without_an_accuracy_the_loss_tells_of_underfitting() -> None:
    flat = [0.70, 0.69, 0.695, 0.69, 0.692, 0.69, 0.691, 0.69]
    found = codes(history(train_loss=flat, valid_loss=flat, train_accuracy=[], valid_accuracy=[]))
    assert found == ["underfitting"]


def test_a_loss_that_jumps_up_and_down_tells_of_too_high_a_learning_rate() -> None:
    jumping = [0.9, 0.5, 0.8, 0.45, 0.75, 0.4, 0.8, 0.5, 0.7, 0.4, 0.75, 0.45]
    finding = only(history(train_loss=jumping, valid_loss=jumping))
    assert finding.code == "rate_too_high"
    assert finding.remedies[0].label == "Lower the learning rate from 0.001 to 0.0001."
    assert finding.remedies[0].changes == {"learning_rate": 0.0001}
    assert finding.remedies[1].changes == {"batch_size": 64}


def test_a_loss_that_creeps_down_steadily_tells_of_too_low_a_learning_rate() -> None:
    creeping = [2.3 - 0.02 * epoch for epoch in EPOCHS]
    chance = [0.5 + 0.01 * epoch for epoch in EPOCHS]
    finding = only(history(train_loss=creeping, valid_loss=creeping, train_accuracy=chance, valid_accuracy=chance))
    assert finding.code == "rate_too_low"
    assert finding.remedies[0].changes == {"learning_rate": 0.01}


def test_an_unknown_learning_rate_is_spoken_of_without_a_figure() -> None:
    creeping = [2.3 - 0.02 * epoch for epoch in EPOCHS]
    finding = only(history({"learning_rate": None}, train_loss=creeping, valid_loss=creeping))
    assert finding.remedies[0].label == "Raise the learning rate to 10 times what it is."
    assert finding.remedies[0].changes == {}


def test_a_loss_that_grows_diverges_and_that_explains_the_rest() -> None:
    growing = [0.7, 0.6, *(0.7 * 1.5**epoch for epoch in range(10))]
    finding = only(
        history(train_loss=growing, valid_loss=growing, train_accuracy=[0.5] * 12, valid_accuracy=[0.5] * 12)
    )
    assert finding.code == "divergence"
    assert (finding.evidence[0].first, finding.evidence[0].last) == (2, 12)


def test_a_loss_that_is_no_number_any_more_diverges() -> None:
    broken = {"train_loss": Curve("train_loss", (1, 2), (0.7, 0.9), broke_at=3)}
    finding = only(History(broken))
    assert "no number any more from epoch 3 on" in finding.sentence


def test_a_loss_that_stands_still_well_above_zero_is_a_plateau() -> None:
    still = [1.0, 0.7, 0.5, 0.45, *[0.44] * 8]
    finding = only(history(train_loss=still, valid_loss=still))
    assert finding.code == "plateau"
    assert finding.evidence[0].first == 9


def test_a_loss_that_stands_still_near_zero_has_nothing_left_to_learn() -> None:
    assert codes(history(train_loss=[1.0, 0.3, 0.1, *[0.05] * 9])) == []


def test_few_validation_samples_leave_a_wide_range_for_the_accuracy() -> None:
    few = {"train": BALANCED["train"], "valid": {"benign": 12, "malignant": 13}}
    finding = only(history({"splits": few}))
    assert finding.code == "few_valid"
    assert "has 25 samples" in finding.sentence
    evidence = finding.evidence[0]
    assert evidence.low is not None
    assert evidence.high is not None
    assert evidence.low < HEALTHY["valid_accuracy"][-1] < evidence.high


def test_the_range_of_a_share_is_that_of_the_textbook() -> None:
    # Newcombe 1998, table I: 81 of 263, score method.
    assert [round(bound, 4) for bound in wilson(81 / 263, 263)] == [0.2553, 0.3662]


def test_classes_of_very_different_size_are_told_with_what_guessing_gets() -> None:
    unequal = {**BALANCED, "train": {"benign": 900, "malignant": 100}}
    finding = only(history({"splits": unequal}))
    assert finding.code == "class_imbalance"
    assert "always saying 'benign' already gets 90% right" in finding.sentence
    assert finding.evidence[0].high == 0.9


def test_a_class_without_samples_is_named() -> None:
    finding = only(history({"splits": {**BALANCED, "train": {"benign": 900, "malignant": 0}}}))
    assert finding.code == "empty_class"
    assert "'malignant' no images at all" in finding.sentence


def test_perfect_at_once_on_valid_is_suspicious() -> None:
    finding = only(history(valid_accuracy=[0.99] * 12))
    assert finding.code == "leak_suspected"
    assert "Already in epoch 1" in finding.sentence


def test_perfect_at_once_where_one_class_is_nearly_all_is_not() -> None:
    one = {**BALANCED, "train": {"benign": 990, "malignant": 10}}
    assert "leak_suspected" not in codes(history({"splits": one}, valid_accuracy=[0.99] * 12))


def test_a_validation_loss_far_below_the_training_loss_is_suspicious() -> None:
    assert codes(history(valid_loss=[0.5 * value for value in FALLING])) == ["leak_suspected"]
    assert codes(history(valid_loss=[0.9 * value for value in FALLING])) == []


def test_every_sign_points_to_curves_that_are_there_and_to_settings_that_exist() -> None:
    jumping = [0.9, 0.5, 0.8, 0.45, 0.75, 0.4, 0.8, 0.5, 0.7, 0.4, 0.75, 0.45]
    runs = [
        history(train_loss=jumping, valid_loss=jumping),
        history({"splits": {"train": {"a": 900, "b": 10}, "valid": {"a": 9}}}, valid_accuracy=[0.99] * 12),
        history(train_loss=[2.3 - 0.02 * epoch for epoch in EPOCHS]),
        history(train_accuracy=[0.5] * 12),
    ]
    found = [(run, finding) for run in runs for sign in SIGNS if (finding := sign(run))]
    assert len(found) >= 6
    for run, finding in found:
        assert finding.remedies
        assert finding.title
        assert finding.sentence.endswith((".", "%."))
        for evidence in finding.evidence:
            curve = run.curves[evidence.curve]
            assert curve.epochs[0] <= evidence.first <= evidence.last <= curve.epochs[-1]
        for remedy in finding.remedies:
            assert remedy.changes.keys() <= TrainingSpec.model_fields.keys()
