"""The weights of classes: counted in the data that is learned from, and written into the cell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from patholearn_lab.errors import JobSpecError
from patholearn_lab.services.class_weighing import weighed_code
from patholearn_lab.training.spec import TrainingSpec

CELL = 'DATASET = "tissue"\nloss = F.cross_entropy(scores, y)\n'


class Datasets:
    """One set: three of four training samples are normal; as fold 1 validates, half of them."""

    def ensure(self, id: str, progress: Any, owner: str) -> Any:
        shape = SimpleNamespace(names=lambda target: ("normal", "tumor"))
        return SimpleNamespace(id=id, version=1, shape=lambda: shape, mask_pixels=(10, 30))

    def open(self, id: str, version: int) -> Any:
        rows = {None: [0, 1, 2, 3], 1: [2, 3]}
        return SimpleNamespace(
            indices=lambda split, fold: np.array(rows[fold]), labels=lambda indices: np.array([0, 0, 0, 1])[indices]
        )


def weighed(code: str = CELL, **settings: Any) -> tuple[str, list[str]]:
    said: list[str] = []
    context: Any = SimpleNamespace(log=said.append)
    spec = TrainingSpec(code=code, **settings)
    return weighed_code(spec, Datasets(), context, "ada"), said  # type: ignore[arg-type]


def test_a_cell_that_asks_for_no_weights_is_left_alone() -> None:
    assert weighed() == (CELL, [])


def test_balanced_weights_are_counted_in_the_split_that_is_learned_from_and_told() -> None:
    code, said = weighed(class_weights="balanced")
    assert "weight=scores.new_tensor([0.6667, 2])" in code
    assert said == ["Weights of the classes in the loss: normal 0.6667, tumor 2."]
    assert "[1, 1]" in weighed(class_weights="balanced", fold=1)[0]


def test_classes_of_pixels_are_counted_by_pixels() -> None:
    assert "[2, 0.6667]" in weighed(f'TARGET = "masks"\n{CELL}', class_weights="balanced")[0]


def test_weights_of_ones_own_are_one_a_class() -> None:
    assert "[1, 3.5]" in weighed(class_weights=(1.0, 3.5))[0]
    with pytest.raises(JobSpecError, match=r"3 numbers; the data set 'tissue' has 2 classes"):
        weighed(class_weights=(1.0, 2.0, 3.0))


@pytest.mark.parametrize("line", ['TARGET = "values"', 'TARGETS = {"a": "labels", "b": "masks"}'])
def test_what_tells_no_classes_or_several_is_refused(line: str) -> None:
    with pytest.raises(JobSpecError, match="one output that tells classes"):
        weighed(f"{line}\n{CELL}", class_weights="balanced")
