from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from patholearn_lab.datasets.preprocessing import Preprocessing
from patholearn_lab.datasets.truths import Truth
from patholearn_lab.errors import ModelNotFoundError
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.serving.answers import ClassAnswer, ImageAnswer, LabelsAnswer, MaskAnswer, ValuesAnswer
from patholearn_lab.serving.models import ModelManifest, ModelOutput
from patholearn_lab.serving.reading import READERS, Seen, read_answer, scaled

PREPROCESSING = Preprocessing(channels=3, height=2, width=2, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
IMAGE = np.full((2, 2, 3), 102, np.uint8)  # 0.4


def seen(**truths: tuple[tuple[str, ...], Any]) -> Seen:
    known: Any = {target: Truth(names, np.asarray(value)) for target, (names, value) in truths.items()}
    return Seen(IMAGE, PREPROCESSING, known)


def test_every_task_is_read_and_nothing_else() -> None:
    assert READERS.keys() == OBJECTIVES.keys()


def test_scores_of_any_size_become_probabilities() -> None:
    scores = np.array([[1e30, 0, -1e30], [0, 0, 0]], dtype=np.float32)
    assert scaled(scores, "softmax")[0].tolist() == [1, 0, 0]
    assert scaled(scores, "softmax")[1] == pytest.approx([1 / 3] * 3)
    assert scaled(scores, "sigmoid").tolist() == [[1, 0.5, 0], [0.5, 0.5, 0.5]]
    assert scaled(scores, "identity").tolist() == scores.astype(float).tolist()


def test_a_class_is_the_one_with_the_largest_score() -> None:
    output = ModelOutput.of("labels", ["a", "b", "c"])
    answer = read_answer(output, np.log([0.2, 0.7, 0.1]).astype(np.float32), seen(labels=(("a", "b", "c"), 2)))
    assert isinstance(answer, ClassAnswer)
    assert answer.probabilities == pytest.approx([0.2, 0.7, 0.1])
    assert (answer.predicted, answer.predicted_index, answer.truth) == ("b", 1, "c")


def test_the_truth_of_other_classes_is_no_truth() -> None:
    output = ModelOutput.of("labels", ["a", "b"])
    answer = read_answer(output, np.zeros(2, np.float32), seen(labels=(("x", "y"), 1)))
    assert isinstance(answer, ClassAnswer)
    assert answer.truth is None


def test_each_label_has_its_own_probability_and_threshold() -> None:
    output = ModelOutput.of("tags", ["a", "b"]).model_copy(update={"thresholds": (0.5, 0.2)})
    answer = read_answer(output, np.array([-1, -1], np.float32), seen(tags=(("a", "b"), [0.0, 1.0])))
    assert isinstance(answer, LabelsAnswer)
    assert [label.probability for label in answer.labels] == pytest.approx([0.2689414] * 2)
    assert [label.present for label in answer.labels] == [False, True]
    assert [label.truth for label in answer.labels] == [False, True]
    assert answer.present == ("b",)


def scores_of(mask: list[list[int]]) -> np.ndarray[Any, Any]:
    return (np.eye(2)[np.array(mask)].transpose(2, 0, 1) * 9).astype(np.float32)


def test_a_mask_has_areas_and_overlaps_and_leaves_out_what_nobody_annotated() -> None:
    output = ModelOutput.of("masks", ["background", "nucleus"])
    answer = read_answer(
        output, scores_of([[0, 1], [1, 1]]), seen(masks=(("background", "nucleus"), [[0, 1], [0, 255]]))
    )
    assert isinstance(answer, MaskAnswer)
    assert answer.pixels.tolist() == [[0, 1], [1, 1]]
    assert answer.true_pixels is not None
    assert answer.true_pixels.tolist() == [[0, 1], [0, 255]]
    background, nucleus = answer.areas
    assert (nucleus.pixels, nucleus.share, nucleus.true_pixels) == (3, 0.75, 1)
    assert nucleus.dice == pytest.approx(2 * 1 / (2 + 1))
    assert nucleus.iou == pytest.approx(1 / 2)
    assert background.dice == pytest.approx(2 * 1 / (1 + 2))
    assert answer.accuracy == pytest.approx(2 / 3)


def test_a_class_in_neither_mask_has_no_overlap() -> None:
    output = ModelOutput.of("masks", ["background", "nucleus"])
    answer = read_answer(output, scores_of([[0, 0], [0, 0]]), seen(masks=(output.classes, np.zeros((2, 2), np.uint8))))
    assert isinstance(answer, MaskAnswer)
    assert [(area.dice, area.iou) for area in answer.areas] == [(1, 1), (None, None)]
    unknown = read_answer(output, scores_of([[0, 0], [0, 0]]), seen())
    assert isinstance(unknown, MaskAnswer)
    assert (unknown.truth, unknown.accuracy, unknown.areas[0].dice) == (None, None, None)


def test_values_have_a_unit_and_are_laid_beside_the_truth() -> None:
    output = ModelOutput.of("values", ["age"], unit="years")
    answer = read_answer(output, np.array([51.5], np.float32), seen(values=(("age",), [50.0])))
    assert isinstance(answer, ValuesAnswer)
    assert answer.unit == "years"
    assert answer.values[0].model_dump() == {"name": "age", "value": 51.5, "truth": 50.0, "error": 1.5}


def test_a_reconstruction_is_brought_back_to_pixels_and_compared() -> None:
    output = ModelOutput.of("images", [])
    normalized = np.full((3, 2, 2), (0.4 - 0.5) / 0.25, np.float32)
    normalized[:, 0, 0] = (0.6 - 0.5) / 0.25
    normalized[:, 1, 1] = 9  # far above what a picture can have
    answer = read_answer(output, normalized, seen())
    assert isinstance(answer, ImageAnswer)
    assert answer.pixels[:, :, 0].tolist() == [[153, 102], [102, 255]]
    assert answer.mean_absolute_error == pytest.approx((0.2 + 0.6) / 4, abs=1e-6)
    assert answer.mean_squared_error == pytest.approx((0.04 + 0.36) / 4, abs=1e-6)
    assert answer.largest_difference == pytest.approx(0.6, abs=1e-6)
    difference = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer.difference))))
    assert difference.tolist() == [[85, 0], [0, 255]]


def test_a_perfect_reconstruction_has_a_black_difference() -> None:
    normalized = np.full((3, 2, 2), (0.4 - 0.5) / 0.25, np.float64)
    answer = READERS["reconstruction"](ModelOutput.of("images", []), normalized, seen())
    assert isinstance(answer, ImageAnswer)
    assert answer.mean_squared_error == pytest.approx(0, abs=1e-12)


def test_a_network_that_gives_no_numbers_says_so() -> None:
    with pytest.raises(ModelNotFoundError, match="'scores' is not a number"):
        read_answer(ModelOutput.of("labels", ["a", "b"]), np.array([np.nan, 1], np.float32), seen())


def test_a_manifest_from_before_there_were_outputs_is_that_of_a_classifier() -> None:
    manifest = ModelManifest.model_validate(
        {
            "name": "old", "task": "classification", "classes": ["a", "b"], "dataset": "d", "job": "j", "owner": "ada",
            "parity": {"max_abs_diff": 0, "images": 1}, "test_metrics": {}, "preprocessing": PREPROCESSING.model_dump(),
            "version": 1, "created_at": "2026-01-01T00:00:00Z",
        }
    )  # fmt: skip
    assert manifest.outputs == (ModelOutput(name="scores", task="classification", classes=("a", "b")),)
