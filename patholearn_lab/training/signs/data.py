"""Signs of the data: too few samples to judge by, classes of very different size, the same samples in two splits."""

from __future__ import annotations

import math

from patholearn_lab.training.findings import Evidence, Finding, Remedy
from patholearn_lab.training.history import History

CONFIDENCE = 1.96
"""Standard deviations on either side that hold 95 of 100 cases."""
MARGIN = 0.05
"""From here on a difference between two runs says little: 5 points of accuracy."""
FEW = 50
"""Validation samples without an accuracy: fewer make a jagged curve."""
UNEQUAL = {"images": 4.0, "pixels": 20.0}
"""How many times the smallest class the largest has; in masks the background is always large."""
AT_ONCE = 0.98
"""An accuracy that no network reaches within two epochs on images that it has never seen, but on easy ones."""
EASY = 0.9
"""Where one class has so large a share, a high accuracy says nothing."""
BELOW = 0.7
"""Dropout and the mean over an epoch put the training loss above the validation loss, but not by this much."""


def few_valid(history: History) -> Finding | None:
    """The validation split is so small that its accuracy is largely chance."""
    samples = sum(history.splits.get("valid", {}).values())
    accuracy = history.curve("valid_accuracy")
    if not samples or history.counts != "images":
        return None
    if not len(accuracy):
        return _few(samples, history.valid_loss.name, history.epochs) if samples < FEW and history.epochs else None
    share = accuracy.values[-1]
    low, high = wilson(share, samples)
    if (high - low) / 2 <= MARGIN:
        return None
    enough = math.ceil(CONFIDENCE**2 * max(share * (1 - share), 0.05) / MARGIN**2)
    return Finding(
        code="few_valid",
        severity="advice",
        title="Few validation samples",
        sentence=f"The validation split has {samples} samples: by chance alone its accuracy of {share:.0%} could as "
        f"well "
        f"be anything from {low:.0%} to {high:.0%}.",
        explanation="Two runs whose accuracies both lie in that range cannot be told apart.",
        evidence=(
            Evidence(
                curve=accuracy.name,
                first=1,
                last=accuracy.epochs[-1],
                low=low,
                high=high,
                note="all the same, by chance",
            ),
        ),
        remedies=(Remedy(label=f"Put more samples into valid: about {enough} make the range 10 points wide."),),
    )


def _few(samples: int, curve: str, epochs: int) -> Finding:
    return Finding(
        code="few_valid",
        severity="advice",
        title="Few validation samples",
        sentence=f"The validation split has {samples} samples only.",
        explanation="Which epoch is the best one is then decided by chance as much as by the network.",
        evidence=(Evidence(curve=curve, first=1, last=epochs, note="few samples"),),
        remedies=(Remedy(label=f"Put more samples into valid, {FEW} at least."),),
    )


def class_imbalance(history: History) -> Finding | None:
    """One class of train is many times as frequent as another, or has nothing at all."""
    train = history.splits.get("train", {})
    if len(train) < 2 or not history.epochs:
        return None
    large, small = max(train, key=train.__getitem__), min(train, key=train.__getitem__)
    if train[large] < UNEQUAL[history.counts] * max(train[small], 1):
        return None
    share = train[large] / sum(train.values())
    curve = history.curve("valid_accuracy" if len(history.curve("valid_accuracy")) else "train_accuracy")
    empty = train[small] == 0
    has = f"no {history.counts} at all" if empty else f"{train[small]:,}"
    return Finding(
        code="empty_class" if empty else "class_imbalance",
        severity="warning" if empty else "advice",
        title="A class without samples" if empty else "Classes of very different size",
        sentence=f"In train {large!r} has {train[large]:,} {history.counts}, {small!r} {has}: always saying {large!r} "
        f"already gets {share:.0%} right.",
        explanation="A network learns the frequent class first and may never learn the rare one, while its accuracy "
        "looks "
        "good. The scores of each class (recall, F1) tell more than the accuracy.",
        evidence=(
            Evidence(
                curve=curve.name, first=1, last=curve.epochs[-1], low=0.0, high=share, note=f"always saying {large!r}"
            ),
        )
        if len(curve)
        else (),
        remedies=(
            Remedy(
                label="Draw the classes equally often.", changes={} if empty else {"data": {"sampling": "balanced"}}
            ),
            Remedy(
                label="Weigh the classes in the loss: the rarer, the heavier.",
                changes={} if empty else {"class_weights": "balanced"},
            ),
            Remedy(label=f"Add samples of {small!r}, or take the class out."),
        ),
    )


def leak_suspected(history: History) -> Finding | None:
    """The validation samples are recognized better than a network can that has never seen them."""
    accuracy, train, valid = history.curve("valid_accuracy"), history.train_loss, history.valid_loss
    chance = history.chance
    if len(accuracy) and chance is not None and chance < EASY and max(accuracy.values[:2]) >= AT_ONCE:
        epoch = accuracy.epochs[accuracy.values.index(max(accuracy.values[:2]))]
        sentence = f"Already in epoch {epoch} the accuracy on valid is {max(accuracy.values[:2]):.1%}."
        evidence: tuple[Evidence, ...] = (Evidence(curve=accuracy.name, first=1, last=epoch, note="perfect at once"),)
    else:
        both = [epoch for epoch in valid.epochs if train.at(epoch) is not None][1:]
        if len(both) < 3 or any(not (valid.at(e) or 0) < BELOW * (train.at(e) or 0) for e in both):
            return None
        sentence = (
            f"The loss on valid is far below that on train in every epoch, {valid.values[-1]:.3g} against "
            f"{train.values[-1]:.3g} in the last."
        )
        evidence = tuple(
            Evidence(curve=curve.name, first=both[0], last=both[-1], note=note)
            for curve, note in ((valid, "far below"), (train, "far above"))
        )
    return Finding(
        code="leak_suspected",
        severity="warning",
        title="Are the same samples in train and valid?",
        sentence=sentence,
        explanation="A network knows what it was trained on. Where a picture, or another picture of the same patient "
        "or "
        "slide, is in both splits, the accuracy says nothing about new ones. It may also be that the task is easy, or "
        "that "
        "strong dropout and augmentation make train harder.",
        evidence=evidence,
        remedies=(
            Remedy(label="Look for equal pictures in both splits, and keep all pictures of a patient in one split."),
            Remedy(label="Ask the model about pictures from elsewhere."),
        ),
    )


def wilson(share: float, samples: int) -> tuple[float, float]:
    """Return the range in which a share lies that was measured on so many samples, with 95 % confidence.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    >>> [round(bound, 3) for bound in wilson(0.8, 25)]
    [0.609, 0.911]
    """
    z = CONFIDENCE**2 / samples
    middle = (share + z / 2) / (1 + z)
    half = CONFIDENCE * math.sqrt(share * (1 - share) / samples + z / (4 * samples)) / (1 + z)
    return max(0.0, middle - half), min(1.0, middle + half)
