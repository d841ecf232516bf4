from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from patholearn_lab.client.search import dimension
from patholearn_lab.errors import InvalidInputError, JobSpecError
from patholearn_lab.training.search import read_search, training_of

META = {"id": "g0f3c", "name": "Net"}
RATE = {"low": 1e-4, "high": 0.1, "log": True}


def payload(**changes: Any) -> dict[str, Any]:
    return {"training": {"code": "model = 1"}, "space": {"learning_rate": RATE}, **changes}


def test_the_goal_follows_from_the_metrics_name() -> None:
    assert read_search(payload()).goal == "minimize"
    assert read_search(payload(metric="valid_accuracy")).goal == "maximize"
    assert read_search(payload(metric="valid_accuracy", direction="minimize")).goal == "minimize"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"space": {}}, "'space' of the search"),
        ({"space": {"learning_rate": {"low": 1, "high": 1}}}, "needs a low value below a high one"),
        ({"space": {"learning_rate": {"low": 0, "high": 1, "log": True}}}, "cannot go along logarithms"),
        ({"space": {"learning_rate": {"low": 0, "high": 1, "choices": [1]}}}, "one of both"),
        ({"space": {"momentum": RATE}}, "There is no setting 'momentum' to search"),
        ({"space": {"conv_1.out_channels": {"low": 8, "high": 64}}}, "has no node 'conv_1'"),
        ({"trials": 0}, "'trials' of the search"),
        ({"trials": 1001}, "'trials' of the search"),
        ({"rounds": 3}, "'rounds' of the search"),
        ({"training": {}}, "lacks 'code'"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(JobSpecError, match=words):
        read_search(payload(**changes))


def test_values_that_are_neither_a_range_nor_a_list_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="'learning_rate' cannot be searched"):
        dimension("learning_rate", 0.1)


def test_settings_of_the_training_leave_the_code_as_it_is() -> None:
    spec = read_search(payload())
    assert training_of(spec, {"learning_rate": 0.01}, None) == {"code": "model = 1", "learning_rate": 0.01}


def test_a_parameter_of_a_node_changes_the_document_and_the_code() -> None:
    node = {"kind": "conv2d", "params": {"out_channels": 6}, "x": 0, "y": 0, "note": ""}
    document = {"schemaVersion": 2, "nodes": {"conv_1": node}, "edges": {}, "groups": {}, "blocks": {}, "meta": META}
    training = {"code": "old", "document": document}
    spec = read_search({"training": training, "space": {"conv_1.out_channels": {"low": 8, "high": 64}}})
    emitted: list[Any] = []

    def emit(changed: Any) -> Any:
        emitted.append(changed)
        return SimpleNamespace(code="new")

    trained = training_of(spec, {"conv_1.out_channels": 32, "batch_size": 16}, emit)
    assert (trained["code"], trained["batch_size"]) == ("new", 16)
    assert trained["document"]["nodes"]["conv_1"]["params"] == {"out_channels": 32}
    assert emitted[0].nodes["conv_1"].params == {"out_channels": 32}
