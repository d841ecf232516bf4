"""Which labels may be wrong: where a trained model is sure of another class, and where it is least sure.

Whom a model contradicts is found by confident learning: Northcutt, Jiang and Chuang, Journal of Artificial Intelligence
Research 70 (2021), section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from patholearn_lab.datasets.changes import Relabel
from patholearn_lab.datasets.manifest import NO_LABEL, Split
from patholearn_lab.errors import InvalidInputError

Reason = Literal["contradicts", "not_annotated", "unsure"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Doubt(_Value):
    """A sample whose label is worth a look.

    Parameters
    ----------
    given
        The class that it has; None where nobody annotated it.
    suggested
        The class that the model would give it.
    given_probability, suggested_probability
        What the model says of the two; that of no class is 0.
    reason
        Whether the model is sure of another class, nobody annotated the sample, or the model is unsure.
    """

    index: int
    split: Split
    given: str | None
    suggested: str
    given_probability: float
    suggested_probability: float
    reason: Reason


class LabelReview(_Value):
    """The labels of a set as a model sees them.

    Parameters
    ----------
    dataset, version, model, model_version
        Of which set, by which model.
    judged
        How many samples the model was asked about.
    contradicting, not_annotated
        How many have another class than it is sure of, and how many have none.
    doubts
        What to look at: contradictions first, the surest on top; then what nobody annotated; then what the model is
        least sure of.
    """

    dataset: str
    version: int
    model: str
    model_version: int
    judged: int
    contradicting: int
    not_annotated: int
    doubts: tuple[Doubt, ...]

    def decide(self, decisions: Mapping[int, str | None]) -> Relabel:
        """Return the change that decisions on samples are.

        Parameters
        ----------
        decisions
            For a sample ``"accept"`` to give it the suggested class, ``"skip"`` to leave it, or the name of another
            class; None where nobody can tell. Samples that are not named are left.

        Raises
        ------
        InvalidInputError
            When a sample is not in the review, or nothing would change.
        """
        known = {doubt.index: doubt for doubt in self.doubts}
        unknown = sorted(set(decisions) - set(known))
        if unknown:
            raise InvalidInputError(
                f"The sample {unknown[0]} is not in the review.", "Decide on samples of its doubts only."
            )
        taken = {
            index: known[index].suggested if decision == "accept" else decision
            for index, decision in decisions.items()
            if decision != "skip"
        }
        labels = {index: name for index, name in taken.items() if name != known[index].given}
        if not labels:
            raise InvalidInputError("No label would change.", "Accept or change at least one.")
        return Relabel(labels=labels)


def find_doubts(
    labels: NDArray[np.int64], probabilities: NDArray[np.float64]
) -> tuple[list[tuple[int, int, Reason]], int]:
    """Return samples to look at as (place, suggested class, reason), the most urgent first, and how many contradict.

    A model is sure of a class where it gives it at least the probability that it gives it on average where it is right
    by the labels.

    Parameters
    ----------
    labels
        Class indices, ``int64[n]``, or ``NO_LABEL``.
    probabilities
        Of each class, ``float64[n,classes]``.
    """
    samples, classes = probabilities.shape
    own = np.where(labels >= 0, probabilities[np.arange(samples), np.maximum(labels, 0)], 0)
    usual = np.array(
        [probabilities[labels == label, label].mean() if (labels == label).any() else 1.0 for label in range(classes)]
    )
    sure = np.where(probabilities >= usual, probabilities, 0)
    other = sure.argmax(axis=1)
    best = probabilities.argmax(axis=1)
    missing = labels == NO_LABEL
    against = ~missing & (sure.max(axis=1) > 0) & (other != labels) & (sure.max(axis=1) > own)
    margin = probabilities[np.arange(samples), other] - own
    urgent = np.flatnonzero(against)[np.argsort(-margin[against], kind="stable")]
    open_ = np.flatnonzero(missing)[np.argsort(-probabilities[missing].max(axis=1), kind="stable")]
    rest = np.flatnonzero(~missing & ~against)
    rest = rest[np.argsort(probabilities[rest].max(axis=1), kind="stable")]
    found: list[tuple[int, int, Reason]] = [(place, int(other[place]), "contradicts") for place in urgent.tolist()]
    found += [(place, int(best[place]), "not_annotated") for place in open_.tolist()]
    found += [(place, int(best[place]), "unsure") for place in rest.tolist()]
    return found, len(urgent)


def review_of(
    indices: Sequence[int],
    splits: Sequence[Split],
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    classes: Sequence[str],
    limit: int,
) -> tuple[tuple[Doubt, ...], int]:
    """Return the first `limit` doubts about samples, and how many of all contradict."""
    found, contradicting = find_doubts(labels, probabilities)
    return tuple(
        Doubt(
            index=int(indices[place]),
            split=splits[place],
            given=None if labels[place] == NO_LABEL else classes[int(labels[place])],
            suggested=classes[suggested],
            given_probability=0.0 if labels[place] == NO_LABEL else float(probabilities[place, labels[place]]),
            suggested_probability=float(probabilities[place, suggested]),
            reason=reason,
        )
        for place, suggested, reason in found[:limit]
    ), contradicting
