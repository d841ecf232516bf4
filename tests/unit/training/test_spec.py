from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.errors import JobSpecError
from patholearn_lab.training.spec import MAX_BATCH_SIZE, MAX_EPOCHS, TrainingSpec, read_spec, settle


def test_the_code_alone_is_enough() -> None:
    spec = read_spec({"code": "x = 1"})
    assert (spec.epochs, spec.batch_size, spec.learning_rate, spec.seed) == (None, None, None, 0)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"epoch": 3}, "no setting 'epoch'"),
        ({"epochs": 0}, "'epochs' of the training is 0"),
        ({"epochs": -1}, "'epochs' of the training is -1"),
        ({"epochs": 1001}, "less than or equal to 1000"),
        ({"epochs": "8"}, "'epochs' of the training is '8'"),
        ({"epochs": True}, "'epochs' of the training is True"),
        ({"batch_size": 4097}, "less than or equal to 4096"),
        ({"batch_size": -2}, "'batch_size' of the training is -2"),
        ({"batch_size": 1.5}, "'batch_size' of the training is 1.5"),
        ({"learning_rate": 0}, "'learning_rate' of the training is 0"),
        ({"learning_rate": float("nan")}, "finite number"),
        ({"learning_rate": float("inf")}, "'learning_rate' of the training is inf"),
        ({"seed": -1}, "'seed' of the training is -1"),
        ({"dataset": 3}, "'dataset' of the training is 3"),
        ({"code": ""}, "'code' of the training is ''"),
        ({"code": None}, "'code' of the training is None"),
        ({"document": "text"}, "'document' of the training is 'text'"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name_and_value(extra: dict[str, object], words: str) -> None:
    with pytest.raises(JobSpecError) as caught:
        read_spec({"code": "x = 1", **extra})
    assert words in caught.value.message
    assert caught.value.hint
    assert caught.value.details["key"] in extra


def test_a_training_without_code_is_refused() -> None:
    with pytest.raises(JobSpecError, match="lacks 'code'"):
        read_spec({"dataset": "digits"})


def test_what_the_training_says_goes_before_what_the_cell_says() -> None:
    spec = TrainingSpec(code="x", dataset="digits", epochs=3)
    settings = settle(spec, {"DATASET": "he_tissue", "EPOCHS": 9, "BATCH_SIZE": 16})
    assert (settings.dataset, settings.epochs, settings.batch_size) == ("digits", 3, 16)


def test_without_any_data_set_the_cell_is_asked_to_name_one() -> None:
    with pytest.raises(JobSpecError, match="which data set"):
        settle(TrainingSpec(code="x"), {})


@pytest.mark.parametrize("value", [0, -4, 2.5, "many", True, None, MAX_EPOCHS + 1])
def test_a_constant_of_the_cell_that_cannot_be_is_refused(value: object) -> None:
    with pytest.raises(JobSpecError, match="EPOCHS in the cell"):
        settle(TrainingSpec(code="x", dataset="digits"), {"EPOCHS": value})


@given(epochs=st.integers(1, MAX_EPOCHS), batch_size=st.integers(1, MAX_BATCH_SIZE), seed=st.integers(0, 2**32 - 1))
def test_everything_within_its_range_is_taken(epochs: int, batch_size: int, seed: int) -> None:
    payload = {"code": "x", "dataset": "digits", "epochs": epochs, "batch_size": batch_size, "seed": seed}
    settings = settle(read_spec(payload), {})
    assert (settings.epochs, settings.batch_size, settings.seed) == (epochs, batch_size, seed)
