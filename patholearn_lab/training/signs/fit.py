"""Signs of how well the network fits: by heart, hardly at all, or no better for a while."""

from __future__ import annotations

from patholearn_lab.training.findings import Evidence, Finding, Remedy
from patholearn_lab.training.history import History
from patholearn_lab.training.signs.rate import longer, lower

WORSE = 1.1
"""So many times its smallest value the validation loss has to reach; less may be chance."""
PATIENCE = 0.15
"""For which share of the epochs it has to be worse, and for two of them at least."""
STILL_FALLS = 0.97
"""The training loss goes on falling where it is below this share of what it was at the turn."""
HARDLY = 0.85
"""A network whose training loss ends above this share of its beginning has learned next to nothing."""
ABOVE_CHANCE = 0.2
"""The share of the way from chance to perfect that a network which has learned something has gone on train."""
STANDS = 0.02
"""A loss that falls by less than this share in a third of the epochs stands still."""
WORTH_MORE = 0.2
"""A loss below this share of its beginning may stand still: there is little left to learn."""


def overfitting(history: History) -> Finding | None:
    """The validation loss rises while the training loss goes on falling."""
    train, valid = history.train_loss, history.valid_loss
    if len(train) < 4 or len(valid) < 4:
        return None
    turn = valid.lowest
    best = valid.epochs[turn]
    then = train.at(best)
    since = len(valid) - 1 - turn
    if then is None or since < max(2, PATIENCE * len(valid)):
        return None
    now, known = valid.mean(-2), train.mean(-2)
    if now < WORSE * valid.values[turn] or known > STILL_FALLS * then:
        return None
    last = valid.epochs[-1]
    return Finding(
        code="overfitting",
        severity="warning",
        title="Overfitting",
        sentence=f"Since epoch {best} the validation loss has risen from {valid.values[turn]:.3g} to "
        f"{valid.values[-1]:.3g}, "
        f"while the training loss went on falling, from {then:.3g} to {train.values[-1]:.3g}.",
        explanation="The network learns the training images by heart, noise and all, instead of what they have in "
        f"common. The weights of epoch {best} are the ones that are kept.",
        evidence=(
            Evidence(curve=valid.name, first=best, last=last, note="it rises"),
            Evidence(curve=train.name, first=best, last=last, note="it goes on falling"),
        ),
        remedies=(
            Remedy(label="Stop when the validation loss has not fallen for 3 epochs.", changes={"patience": 3}),
            Remedy(label="Add dropout before the last Linear layer, or weight decay to the optimizer."),
            Remedy(label="Use more training images, or vary them (turned, mirrored, other colors)."),
            Remedy(label="Take a smaller network: fewer filters, fewer layers."),
        ),
    )


def underfitting(history: History) -> Finding | None:
    """The network does not even fit the training samples."""
    loss, accuracy, chance = history.train_loss, history.curve("train_accuracy"), history.chance
    if len(loss) < 4 or not loss.values[0] > 0:
        return None
    if len(accuracy) and chance is not None:
        if accuracy.mean(-2) >= chance + ABOVE_CHANCE * (1 - chance):
            return None
        curve = accuracy
        sentence = (
            f"After {len(loss)} epochs {accuracy.values[-1]:.0%} of the training images are recognized; always saying "
            f"the "
            f"most frequent class gets {chance:.0%}."
        )
        level = {"low": 0.0, "high": chance}
    elif loss.mean(-2) > HARDLY * loss.values[0]:
        curve = loss
        sentence = (
            f"After {len(loss)} epochs the training loss is {loss.values[-1]:.3g}; it began at {loss.values[0]:.3g}."
        )
        level = {}
    else:
        return None
    return Finding(
        code="underfitting",
        severity="warning",
        title="Underfitting",
        sentence=sentence,
        explanation="The network has not even learned the images that it was shown: it is too small for the task, it "
        "was "
        "not trained long enough, or something in front of it hides what it should see.",
        evidence=(
            Evidence(
                curve=curve.name, first=1, last=curve.epochs[-1], note="hardly better than at the beginning", **level
            ),
        ),
        remedies=(
            longer(history),
            Remedy(label="Take a larger network: more filters, one more convolution."),
            Remedy(label="Look at the images and their labels: are they what you expect?"),
        ),
    )


def plateau(history: History) -> Finding | None:
    """The training loss stands still well above zero."""
    loss = history.train_loss
    stretch = max(4, len(loss) // 3)
    if len(loss) < 8 or not loss.values[0] > 0:
        return None
    before, after = loss.mean(-stretch, -stretch // 2), loss.mean(-(stretch // 2))
    if before - after > STANDS * before or after < WORTH_MORE * loss.values[0]:
        return None
    first = loss.epochs[-stretch]
    return Finding(
        code="plateau",
        severity="advice",
        title="The loss stands still",
        sentence=f"Since epoch {first} the training loss has stayed near {after:.3g}.",
        explanation="More epochs alone will change little. Smaller steps often get a training on from here, as a "
        "schedule "
        "takes them.",
        evidence=(Evidence(curve=loss.name, first=first, last=loss.epochs[-1], note="it stands still"),),
        remedies=(
            lower(history, 10),
            Remedy(label="Choose a schedule that lowers the learning rate, such as “reduce on plateau” or “cosine”."),
            Remedy(label="Take a larger network, where the accuracy on train is not good enough either."),
        ),
    )
