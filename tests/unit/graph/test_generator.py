from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from support.graphs import MASKS, SETS

from patholearn_lab.codegen import emit_cell
from patholearn_lab.datasets.builtins import BUILTINS
from patholearn_lab.errors import DocumentError, InvalidInputError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.generator import Complexity, Generated, Preference, generate
from patholearn_lab.graph.inputs import DatasetShape, Task
from patholearn_lab.graph.learning.tasks import OBJECTIVES

COMPLEXITIES: tuple[Complexity, ...] = ("small", "medium", "large")
PREFERENCES: tuple[Preference, ...] = ("fast", "exact")
BUILT_IN = [BUILTINS[key].shape_as(key) for key in BUILTINS]


@st.composite
def shapes(draw: st.DrawFn) -> DatasetShape:
    count = draw(st.integers(2, 12))
    return DatasetShape(
        "drawn",
        "Drawn set",
        draw(st.sampled_from(list(OBJECTIVES))),
        draw(st.sampled_from([1, 3])),
        draw(st.integers(4, 300)),
        draw(st.integers(4, 300)),
        tuple(f"class_{number}" for number in range(count)),
        draw(st.integers(100, 100_000)),
        features=tuple(f"feature_{number}" for number in range(draw(st.sampled_from([0, 0, 1, 30])))),
    )


@settings(max_examples=40)
@given(shapes(), st.sampled_from(COMPLEXITIES), st.sampled_from(PREFERENCES))
def test_a_generated_network_gets_neither_errors_nor_advice_whatever_the_set(
    shape: DatasetShape, complexity: Complexity, prefer: Preference
) -> None:
    made = generate(shape, complexity, prefer)
    result = check(made.document, lambda _: shape)
    assert result.runnable, result.issues
    assert [issue.message for issue in result.issues] == []
    assert len(made.reasons) >= 8


@settings(max_examples=25)
@given(shapes(), st.sampled_from(PREFERENCES))
def test_a_more_complex_network_is_never_smaller(shape: DatasetShape, prefer: Preference) -> None:
    sizes = [check(generate(shape, each, prefer).document, lambda _: shape).totals.parameters for each in COMPLEXITIES]
    assert sizes == sorted(sizes)


@pytest.mark.parametrize("prefer", PREFERENCES)
@pytest.mark.parametrize("shape", [*BUILT_IN, *SETS.values()], ids=lambda shape: shape.id)
def test_parameters_grow_with_complexity_on_every_built_in_set(shape: DatasetShape, prefer: Preference) -> None:
    results = [check(generate(shape, each, prefer).document, lambda _: shape) for each in COMPLEXITIES]
    assert [result.issues for result in results] == [(), (), ()]
    assert all(small.totals.parameters < large.totals.parameters for small, large in pairwise(results))


def test_a_set_with_a_table_gets_a_network_of_both() -> None:
    made = generate(SETS["patients"])
    facts = check(made.document, SETS.get).nodes
    assert facts["table"].outputs == {"features": (3,)}
    (joined,) = [key for key, node in made.document.nodes.items() if node.kind == "concatenate"]
    assert facts[joined].outputs["output"] == (facts["flatten_1"].outputs["output"][0] + 16,)
    assert "The table gives 3 features" in " ".join(made.reasons)


def test_the_same_wishes_give_the_same_network() -> None:
    first, second = generate(SETS["mnist"]), generate(SETS["mnist"])
    assert first.document.model_copy(update={"meta": second.document.meta}) == second.document
    assert first.reasons == second.reasons


def test_the_reasons_name_the_numbers_of_the_set_and_of_the_network() -> None:
    made = generate(SETS["he_tissue"], "small")
    text = " ".join(made.reasons)
    assert "64 × 64 px with 3 channels and 2 classes" in text
    parameters = check(made.document, SETS.get).totals.parameters
    assert f"{parameters:,} weights for 1,200 training images" in text
    assert "A dropout" not in text
    assert "dropout" not in [node.kind for node in made.document.nodes.values()]


def kinds(made: Generated) -> Counter[str]:
    return Counter(node.kind for node in made.document.nodes.values())


def test_a_set_with_masks_gets_a_u_net_for_its_size_that_runs() -> None:
    made = generate(MASKS, "small")
    found = kinds(made)
    assert found["concatenate"] == found["conv_transpose2d"] == found["max_pool2d"] == 4
    output = made.document.nodes["output"]
    assert (output.kind, output.params["loss"]) == ("segmentation_output", "dice_cross_entropy")
    assert {node.params["name"] for node in made.document.nodes.values() if node.kind == "metric"} == {"dice", "iou"}
    text = " ".join(made.reasons)
    assert "a mask of 2 classes for each" in text
    assert "halved 4 times" in text
    space: dict[str, Any] = {}
    exec(compile(emit_cell(made.document, SETS.get).code, "<cell>", "exec"), space)
    assert space["model"](torch.zeros(2, 3, 64, 64)).shape == (2, 2, 64, 64)


def test_masks_of_odd_sides_come_back_at_their_size() -> None:
    odd = replace(MASKS, height=45, width=70)
    found = kinds(generate(odd))
    assert found["upsample"] > 0
    assert found["conv_transpose2d"] + found["upsample"] == found["max_pool2d"]


@pytest.mark.parametrize(
    ("task", "kind", "metrics", "words"),
    [
        ("multilabel", "multilabel_output", {"f1", "auroc"}, "several may occur at once"),
        ("regression", "regression_output", {"mae", "r2"}, "2 measured values for each"),
        ("reconstruction", "reconstruction_output", {"mse", "mae"}, "draws each image again"),
    ],
)
def test_what_a_set_is_for_decides_the_output_and_what_is_measured(
    task: Task, kind: str, metrics: set[str], words: str
) -> None:
    made = generate(replace(MASKS, task=task))
    assert made.document.nodes["output"].kind == kind
    assert {node.params["name"] for node in made.document.nodes.values() if node.kind == "metric"} == metrics
    assert words in " ".join(made.reasons)


def test_what_to_learn_can_be_wished_where_the_set_has_answers_for_it() -> None:
    made = generate(SETS["nuclei"], task="segmentation")
    assert made.document.nodes["output"].kind == "segmentation_output"
    assert check(made.document, SETS.get).runnable
    with pytest.raises(DocumentError, match="nothing to learn one class per pixel from") as caught:
        generate(SETS["mnist"], task="segmentation")
    assert "classification, reconstruction" in caught.value.hint
    with pytest.raises(InvalidInputError, match="no task 'dreams'"):
        generate(SETS["mnist"], task="dreams")  # type: ignore[arg-type]


def test_a_generated_network_learns_the_digits_in_a_few_epochs() -> None:
    digits = load_digits()
    # As scikit-learn has them: 8 × 8 pixels. The built-in set shows them larger.
    shape = replace(next(shape for shape in BUILT_IN if shape.id == "digits"), height=8, width=8)
    cell = emit_cell(generate(shape, "medium").document, lambda _: shape)
    torch.manual_seed(0)
    space: dict[str, Any] = {}
    exec(compile(cell.code, "<cell>", "exec"), space)
    model = space["model"]
    images = torch.tensor(digits.images, dtype=torch.float32)[:, None] / 8 - 1
    labels = torch.tensor(digits.target)
    optimizer = model.configure_optimizers()
    for _ in range(6):
        for batch in torch.randperm(1_400).split(space["BATCH_SIZE"]):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(images[batch]), labels[batch]).backward()
            optimizer.step()
    model.eval()
    with torch.no_grad():
        right = (model(images[1_400:]).argmax(1) == labels[1_400:]).float().mean()
    assert right > 0.85
