"""Labels that a model contradicts or is unsure of, and what is decided about them."""

from __future__ import annotations

import numpy as np
import pytest

from patholearn_lab.datasets.changes import Relabel
from patholearn_lab.datasets.label_review import LabelReview, find_doubts, review_of
from patholearn_lab.datasets.manifest import NO_LABEL
from patholearn_lab.errors import InvalidInputError

CLASSES = ("normal", "tumor", "stroma")
LABELS = np.array([0, 0, 0, 1, 1, 1, 2, 2, NO_LABEL, NO_LABEL])
PROBABILITIES = np.array(
    [
        [0.9, 0.05, 0.05],
        [0.8, 0.1, 0.1],
        [0.05, 0.9, 0.05],  # 2 is called normal, and the model is sure of tumor
        [0.1, 0.8, 0.1],
        [0.45, 0.5, 0.05],
        [0.7, 0.2, 0.1],  # 5 is called tumor, and the model is sure of normal, but less
        [0.1, 0.1, 0.8],
        [0.3, 0.3, 0.4],  # 7: nobody is sure of anything
        [0.2, 0.6, 0.2],
        [0.05, 0.05, 0.9],
    ]
)


def review(limit: int = 10) -> LabelReview:
    splits = ["train"] * 8 + ["test"] * 2
    indices = range(100, 110)
    doubts, contradicting = review_of(indices, splits, LABELS, PROBABILITIES, CLASSES, limit)  # type: ignore[arg-type]
    return LabelReview(
        dataset="tiles",
        version=1,
        model="net",
        model_version=1,
        judged=10,
        contradicting=contradicting,
        not_annotated=2,
        doubts=doubts,
    )


def test_contradictions_come_first_then_what_nobody_annotated_then_what_is_least_sure() -> None:
    found, contradicting = find_doubts(LABELS, PROBABILITIES)
    assert contradicting == 2
    assert found[:5] == [
        (2, 1, "contradicts"),
        (5, 0, "contradicts"),
        (9, 2, "not_annotated"),
        (8, 1, "not_annotated"),
        (7, 2, "unsure"),
    ]
    assert [place for place, _, _ in found[5:]] == [4, 1, 3, 6, 0]


def test_wrong_labels_among_many_right_ones_are_found() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 600)
    probabilities = generator.dirichlet((1, 1, 1), 600) * 0.5
    probabilities[np.arange(600), truth] += 0.5
    wrong = generator.choice(600, 40, replace=False)
    labels = truth.copy()
    labels[wrong] = (truth[wrong] + 1) % 3
    found, contradicting = find_doubts(labels, probabilities)
    named = found[:contradicting]
    assert {place for place, _, _ in named} <= set(wrong.tolist())
    assert all(suggested == truth[place] for place, suggested, _ in named)
    assert contradicting >= 20  # the model is unsure of the others itself


def test_a_doubt_says_what_is_given_and_what_is_suggested() -> None:
    first = review(3).doubts[0]
    assert (first.index, first.split, first.given, first.suggested) == (102, "train", "normal", "tumor")
    assert (first.given_probability, first.suggested_probability) == (0.05, 0.9)
    open_one = review(3).doubts[2]
    assert (open_one.given, open_one.given_probability, open_one.suggested) == (None, 0.0, "stroma")
    assert len(review(3).doubts) == 3


def test_decisions_are_a_change_of_labels() -> None:
    decided = review().decide({102: "accept", 105: "skip", 109: "normal", 107: None})
    assert decided == Relabel(labels={102: "tumor", 109: "normal", 107: None})


@pytest.mark.parametrize(("decisions", "says"), [({1: "accept"}, "sample 1"), ({102: "skip"}, "No label")])
def test_decisions_on_nothing_are_refused(decisions: dict[int, str | None], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        review().decide(decisions)
