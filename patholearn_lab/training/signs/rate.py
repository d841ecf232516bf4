"""Signs of the learning rate: too high, too low, and so high that the training diverges."""

from __future__ import annotations

from statistics import median

from patholearn_lab.training.findings import Evidence, Finding, Remedy
from patholearn_lab.training.history import Curve, History

DIVERGED = 2.0
"""A loss that ends at so many times its smallest value, and above where it began, has diverged."""
JUMP = 0.1
"""A rise of a tenth from one epoch to the next is no noise of small batches."""
JUMPING = 0.4
"""A healthy training loss falls in most epochs; from so many rises on it jumps about."""
FALLING = 0.8
"""In how many of the epochs a loss has to fall to count as creeping down."""
SLOW = 0.3
"""Losses fall by far more than this share in the first epochs of a training that goes well."""
STEADY = 0.5
"""A healthy loss falls fast and then slowly. One whose second half falls by this share of its first half creeps."""
FEWEST = 4
"""From how many epochs on the shape of a curve says something."""


def divergence(history: History) -> Finding | None:
    """The training loss grows without end, or is no number any more."""
    loss = history.train_loss
    if loss.broke_at is not None:
        first, sentence = (
            max(1, loss.broke_at - 1),
            f"The training loss is no number any more from epoch {loss.broke_at} on.",
        )
    elif len(loss) >= 3 and loss.values[-1] > loss.values[0] and loss.values[-1] >= DIVERGED * loss.values[loss.lowest]:
        first = loss.epochs[loss.lowest]
        sentence = f"The training loss has grown from {loss.values[loss.lowest]:.3g} in epoch {first} to "
        f"{loss.values[-1]:.3g}."
    else:
        return None
    last = loss.epochs[-1] if len(loss) else first
    return Finding(
        code="divergence",
        severity="warning",
        title="The training diverges",
        sentence=sentence,
        explanation="Each change of the weights overshoots, so the next one is larger still. The network cannot "
        "recover "
        "from it.",
        evidence=(Evidence(curve=loss.name, first=first, last=max(first, last), note="the loss grows"),),
        remedies=(
            lower(history, 10),
            Remedy(label="Put BatchNorm behind the convolutions: it keeps values in bounds."),
        ),
    )


def rate_too_high(history: History) -> Finding | None:
    """The training loss jumps up and down from epoch to epoch."""
    loss = history.train_loss
    if len(loss) < FEWEST:
        return None
    usual = median(loss.values)
    rises = [step for step in loss.steps if step > JUMP * usual]
    if not usual > 0 or len(rises) < JUMPING * len(loss.steps):
        return None
    return Finding(
        code="rate_too_high",
        severity="warning",
        title="The learning rate may be too high",
        sentence=f"The training loss rose in {len(rises)} of {len(loss.steps)} epochs, by up to {max(rises):.2g}.",
        explanation="The steps are so large that the network jumps over what it looks for, back and forth.",
        evidence=(_whole(loss, "it jumps up and down"),),
        remedies=(
            lower(history, 10),
            Remedy(
                label="Take larger batches: the steps then follow the mean of more images.", changes=_larger(history)
            ),
        ),
    )


def rate_too_low(history: History) -> Finding | None:
    """The training loss falls in every epoch, by little, and does not get slower: it is on its way still."""
    loss = history.train_loss
    if len(loss) < FEWEST or not loss.values[0] > 0:
        return None
    falls = [step for step in loss.steps if step < 0]
    fallen = loss.values[0] - loss.values[-1]
    middle = loss.values[len(loss) // 2]
    first, second = loss.values[0] - middle, middle - loss.values[-1]
    if len(falls) < FALLING * len(loss.steps) or fallen > SLOW * loss.values[0] or second < STEADY * first:
        return None
    times = 10 if fallen < SLOW / 3 * loss.values[0] else 3
    return Finding(
        code="rate_too_low",
        severity="advice",
        title="The learning rate may be too low",
        sentence=f"In {len(loss)} epochs the training loss has fallen by {fallen / loss.values[0]:.0%} only, from "
        f"{loss.values[0]:.3g} to {loss.values[-1]:.3g}, and it falls as fast as at the beginning.",
        explanation="The network goes in the right direction, in very small steps.",
        evidence=(_whole(loss, "it creeps down"),),
        remedies=(raise_(history, times), longer(history)),
    )


def lower(history: History, times: int) -> Remedy:
    """Return the remedy of a smaller learning rate."""
    return _rate("Lower", history.learning_rate, 1 / times, f"to a {'tenth' if times == 10 else 'third'}")


def raise_(history: History, times: int) -> Remedy:
    """Return the remedy of a larger learning rate."""
    return _rate("Raise", history.learning_rate, times, f"to {times} times what it is")


def longer(history: History) -> Remedy:
    """Return the remedy of more epochs."""
    epochs = min(1000, 2 * max(history.epochs, history.epochs_wanted or 0))
    return Remedy(label=f"Train longer: {epochs} epochs.", changes={"epochs": epochs})


def _rate(verb: str, rate: float | None, times: float, otherwise: str) -> Remedy:
    if rate is None:
        return Remedy(label=f"{verb} the learning rate {otherwise}.")
    new = float(f"{rate * times:.1g}")
    return Remedy(label=f"{verb} the learning rate from {rate:g} to {new:g}.", changes={"learning_rate": new})


def _larger(history: History) -> dict[str, int]:
    return {} if history.batch_size is None else {"batch_size": min(4096, 2 * history.batch_size)}


def _whole(curve: Curve, note: str) -> Evidence:
    return Evidence(curve=curve.name, first=curve.epochs[0], last=curve.epochs[-1], note=note)
