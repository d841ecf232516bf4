"""The losses: which task each fits, and how the cell calls it.

What torch has is called; what it lacks is a short function that stands in the cell above the network, because a cell
runs with torch and lightning alone. All of those are compared with an independent formula in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from patholearn_lab.graph.inputs import Task
from patholearn_lab.graph.spec import Argument


@dataclass(frozen=True)
class Term:
    """A call that gives a loss: ``F.cross_entropy(scores, labels, ignore_index=255)``.

    Parameters
    ----------
    function
        As the cell calls it.
    arguments
        Those behind the two tensors.
    weighted
        Whether it takes a weight per class, as ``weight=self.class_weights``.
    """

    function: str
    arguments: tuple[Argument, ...] = ()
    weighted: bool = False


@dataclass(frozen=True)
class Loss:
    """A loss; several terms are added."""

    name: str
    tasks: frozenset[Task]
    terms: tuple[Term, ...]

    @property
    def params(self) -> frozenset[str]:
        """The parameters of an output that it takes."""
        named = {argument.param or argument.name for term in self.terms for argument in term.arguments}
        return frozenset(named | ({"class_weights"} if any(term.weighted for term in self.terms) else set()))


SOURCES: Mapping[str, str] = {
    "dice_loss": '''\
def dice_loss(scores, masks, smooth=1.0, ignore_index=-100):
    """1 - 2 |A and B| / (|A| + |B|), the mean of all classes (Milletari 2016)."""
    known = (masks != ignore_index).unsqueeze(1)
    truth = F.one_hot(masks * known[:, 0], scores.shape[1]).movedim(-1, 1) * known
    guess = scores.softmax(dim=1) * known
    overlap = (guess * truth).sum(dim=(0, 2, 3))
    both = (guess + truth).sum(dim=(0, 2, 3))
    return 1 - ((2 * overlap + smooth) / (both + smooth)).mean()
''',
    "tversky_loss": '''\
def tversky_loss(scores, masks, alpha=0.5, beta=0.5, smooth=1.0, ignore_index=-100):
    """1 - TP / (TP + alpha FP + beta FN), the mean of all classes (Salehi 2017)."""
    known = (masks != ignore_index).unsqueeze(1)
    truth = F.one_hot(masks * known[:, 0], scores.shape[1]).movedim(-1, 1) * known
    guess = scores.softmax(dim=1) * known
    hits = (guess * truth).sum(dim=(0, 2, 3))
    false_alarms = (guess * (1 - truth)).sum(dim=(0, 2, 3))
    misses = ((1 - guess) * truth).sum(dim=(0, 2, 3))
    tversky = (hits + smooth) / (hits + alpha * false_alarms + beta * misses + smooth)
    return 1 - tversky.mean()
''',
    "focal_loss": '''\
def focal_loss(scores, labels, gamma=2.0, ignore_index=-100):
    """-(1 - p)^gamma ln p: what is easy already counts little (Lin et al. 2017)."""
    entropy = F.cross_entropy(
        scores, labels, ignore_index=ignore_index, reduction="none"
    )
    known = labels != ignore_index
    return ((1 - torch.exp(-entropy)) ** gamma * entropy).sum() / known.sum()
''',
    "binary_focal_loss": '''\
def binary_focal_loss(scores, tags, gamma=2.0, ignore_index=-100):
    """-(1 - p)^gamma ln p for each class on its own (Lin et al. 2017)."""
    known = tags != ignore_index
    entropy = F.binary_cross_entropy_with_logits(
        scores[known], tags[known], reduction="none"
    )
    return ((1 - torch.exp(-entropy)) ** gamma * entropy).mean()
''',
    "known_bce_loss": '''\
def known_bce_loss(scores, tags, ignore_index):
    """Binary cross entropy of what is annotated; the rest has no weight."""
    known = tags != ignore_index
    return F.binary_cross_entropy_with_logits(scores[known], tags[known])
''',
}
"""The functions that torch lacks, by their names."""

_IGNORED = Argument("ignore_index", default=None)
_SMOOTHING = Argument("label_smoothing", default=0.0)
_GAMMA = Argument("gamma", default=2.0)
_CROSS_ENTROPY = Term("F.cross_entropy", (_IGNORED, _SMOOTHING))
_DICE = Term("dice_loss", (_IGNORED,))
_CLASSES: frozenset[Task] = frozenset({"classification", "segmentation"})
_PIXELS: frozenset[Task] = frozenset({"segmentation"})
_TAGS: frozenset[Task] = frozenset({"multilabel"})
_NUMBERS: frozenset[Task] = frozenset({"regression", "reconstruction"})

LOSSES: tuple[Loss, ...] = (
    Loss("cross_entropy", _CLASSES, (_CROSS_ENTROPY,)),
    Loss("weighted_cross_entropy", _CLASSES, (Term("F.cross_entropy", (_IGNORED, _SMOOTHING), weighted=True),)),
    Loss("focal", _CLASSES, (Term("focal_loss", (_GAMMA, _IGNORED)),)),
    Loss("dice", _PIXELS, (_DICE,)),
    Loss("dice_cross_entropy", _PIXELS, (_DICE, _CROSS_ENTROPY)),
    Loss("tversky", _PIXELS, (Term("tversky_loss", (Argument("alpha"), Argument("beta"), _IGNORED)),)),
    Loss("bce", _TAGS, (Term("F.binary_cross_entropy_with_logits", (_IGNORED,)),)),
    Loss("focal", _TAGS, (Term("binary_focal_loss", (_GAMMA, _IGNORED)),)),
    Loss("mse", _NUMBERS, (Term("F.mse_loss"),)),
    Loss("l1", _NUMBERS, (Term("F.l1_loss"),)),
    Loss("huber", _NUMBERS, (Term("F.huber_loss", (Argument("delta", default=1.0),)),)),
)
"""Every loss; a name may mean another function for another task."""

IGNORING: Mapping[str, str] = {"F.binary_cross_entropy_with_logits": "known_bce_loss"}
"""What is called instead of a function that cannot leave out what is not annotated, once something is ignored."""


def losses_of(task: Task) -> tuple[str, ...]:
    """Return the names of the losses that fit a task; the first is the usual one."""
    return tuple(loss.name for loss in LOSSES if task in loss.tasks)


def loss_of(task: Task, name: str) -> Loss:
    """Return a loss by its name.

    Raises
    ------
    StopIteration
        Where the task has no such loss, which :func:`losses_of` tells.
    """
    return next(loss for loss in LOSSES if loss.name == name and task in loss.tasks)


def class_weights(text: str, counts: tuple[int, ...]) -> tuple[float, ...]:
    """Return the weight of each class: as typed, else such that all classes count the same.

    Parameters
    ----------
    text
        The setting: ``"1, 2.5"``, or empty.
    counts
        How often each class occurs in the training split. A weight is n / (classes · n of the class), to four digits:
        the "balanced" weights of scikit-learn (King and Zeng 2001). A class that never occurs gets 0.

    Returns
    -------
    tuple of float
        Empty where neither is known, or where the text is no row of numbers that are finite and not negative.
    """
    if text.strip():
        return _numbers(text)
    total = sum(counts)
    return tuple(float(f"{total / (len(counts) * count):.4g}") if count else 0.0 for count in counts)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in re.split(r"[\s,;]+", text.strip(" ()[],;")))
    except ValueError:
        return ()
    return found if all(isfinite(number) and number >= 0 for number in found) and any(found) else ()
